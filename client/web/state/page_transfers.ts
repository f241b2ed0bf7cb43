/**
 * Files on their way, there and back.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { fileKeyBytes } from "../../../protocol/files/chunk_cipher.ts";
import type { FileContent } from "../../../protocol/files/file_content.ts";
import { fileTypeCharactersMax } from "../../../protocol/wire/limits.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { sizeText } from "../../../protocol/text/size_text.ts";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import { transferCancelled, type TransferOptions } from "../../core/files/client_files.ts";
import { BlobSink, blobSource, isPicture } from "../files/page_blobs.ts";
import { pageErrorText } from "../text/page_words.ts";
import type { PageConversation } from "./page_conversation.ts";
import type { PageNotices } from "./page_notices.ts";

/** One file on its way. */
export interface PageTransfer {
  readonly id: string;
  readonly name: string;
  readonly direction: "up" | "down";
  /** From 0 to 1. */
  readonly part: number;
  readonly stop: () => void;
}

/** Somebody must say whether files are sent: they were dropped or pasted, maybe by mistake. */
export interface FilesQuestion {
  readonly conversation: PageConversation;
  readonly files: readonly File[];
}

/** What is fetched is in memory until it is saved: more is for the program at a terminal. */
const fetchedBytesMax = 256 * 1024 * 1024;
/** Pictures that are kept to be drawn; the oldest go first. */
const picturesMax = 40;

/** All transfers of one page. */
export class PageTransfers {
  readonly list = signal<readonly PageTransfer[]>([]);
  /** Addresses of pictures that were fetched, by what {@linkcode pictureKey} gives. */
  readonly pictures = signal<ReadonlyMap<string, string>>(new Map());
  /** What is asked; null for nothing. */
  readonly question = signal<FilesQuestion | null>(null);
  readonly #client: ChatClient;
  readonly #notices: PageNotices;

  /**
   * @param client The signed-in client.
   * @param notices Where it is told what went wrong.
   */
  constructor(client: ChatClient, notices: PageNotices) {
    this.#client = client;
    this.#notices = notices;
  }

  /** Asks whether files are sent. More that come meanwhile belong to the same question. */
  ask(conversation: PageConversation, files: readonly File[]): void {
    if (files.length === 0 || conversation.left.value) return;
    const asked = this.question.value ?? { conversation, files: [] };
    this.question.value = { ...asked, files: [...asked.files, ...files] };
  }

  /** The person has decided about {@linkcode PageTransfers.question}. */
  answer(agrees: boolean): void {
    const question = this.question.value;
    this.question.value = null;
    if (agrees && question !== null) void this.send(question.conversation, question.files);
  }

  /** Sends files, one after the other. */
  async send({ title }: PageConversation, files: readonly File[]): Promise<void> {
    for (const file of files) {
      await this.#run(file.name, "up", async (options) => {
        const key = crypto.getRandomValues(new Uint8Array(fileKeyBytes));
        const postId = newPostId(Date.now());
        const named = { name: file.name, type: mediaType(file.type), text: "" };
        const source = blobSource(file);
        await this.#client.files.send({ where: title, postId, key, source, ...named }, options);
      });
    }
  }

  /** Fetches a file: a picture is drawn then, anything else is saved. */
  async get(content: FileContent): Promise<void> {
    const { name, size, type } = content;
    if (size > fetchedBytesMax) {
      const most = sizeText(fetchedBytesMax);
      this.#notices.warn(
        `A page fetches files up to ${most}. The program at a terminal has no such limit.`,
      );
      return;
    }
    await this.#run(name, "down", async (options) => {
      const sink = new BlobSink();
      await this.#client.files.get({ content, sink }, options);
      const address = URL.createObjectURL(sink.blob(type));
      if (isPicture(type)) this.#keepPicture(pictureKey(content), address);
      else save(address, name);
    });
  }

  async #run(
    name: string,
    direction: PageTransfer["direction"],
    act: (options: TransferOptions) => Promise<void>,
  ): Promise<void> {
    const controller = new AbortController();
    const id = newPostId(Date.now());
    const stop = () => controller.abort(transferCancelled());
    const transfer = { id, name: safeText(name), direction, part: 0, stop };
    this.list.value = [...this.list.value, transfer];
    const onProgress: TransferOptions["onProgress"] = ({ done, total }) => {
      const part = total === 0 ? 1 : done / total;
      this.list.value = this.list.value.map((one) => one.id === id ? { ...one, part } : one);
    };
    try {
      const { newPageHasher: newHasher } = await import("../files/file_hash.ts");
      await act({ newHasher, onProgress, signal: controller.signal });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (!controller.signal.aborted) {
        this.#notices.warn(`${safeText(name)}: ${pageErrorText(error)}`);
      }
    } finally {
      this.list.value = this.list.value.filter((one) => one.id !== id);
    }
  }

  #keepPicture(key: string, address: string): void {
    const all = [...this.pictures.value, [key, address] as const];
    for (const [, old] of all.slice(0, -picturesMax)) URL.revokeObjectURL(old);
    this.pictures.value = new Map(all.slice(-picturesMax));
  }
}

/**
 * By what a picture is found again: its hash, which was checked. The id of a file is only what a post says.
 *
 * @param content What the post says.
 */
export function pictureKey({ hash }: Pick<FileContent, "hash">): string {
  return hash.toHex();
}

/** A media type as it may be sent; empty for anything else. */
function mediaType(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) && type.length <= fileTypeCharactersMax ? type : "";
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  // It is shown as it will be called: a mark of direction could hide what it is.
  link.download = safeText(name);
  link.click();
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
