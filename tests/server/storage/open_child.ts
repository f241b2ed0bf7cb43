/** Started by data_folder_test.ts: opens the folder that is its argument and prints what came of it. */

import { openStorage } from "../../../server/storage/sqlite_storage.ts";
import { StorageError } from "../../../server/storage/storage.ts";

let outcome = "opened";
try {
  await (await openStorage(Deno.args[0] ?? "")).close();
} catch (error) {
  outcome = error instanceof StorageError ? error.reason : String(error);
}
await Deno.stdout.write(new TextEncoder().encode(outcome + "\n"));
