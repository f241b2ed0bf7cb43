/** Builds a small program into a folder for each platform that is named, and prints what became of it. */
import { version } from "../../platform/version.ts";
import { say } from "../../tools/commands.ts";
import { denoCompile } from "../../tools/deno_compile.ts";
import { finishFile } from "../../tools/finished_file.ts";
import { findTarget } from "../../tools/targets.ts";

const [folder, ...triples] = Deno.args;
const bundle = await Deno.makeTempDir({ prefix: "chat-test-" });
try {
  await Deno.writeTextFile(`${bundle}/main.js`, `console.log("chat ${version}");`);
  await Deno.writeTextFile(`${bundle}/storage_worker.js`, "");
  for (const triple of triples) {
    const target = findTarget(triple);
    const built = finishFile(`${folder}/chat`, target, (path) => denoCompile(bundle, target, path));
    say(await built.then(() => "built", (error: Error) => error.name));
  }
} finally {
  await Deno.remove(bundle, { recursive: true });
}
