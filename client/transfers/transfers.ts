/**
 * The files that a person sends and fetches, with what is kept of them for another run of the program.
 *
 * @module
 */
import { resolve } from "node:path";
import { newFileKey } from "../../protocol/files/chunk_cipher.ts";
import { type FileContent, readFileContent } from "../../protocol/files/file_content.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { canGoOn, transferCancelled } from "../core/files/client_files.ts";
import type { FileProgress } from "../core/files/file_ports.ts";
import type { Sent } from "../core/link/sendable.ts";
import { openFetchedFile } from "../files/fetched_file.ts";
import { localFileName } from "../files/local_name.ts";
import { newHasher, openSentFile } from "../files/sent_file.ts";
import type { KeptFetching, KeptSending, TransferStore } from "../files/transfer_store.ts";
import type { TransferView } from "../talk/transfer_text.ts";
import { TransferRate } from "./transfer_rate.ts";

/** A file to send, as a person has named it. */
export interface FileToSend {
  /** A room with its `#`, or a user. */
  readonly where: string;
  readonly path: string;
  /** What is said about it; may be empty. */
  readonly text: string;
  /** Is told the id of its post before that is sent: an earlier run may have chosen it. */
  readonly onPostId?: (postId: string) => void;
}

/** A transfer that an earlier run of the program has begun. */
export interface LeftTransfer {
  readonly direction: "up" | "down";
  readonly name: string;
  /** Goes on with it. @return Where a fetched file is; null for one that was sent. */
  goOn(): Promise<string | null>;
}

/** Folders of the person. */
export interface PersonsFolders {
  /** The person's own; null where it is not known. */
  readonly home: string | null;
  /** Where fetched files go. */
  readonly downloads: string;
}

interface UnderWay {
  readonly direction: "up" | "down";
  readonly name: string;
  readonly rate: TransferRate;
  readonly aborter: AbortController;
  progress: FileProgress;
}

/** The files of one session. */
export class Transfers {
  readonly #client: ChatClient;
  readonly #store: TransferStore;
  readonly #underWay = new Set<UnderWay>();
  /** Where files are until they are whole: each is written by one transfer only. */
  readonly #parts = new Set<string>();
  /** Called when a transfer begins, and when it has ended. Must not throw. */
  onChange: () => void = () => {};

  /** See {@linkcode PersonsFolders}. */
  readonly home: string | null;
  readonly #downloads: string;

  /**
   * @param client The signed-in client.
   * @param store Keeps them.
   * @param folders See {@linkcode PersonsFolders}.
   */
  constructor(client: ChatClient, store: TransferStore, { home, downloads }: PersonsFolders) {
    this.#client = client;
    this.#store = store;
    this.home = home;
    this.#downloads = downloads;
  }

  /** What is under way, oldest first. */
  get views(): TransferView[] {
    return [...this.#underWay].map(({ direction, name, rate, progress }) => {
      return { direction, name, ...progress, perSecond: rate.perSecond };
    });
  }

  /**
   * Sends a file. Where an earlier run has begun to send the same one there, it goes on.
   *
   * @return When the post that brings it is stored.
   * @throws {ChatError} `not_found` where it cannot be read; all of `ClientFiles.send`.
   */
  async send({ where, path: given, text, onPostId }: FileToSend): Promise<Sent> {
    const path = resolve(given);
    const { source, name, type, changedMs } = await openSentFile(path).catch((error: unknown) => {
      throw text === "" ? error : withQuotesNamed(error);
    });
    try {
      const { size } = source;
      const isSame = (one: KeptSending) =>
        one.where === where && one.path === path && one.size === size &&
        one.changedMs === changedMs && one.text === text;
      const begun = this.#store.sent.find(isSame) ?? {
        ...{ postId: newPostId(Date.now()), where, path, size, changedMs, text },
        key: newFileKey().toBase64(),
      };
      await this.#store.addSent(begun);
      const { postId } = begun;
      onPostId?.(postId);
      const key = Uint8Array.fromBase64(begun.key);
      const file = { where, postId, name, type, text, key, source };
      const sent = await this.#follow(
        { direction: "up", name, total: size },
        (options) => this.#client.files.send(file, options),
      )
        .catch(async (error: unknown) => {
          if (!canGoOn(error)) await this.#store.deleteSent(postId);
          throw error;
        });
      await this.#store.deleteSent(postId);
      return sent;
    } finally {
      source.close();
    }
  }

  /**
   * Fetches a file. Where an earlier run has begun to fetch the same one into the same folder, it goes on.
   *
   * @param body What its post says.
   * @param folder Where to; where fetched files usually go if not given.
   * @return Where it is.
   * @throws {ChatError} `not_found` where the post says nothing of a file; `forbidden` where it cannot be written, or is being fetched; all of
   * `ClientFiles.get`.
   */
  async fetch(body: string, folder?: string): Promise<string> {
    const content = readFileContent(body);
    if (content === null) {
      throw new ChatError("not_found", "That message does not say enough of a file.");
    }
    const into = resolve(folder ?? this.#downloads);
    // Another folder has to be there: its name may be mistyped.
    if (folder === undefined) await Deno.mkdir(into, { recursive: true }).catch(() => {});
    const begun = this.#store.fetched.find((one) =>
      one.folder === into && readFileContent(one.body)?.file === content.file
    );
    return await this.#fetchInto(content, { body, folder: into }, begun?.partPath ?? null);
  }

  /** What an earlier run has begun and not ended. */
  get left(): LeftTransfer[] {
    const sent = this.#store.sent.map((one): LeftTransfer => ({
      direction: "up",
      name: localFileName(one.path),
      goOn: () => this.#sendAgain(one),
    }));
    const fetched = this.#store.fetched.map((one): LeftTransfer => ({
      direction: "down",
      name: localFileName(readFileContent(one.body)?.name ?? ""),
      goOn: () => this.#fetchAgain(one),
    }));
    return [...sent, ...fetched];
  }

  /**
   * Ends one for good, which is then rejected: nothing of it is kept, here or on the server.
   *
   * @param index Its place in {@linkcode Transfers.views}.
   */
  cancel(index: number): void {
    [...this.#underWay][index]?.aborter.abort(transferCancelled());
  }

  /** Stops everything: another run goes on with it. */
  stop(): void {
    for (const { aborter } of this.#underWay) aborter.abort();
  }

  async #sendAgain(one: KeptSending): Promise<null> {
    try {
      await this.send(one);
    } catch (error) {
      if (!canGoOn(error)) await this.#store.deleteSent(one.postId);
      throw error;
    }
    // It was changed since, and was sent anew.
    await this.#store.deleteSent(one.postId);
    return null;
  }

  async #fetchAgain(one: KeptFetching): Promise<string> {
    const content = readFileContent(one.body);
    if (content !== null) return await this.#fetchInto(content, one, one.partPath);
    await this.#store.deleteFetched(one.partPath);
    throw new ChatError("not_found", "That message does not say enough of a file.");
  }

  async #fetchInto(
    content: FileContent,
    { body, folder }: Pick<KeptFetching, "body" | "folder">,
    earlier: string | null,
  ): Promise<string> {
    const name = localFileName(content.name);
    if (earlier !== null && this.#parts.has(earlier)) {
      throw new ChatError("forbidden", `${name} is being fetched already.`);
    }
    const { sink, partPath, path } = await openFetchedFile(folder, name, earlier);
    this.#parts.add(partPath);
    await this.#store.addFetched({ body, folder, partPath });
    const { size: total } = content;
    await this.#follow(
      { direction: "down", name, total },
      (options) => this.#client.files.get({ content, sink }, options),
    )
      .catch(async (error: unknown) => {
        if (!canGoOn(error)) await this.#store.deleteFetched(partPath);
        throw error;
      })
      .finally(() => this.#parts.delete(partPath));
    await this.#store.deleteFetched(partPath);
    return path()!;
  }

  async #follow<T>(
    { direction, name, total }: Pick<TransferView, "direction" | "name" | "total">,
    work: (options: {
      readonly newHasher: typeof newHasher;
      readonly onProgress: (progress: FileProgress) => void;
      readonly signal: AbortSignal;
    }) => Promise<T>,
  ): Promise<T> {
    const rate = new TransferRate();
    const aborter = new AbortController();
    const one: UnderWay = { direction, name, rate, aborter, progress: { done: 0, total } };
    this.#underWay.add(one);
    this.onChange();
    const onProgress = (progress: FileProgress) => {
      one.progress = progress;
      rate.note(progress.done);
    };
    try {
      return await work({ newHasher, onProgress, signal: aborter.signal });
    } finally {
      this.#underWay.delete(one);
      this.onChange();
    }
  }
}

/** A path with spaces that is not in quotation marks ends at the first of them. */
function withQuotesNamed(error: unknown): unknown {
  if (!(error instanceof ChatError)) return error;
  const message = `${error.message} Put quotation marks around a path with spaces.`;
  return new ChatError(error.code, message, { cause: error });
}
