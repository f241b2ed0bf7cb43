/**
 * How far each conversation was read on this machine.
 *
 * The server keeps one position for all conversations of an account, which stands before the oldest post that is unread.
 * Without these marks everything after it would count as unread again at the next sign-in, in every conversation.
 *
 * @module
 */
import * as v from "valibot";
import { type AccountOnServer, openAccountFile } from "../../files/account_files.ts";
import type { TextStore } from "../../core/link/text_store.ts";
import type { Conversations } from "./conversations.ts";
import { KeptText } from "./kept_text.ts";

/** Conversations whose marks are kept. */
const marksMax = 500;
/** Characters of the file: a title has at most some hundred. */
const charactersMax = 256 * 1024;

const marksSchema = v.record(v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

/**
 * The marks of one account on one server, in the client's data folder.
 *
 * @param folder The client's data folder, which exists.
 * @param account Whose.
 */
export async function openReadMarks(folder: string, account: AccountOnServer): Promise<ReadMarks> {
  return await ReadMarks.open(await openAccountFile(folder, "read", account, charactersMax));
}

/** The marks of one account. */
export class ReadMarks {
  readonly #kept: KeptText;
  readonly #marks: ReadonlyMap<string, number>;

  private constructor(store: TextStore, saved: string | undefined) {
    this.#kept = new KeptText(store, saved);
    this.#marks = new Map(Object.entries(parse(saved)));
  }

  /** Reads what is kept; what cannot be read counts as nothing. */
  static async open(store: TextStore): Promise<ReadMarks> {
    return new ReadMarks(store, await store.load());
  }

  /** Up to which post a conversation had been read when this session began; 0 where that is not known. */
  of(title: string): number {
    return this.#marks.get(keyOf(title)) ?? 0;
  }

  /**
   * Keeps how far each conversation is read. Where that cannot be written, some posts count as unread once more.
   *
   * @param conversations All of them.
   * @param newest The newest post that is known: whatever is not unread is read up to it.
   */
  async save(conversations: Conversations, newest: number): Promise<void> {
    // The server's position says it all where nothing is unread.
    const kept = conversations.readUpTo(newest) === newest ? [] : conversations.list;
    const marks = kept.slice(0, marksMax).map(({ title, firstUnread }) =>
      [keyOf(title), firstUnread === null ? newest : firstUnread - 1] as const
    );
    await this.#kept.save(JSON.stringify(Object.fromEntries(marks)));
  }
}

/** As names are compared in {@linkcode Conversations}. */
function keyOf(title: string): string {
  return title.toLowerCase();
}

function parse(text: string | undefined): Record<string, number> {
  try {
    return v.parse(marksSchema, JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}
