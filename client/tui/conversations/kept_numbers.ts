/**
 * Which conversations are open on this machine, and their numbers: they stay the same at the next sign-in.
 *
 * A number is what a person presses with Alt, and what stands before a conversation in the status line. It belongs to a room as
 * long as the account is in it, and to a private conversation until that is closed.
 *
 * @module
 */
import * as v from "valibot";
import { type AccountOnServer, openAccountFile } from "../../files/account_files.ts";
import type { TextStore } from "../../core/link/text_store.ts";
import type { Conversations } from "./conversations.ts";
import { KeptText } from "./kept_text.ts";

/** Conversations whose numbers are kept: those with the lowest. */
const keptMax = 500;
/** Characters of the file: a title has at most some hundred. */
const charactersMax = 256 * 1024;

const numbersSchema = v.record(
  v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1_000)),
);

/** A conversation that is to be opened. */
export interface Opening {
  /** A room with its `#`, or a user's name; not yet safe. */
  readonly title: string;
  /** The number that it had; undefined for a room that is new here. */
  readonly number?: number;
}

/**
 * The numbers of one account's conversations on one server, in the client's data folder.
 *
 * @param folder The client's data folder, which exists.
 * @param account Whose.
 */
export async function openKeptNumbers(
  folder: string,
  account: AccountOnServer,
): Promise<KeptNumbers> {
  return await KeptNumbers.open(await openAccountFile(folder, "numbers", account, charactersMax));
}

/** The numbers of one account's conversations. */
export class KeptNumbers {
  readonly #kept: KeptText;
  /** By title, in the order of the numbers. */
  readonly #numbers: ReadonlyMap<string, number>;

  private constructor(store: TextStore, saved: string | undefined) {
    this.#kept = new KeptText(store, saved);
    const numbers = Object.entries(parse(saved)).sort(([, left], [, right]) => left - right);
    this.#numbers = new Map(numbers.slice(0, keptMax));
  }

  /** Reads what is kept; what cannot be read counts as nothing. */
  static async open(store: TextStore): Promise<KeptNumbers> {
    return new KeptNumbers(store, await store.load());
  }

  /**
   * What is open when a session begins: first what has kept its number, then rooms that are new here.
   *
   * @param rooms The rooms that the account is in, with their `#`.
   */
  openings(rooms: readonly string[]): Opening[] {
    const kept = [...this.#numbers]
      .filter(([title]) => !title.startsWith("#") || rooms.includes(title))
      .map(([title, number]) => ({ title, number }));
    const fresh = rooms.filter((title) => !this.#numbers.has(title));
    return [...kept, ...fresh.map((title) => ({ title }))];
  }

  /** Keeps the numbers of what is open now. Where that cannot be written, the next session gives others. */
  async save({ list }: Conversations): Promise<void> {
    const open = list.filter(({ left }) => !left).map(({ title, number }) =>
      [title, number] as const
    );
    const lowest = open.sort(([, left], [, right]) => left - right).slice(0, keptMax);
    await this.#kept.save(JSON.stringify(Object.fromEntries(lowest)));
  }
}

function parse(text: string | undefined): Record<string, number> {
  try {
    return v.parse(numbersSchema, JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}
