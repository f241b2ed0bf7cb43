/**
 * What this machine remembers of the earlier sessions of an account.
 *
 * @module
 */
import type { AccountOnServer } from "../../files/account_files.ts";
import { type KeptNumbers, openKeptNumbers } from "./kept_numbers.ts";
import { openReadMarks, type ReadMarks } from "./read_marks.ts";

/** What is remembered. */
export interface KeptOnMachine {
  /** What was read. */
  readonly marks: ReadMarks;
  /** Which conversations were open, and their numbers. */
  readonly numbers: KeptNumbers;
}

/**
 * Opens what is kept in the client's data folder.
 *
 * @param folder The folder, which exists.
 * @param account Whose.
 * @throws {ChatError} `bad_name`.
 */
export async function openKeptOnMachine(
  folder: string,
  account: AccountOnServer,
): Promise<KeptOnMachine> {
  const [marks, numbers] = await Promise.all([
    openReadMarks(folder, account),
    openKeptNumbers(folder, account),
  ]);
  return { marks, numbers };
}
