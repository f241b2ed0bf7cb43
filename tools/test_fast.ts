/**
 * The inner loop: `deno task test:fast`. It runs the fast part of the tests (tools/test_groups.ts) in a few groups; further words go
 * to `deno test`, for example `--filter=password`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { dealOut, findTestFiles, isSlow, writeGroups } from "./test_groups.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Two for each core, so that none is idle for long at the end. */
const groupCount = 2 * navigator.hardwareConcurrency;

const folder = await Deno.makeTempDir({ prefix: "chat-tests-" });
let status: Deno.CommandStatus;
try {
  const files = (await findTestFiles(root)).filter((path) => !isSlow(path));
  const modules = await writeGroups(folder, root, dealOut(files, groupCount));
  const fixed = ["test", "-A", "--no-check", "--parallel", "--config=deno.json"];
  status = await new Deno.Command(Deno.execPath(), {
    args: [...fixed, ...Deno.args, ...modules],
    cwd: root,
    env: { CHAT_TESTS: "fast", DENO_JOBS: String(groupCount) },
  }).spawn().status;
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(status.code);
