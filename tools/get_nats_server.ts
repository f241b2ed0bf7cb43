/**
 * Gets a NATS server for the tests of a cluster where the system has none that is new enough: Debian's package, from the mirror that
 * the system's own lists name, into a folder of its own. The system and its lists stay as they are.
 *
 * @module
 */
import { join } from "node:path";
import { natsServerFolder } from "../tests/nats_server_path.ts";
import { isOnPath } from "../tests/needs.ts";
import { CommandError, runCommand, say } from "./commands.ts";

/** The suite of Debian that has it; the program runs on older ones, too. */
const suite = "forky";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const sourceLists = "/etc/apt/sources.list.d";

/** Debian's downloader must not wait for a network that is not there. */
const patience = ["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=3"];

/**
 * The mirror of Debian in a list of sources, in either form.
 *
 * @param text The list.
 * @returns Its address; null where the list names none.
 */
export function mirrorIn(text: string): string | null {
  const uris = [
    ...text.matchAll(/^URIs:\s*(\S+)/gm),
    ...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/gm),
  ].map(([, uri = ""]) => uri);
  return uris.find((uri) => /^https?:\/\/[^/]+\/(?:.*\/)?debian\/?$/.test(uri)) ?? null;
}

/** Gets it, and says so. Where that is not possible, nothing happens. */
export async function getNatsServer(): Promise<void> {
  const folder = natsServerFolder();
  const mirror = await findMirror();
  if (folder === null || mirror === null || !isOnPath("apt-get") || !isOnPath("dpkg")) return;
  say(
    "The tests of a cluster need a NATS server. Fetching Debian's package into a folder of its own.",
  );
  const work = await Deno.makeTempDir({ prefix: "chat-nats-" });
  try {
    const options = await aptOptions(work, mirror);
    await runCommand("apt-get", [...options, "update"], {});
    await runCommand("apt-get", [...options, "download", "nats-server"], { cwd: work });
    const [name] = Array.from(Deno.readDirSync(work), (entry) => entry.name)
      .filter((name) => name.endsWith(".deb"));
    await Deno.mkdir(folder, { recursive: true });
    await runCommand("dpkg", ["-x", join(work, name ?? ""), folder], {});
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    say(`That failed, and the tests that need it are ignored. ${error.message.trimEnd()}`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function findMirror(): Promise<string | null> {
  const texts: string[] = [];
  const read = async (path: string) => texts.push(await Deno.readTextFile(path).catch(() => ""));
  await read("/etc/apt/sources.list");
  try {
    for await (const { name } of Deno.readDir(sourceLists)) {
      if (/\.(sources|list)$/.test(name)) await read(join(sourceLists, name));
    }
  } catch {
    // No Debian.
  }
  return texts.map(mirrorIn).find((mirror) => mirror !== null) ?? null;
}

/** Everything that apt keeps lies in a folder of its own. */
async function aptOptions(work: string, mirror: string): Promise<string[]> {
  for (const part of ["parts", "lists/partial", "cache/archives/partial"]) {
    await Deno.mkdir(join(work, part), { recursive: true });
  }
  const source =
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`;
  await Deno.writeTextFile(join(work, "parts", "nats.sources"), source);
  const places = [
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${join(work, "parts")}`,
    `Dir::State::lists=${join(work, "lists")}`,
    `Dir::Cache=${join(work, "cache")}`,
    // Another user could not write into that folder.
    "APT::Sandbox::User=root",
  ];
  return ["-qq", ...patience, ...places.flatMap((place) => ["-o", place])];
}
