/**
 * Checks that what modules export is documented: `deno run -A tools/check_docs.ts FOLDER...`
 *
 * It is `deno doc --lint` without the rule `private-type-ref`: that one wants every type in a signature to be
 * exported beside it, which types inferred from schemas cannot fulfil, and only matters to published packages.
 *
 * @module
 */

import { say } from "./commands.ts";

const modules: string[] = [];

async function findModules(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await findModules(path);
    if (entry.isFile && /\.tsx?$/.test(entry.name)) modules.push(path);
  }
}

for (const folder of Deno.args) await findModules(folder);
if (modules.length === 0) {
  say("There is nothing to check: name folders with modules.");
  Deno.exit(2);
}
const { success, stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...modules],
  env: { NO_COLOR: "1" },
}).output();
const output = new TextDecoder().decode(stderr);
const findings = output.split(/^(?=error)/m).filter((finding) => finding.startsWith("error["));
const counted = findings.filter((finding) => !finding.startsWith("error[private-type-ref]"));
for (const finding of counted) say(finding.trimEnd());
// A failure without findings is one of deno doc itself.
if (!success && findings.length === 0) say(output);
if (counted.length > 0) say(`${counted.length} exported symbols want documentation.`);
Deno.exit(counted.length > 0 || (!success && findings.length === 0) ? 1 : 0);
