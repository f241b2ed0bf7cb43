/**
 * The file in which a machine remembers the keys of one account: see private_state.ts.
 *
 * @module
 */
import { openAccountFile } from "./account_files.ts";
import { privateStateCharactersMax } from "../core/e2e/private_state.ts";
import type { TextStore } from "../core/link/text_store.ts";

/**
 * The memory of one account on one server, in the client's data folder.
 *
 * @param folder The client's data folder, which exists.
 * @param server Host and port, as the person gave them.
 * @param name The account's name.
 */
export function openPrivateStateStore(
  folder: string,
  server: string,
  name: string,
): Promise<TextStore> {
  return openAccountFile(folder, "private", { server, name }, privateStateCharactersMax);
}
