/**
 * Makes platform/web/page.html, page.js and what it loads later, and page.css of client/web/: what a browser is given.
 *
 *     deno task page
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { h } from "preact";
import { connecting, PageEntry } from "../client/web/state/entry.ts";
import { EntryScreen } from "../client/web/view/entry_screen.tsx";
import { runCommand, say } from "./commands.ts";
import { staticMarkup } from "./static_markup.ts";

/** The repository's root. */
const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the made files are. */
export const pageFolder = "platform/web";

/** Modules that are files of their own, since they are needed later or seldom: as they are imported, where they are, and their file. */
const later: readonly (readonly [specifier: string, path: string, file: string])[] = [
  ["./hpke_suite.ts", "protocol/e2e/hpke_suite.ts", "hpke.js"],
  ["./ml_kem_package.ts", "protocol/e2e/ml_kem_package.ts", "ml_kem.js"],
  ["../../talk/emoji.ts", "client/talk/emoji.ts", "emoji.js"],
  ["../files/file_hash.ts", "client/web/files/file_hash.ts", "file_hash.js"],
  ["../../talk/rules_text.ts", "client/talk/rules_text.ts", "rules.js"],
  ["./shared_drafts.ts", "client/core/chat/shared_drafts.ts", "drafts.js"],
  ["./stream_transport.ts", "client/web/wire/stream_transport.ts", "stream.js"],
  ["../../talk/private_search.ts", "client/talk/private_search.ts", "private_search.js"],
  ["./overlays.tsx", "client/web/view/overlays.tsx", "overlays.js"],
];

/** Modules that overlays.js takes from page.js, as they are imported; client/web/shared_parts.ts gives them. */
const shared = [
  "preact/jsx-runtime",
  "preact/hooks",
  "../../../protocol/text/number_text.ts",
  "../../../protocol/text/safe_text.ts",
  "../../../protocol/text/size_text.ts",
  "../../core/e2e/message_view.ts",
  "../../talk/wording.ts",
  "../text/moments.ts",
  "../text/name_hues.ts",
  "./icons.tsx",
  "./message_body.tsx",
];

/** The documents, which have the way in as it is at first: one can type before the program is there. */
const documents = [
  { file: "page.html", way: "program", isGiven: false },
  /** Where the person has said on the command line which server, and who. */
  { file: "page_given.html", way: "program", isGiven: true },
  { file: "page_served.html", way: "server", isGiven: false },
] as const;

/** Modules for what no page does: they are left out, as they are imported. */
const absent = ["../e2e/change_password.ts", "./missed.ts", "./own_sessions.ts"];

/**
 * Makes the page.
 *
 * @returns The texts of its files, by their names.
 * @throws {CommandError} If the types are not right, or something cannot be bundled.
 */
export async function makePage(): Promise<Map<string, string>> {
  const others = [...later.map(([specifier]) => specifier), ...absent];
  const [style, script, ...parts] = await Promise.all([
    bundled("client/web/style/page.css"),
    bundled("client/web/page.tsx", others),
    ...later.map(([, path]) => bundled(path, path.endsWith("overlays.tsx") ? shared : [])),
  ]);
  const document = await Deno.readTextFile(join(root, "client/web/page.html"));
  const renamed = later.reduce(
    (text, [specifier, , file]) => renameImport(text, specifier, file),
    script,
  );
  return new Map([
    ...documents.map((one) =>
      [one.file, document.replace("<!-- entry -->", entryMarkup(one))] as const
    ),
    ["page.js", renamed],
    ...later.map(([, , file], at) => [file, takingShared(parts[at]!)] as const),
    ["page.css", style],
  ]);
}

function entryMarkup({ way, isGiven }: (typeof documents)[number]): string {
  const entry = new PageEntry(
    { way, server: null, name: null, known: [] },
    () => Promise.resolve(),
  );
  if (isGiven) entry.step.value = connecting;
  return staticMarkup(h(EntryScreen, { entry }));
}

function takingShared(part: string): string {
  return shared.reduce((text, specifier) => renameImport(text, specifier, "page.js"), part);
}

function renameImport(script: string, specifier: string, file: string): string {
  return script.replaceAll(`"${specifier}"`, `"./${file}"`);
}

/** Bundles for a browser. @param others Modules that are left out, as they are imported. */
async function bundled(entry: string, others: readonly string[] = []): Promise<string> {
  const flags = ["--quiet", "--platform=browser", "--minify"];
  const command = ["bundle", ...flags, ...others.map((one) => `--external=${one}`), entry];
  return await runCommand(Deno.execPath(), command, { cwd: root });
}

if (import.meta.main) {
  for (const [name, text] of await makePage()) {
    await Deno.writeTextFile(join(root, pageFolder, name), text);
    say(`${pageFolder}/${name} (${(text.length / 1e3).toFixed(1)} kB)`);
  }
}
