/**
 * Keeps which files are being sent and fetched, so that another run of the program goes on with them.
 *
 * @module
 */
import * as v from "valibot";
import { fileKeyBytes } from "../../protocol/files/chunk_cipher.ts";
import { sealedCharactersMax } from "../../protocol/wire/limits.ts";
import { postIdPattern } from "../../protocol/wire/post_id.ts";
import type { TextStore } from "../core/link/text_store.ts";
import { openAccountFile } from "./account_files.ts";

/** Transfers that are kept; of more the oldest are forgotten. */
const transfersMax = 100;
const pathCharactersMax = 4_096;
/** Of the file: each of so many with the longest paths and texts. */
const charactersMax = 4 * 1024 * 1024;

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(pathCharactersMax));
const schema = v.object({
  version: v.literal(1),
  sent: v.pipe(
    v.array(v.object({
      postId: v.pipe(v.string(), v.regex(postIdPattern)),
      where: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
      path,
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      changedMs: v.number(),
      text: v.pipe(v.string(), v.maxLength(sealedCharactersMax)),
      key: v.pipe(
        v.string(),
        v.base64(),
        v.check((text) => Uint8Array.fromBase64(text).length === fileKeyBytes),
      ),
    })),
    v.maxLength(transfersMax),
  ),
  fetched: v.pipe(
    v.array(v.object({
      /** What its post says. */
      body: v.pipe(v.string(), v.maxLength(sealedCharactersMax)),
      folder: path,
      partPath: path,
    })),
    v.maxLength(transfersMax),
  ),
});

/** What is kept. */
type Kept = v.InferOutput<typeof schema>;
/** A file that is being sent. */
export type KeptSending = Kept["sent"][number];
/** A file that is being fetched. */
export type KeptFetching = Kept["fetched"][number];

/** What one account sends and fetches with this machine. */
export class TransferStore {
  readonly #store: TextStore;
  #kept: Kept;
  #saving: Promise<void> = Promise.resolve();

  private constructor(store: TextStore, kept: Kept) {
    this.#store = store;
    this.#kept = kept;
  }

  /**
   * @param folder The client's data folder, which exists.
   * @param server Host and port, as the person gave them.
   * @param name The account's name.
   */
  static async open(folder: string, server: string, name: string): Promise<TransferStore> {
    const store = await openAccountFile(folder, "transfers", { server, name }, charactersMax);
    return await TransferStore.over(store);
  }

  /** The same over any store. */
  static async over(store: TextStore): Promise<TransferStore> {
    return new TransferStore(store, readKept(await store.load()));
  }

  /** One that keeps nothing for another run. */
  static forThisRun(): TransferStore {
    const nothing = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
    return new TransferStore(nothing, readKept(undefined));
  }

  /** What is being sent. */
  get sent(): readonly KeptSending[] {
    return this.#kept.sent;
  }

  /** What is being fetched. */
  get fetched(): readonly KeptFetching[] {
    return this.#kept.fetched;
  }

  /** Something is sent from now on. */
  async addSent(one: KeptSending): Promise<void> {
    const others = this.#kept.sent.filter(({ postId }) => postId !== one.postId);
    await this.#save({ ...this.#kept, sent: [...others, one].slice(-transfersMax) });
  }

  /** It is sent, or given up. */
  async deleteSent(postId: string): Promise<void> {
    const sent = this.#kept.sent.filter((one) => one.postId !== postId);
    await this.#save({ ...this.#kept, sent });
  }

  /** Something is fetched from now on. */
  async addFetched(one: KeptFetching): Promise<void> {
    const others = this.#kept.fetched.filter(({ partPath }) => partPath !== one.partPath);
    await this.#save({ ...this.#kept, fetched: [...others, one].slice(-transfersMax) });
  }

  /** It is fetched, or given up. */
  async deleteFetched(partPath: string): Promise<void> {
    const fetched = this.#kept.fetched.filter((one) => one.partPath !== partPath);
    await this.#save({ ...this.#kept, fetched });
  }

  /** One after the other. What cannot be kept is begun anew by another run. */
  async #save(kept: Kept): Promise<void> {
    this.#kept = kept;
    this.#saving = this.#saving.then(() => this.#store.save(JSON.stringify(this.#kept)))
      .catch(() => {});
    await this.#saving;
  }
}

function readKept(text: string | undefined): Kept {
  try {
    return v.parse(schema, JSON.parse(text ?? ""));
  } catch {
    return { version: 1, sent: [], fetched: [] };
  }
}
