/**
 * Makes platform/web/page.html, page.js, ml_kem.js and page.css of client/web/: what a browser is given.
 *
 *     deno task page
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand, say } from "./commands.ts";

/** The repository's root. */
const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the made files are. */
export const pageFolder = "platform/web";

/** What only browsers load whose WebCrypto has no ML-KEM: it is a file of its own. */
const seldom = "./ml_kem_package.ts";

/** The styles, in the order in which they count. */
const styles = ["base", "entry", "sidebar", "conversation", "message", "dialogs"];

/**
 * Makes the page.
 *
 * @returns The texts of its files, by their names.
 * @throws {CommandError} If the types are not right, or something cannot be bundled.
 */
export async function makePage(): Promise<Map<string, string>> {
  const [script, mlKem] = await Promise.all([
    bundled("client/web/page.tsx", `--external=${seldom}`),
    bundled(`protocol/e2e/${seldom}`),
  ]);
  const texts = await Promise.all(
    styles.map((name) => Deno.readTextFile(join(root, `client/web/style/${name}.css`))),
  );
  const html = await Deno.readTextFile(join(root, "client/web/page.html"));
  return new Map([
    ["page.html", html],
    ["page.js", script.replaceAll(seldom, "./ml_kem.js")],
    ["ml_kem.js", mlKem],
    ["page.css", smaller(texts.join(""))],
  ]);
}

/** Bundles for a browser. */
async function bundled(entry: string, ...flags: string[]): Promise<string> {
  const command = ["bundle", "--quiet", "--platform=browser", "--minify", ...flags, entry];
  return await runCommand(Deno.execPath(), command, { cwd: root });
}

/** A style without comments and what is white between its parts. */
function smaller(style: string): string {
  return style.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1").replace(/: /g, ":").replaceAll(";}", "}").trim() + "\n";
}

if (import.meta.main) {
  for (const [name, text] of await makePage()) {
    await Deno.writeTextFile(join(root, pageFolder, name), text);
    say(`${pageFolder}/${name} (${(text.length / 1e3).toFixed(1)} kB)`);
  }
}
