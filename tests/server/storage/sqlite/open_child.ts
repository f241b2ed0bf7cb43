/**
 * Started by data_folder_test.ts: opens the folder that is its first argument and prints what came of it.
 */

import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";

const [folder = ""] = Deno.args;
let outcome = "opened";
try {
  await (await openStorage(folder)).close();
} catch (error) {
  outcome = error instanceof StorageError ? error.reason : String(error);
}
await Deno.stdout.write(new TextEncoder().encode(outcome + "\n"));
