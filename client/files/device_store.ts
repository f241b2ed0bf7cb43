/**
 * Keeps what tells the server that this machine has signed in before: with it, a stranger who guesses passwords from the
 * same address cannot use up this person's tries.
 *
 * @module
 */
import { openAccountFile } from "./account_files.ts";
import type { TextStore } from "../core/link/text_store.ts";

/** Characters of the file: the protocol allows 256 of the token. */
const charactersMax = 300;

/**
 * The token of one account on one server, in the client's data folder.
 *
 * @param folder The client's data folder, which exists.
 * @param server Host and port, as the person gave them.
 * @param name The account's name.
 */
export function openDeviceStore(
  folder: string,
  server: string,
  name: string,
): Promise<TextStore> {
  return openAccountFile(folder, "device", { server, name }, charactersMax);
}
