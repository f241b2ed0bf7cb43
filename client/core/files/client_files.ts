/**
 * Sends and fetches files, through lost connections: each goes on from where it was.
 *
 * @module
 */
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";
import { encodeFileContent, type FileContent } from "../../../protocol/files/file_content.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ReplyOf, RequestInputOf, RequestType } from "../../../protocol/wire/requests.ts";
import { backoffMs } from "../link/backoff.ts";
import { ClientError } from "../link/client_error.ts";
import { pause } from "../link/pause.ts";
import type { Sent } from "../link/sendable.ts";
import { isLost, type ServerLink } from "../link/server_link.ts";
import type { Connect, ConnectBulk } from "../link/open_link.ts";
import type { Servers } from "../link/servers.ts";
import { BulkLink } from "./bulk_link.ts";
import { FileFetching } from "./file_fetching.ts";
import type { FileProgress, FileSink, FileSource, Hasher, OnFileProgress } from "./file_ports.ts";
import { FileSending } from "./file_sending.ts";

/** Posts what is said of a file. */
export interface FilePoster {
  /** Sees that files can be sent there, before one is. Rejected with a {@linkcode ChatError}. */
  check(where: string): Promise<void>;
  /** Posts it. */
  post(where: string, body: string, postId: string): Promise<Sent>;
}

/** What further connections are made with. */
export interface ClientFilesOptions {
  /** Makes a connection to a server that is trusted. */
  readonly connect: Connect;
  /** The same for the bytes of a file, where that is another way. */
  readonly connectBulk?: ConnectBulk;
  /** The servers, where there may be several: tickets are good at the one that the session is with. */
  readonly servers?: Servers;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
}

/** How one transfer is done. */
export interface TransferOptions {
  readonly newHasher: () => Hasher;
  readonly onProgress: OnFileProgress;
  /** Ends it. What has come stays for a later run, unless the reason is that of {@linkcode transferCancelled}: then nothing does. */
  readonly signal: AbortSignal;
}

/** Why a transfer ends that its person does not want any more. */
export function transferCancelled(): ClientError {
  return new ClientError("forbidden", { kind: "transfer_cancelled" });
}

/** A file to send. */
export interface OutgoingFile extends Pick<FileContent, "name" | "type" | "text"> {
  /** A room with its `#`, or a user. */
  readonly where: string;
  /** The id of the post that brings it. With the same one, the same file goes on. */
  readonly postId: string;
  readonly key: Bytes;
  readonly source: FileSource;
}

/** A file to fetch. */
export interface IncomingFile {
  readonly content: FileContent;
  readonly sink: FileSink;
}

/** So often in a row it may end without a byte more, before it is given up. */
const vainTriesMax = 8;
/** A ticket is good for longer than this. */
const ticketUsedWithinMs = 30_000;

/** The files of one client. */
export class ClientFiles {
  readonly #line: ServerLink;
  readonly #options: ClientFilesOptions;
  readonly #poster: FilePoster;

  /**
   * @param line The session's connection.
   * @param options See {@linkcode ClientFilesOptions}.
   * @param poster Posts what is said of a file.
   */
  constructor(line: ServerLink, options: ClientFilesOptions, poster: FilePoster) {
    this.#line = line;
    this.#options = options;
    this.#poster = poster;
  }

  /**
   * Sends a file, and posts that it is there.
   *
   * @return When the post is stored.
   * @throws {ChatError} What the server says; `bad_message` where the file changes meanwhile; why the client has ended, or that it was
   * given up.
   */
  async send(file: OutgoingFile, options: TransferOptions): Promise<Sent> {
    const { where, postId, key, source, name, type, text } = file;
    const { newHasher, signal } = options;
    const course = new Course(options.onProgress);
    const sending = new FileSending({ source, key, newHasher, onProgress: course.note });
    const place = where.startsWith("#") ? { room: where } : { with: where };
    const begin = () => this.#ask(signal, "send_file", { ...place, postId, bytes: sending.bytes });
    await this.#poster.check(where);
    let id = "";
    await this.#untilDone(signal, course, async () => {
      const beganMs = performance.now();
      const begun = await begin();
      id = begun.file;
      const offset = sending.offsetFrom(begun.offset);
      await sending.prepare(offset);
      // To read again what was sent before can take long.
      const isOld = performance.now() - beganMs > ticketUsedWithinMs;
      const { ticket } = isOld ? await begin() : begun;
      await this.#over({ ticket, offset }, signal, (link) => sending.send(link, offset));
    }).catch((error: unknown) => {
      if (isCancelled(signal) && id !== "") this.#forget(id);
      throw error;
    });
    const content = { file: id, name, size: source.size, type, hash: await sending.digest(), key };
    return await this.#poster.post(where, encodeFileContent({ ...content, text }), postId);
  }

  /**
   * Fetches a file. What has come stays where another run could go on with it ({@linkcode canGoOn}); else nothing is kept.
   *
   * @return When all of it is there, and right.
   * @throws {ChatError} What the server says; `cannot_open`, `bad_proof` where it is not what was sent; why the client has ended, or that
   * it was given up.
   */
  async get({ content, sink }: IncomingFile, options: TransferOptions): Promise<void> {
    const { newHasher, signal } = options;
    const course = new Course(options.onProgress);
    const fetching = new FileFetching({ content, sink, newHasher, onProgress: course.note });
    try {
      await fetching.prepare();
      await this.#untilDone(signal, course, async () => {
        const { bytes, ticket } = await this.#ask(signal, "get_file", { file: content.file });
        fetching.requireSize(bytes);
        const { offset } = fetching;
        await this.#over({ ticket, offset }, signal, (link) => fetching.receive(link));
      });
      await fetching.finish();
    } catch (error) {
      if (canGoOn(error)) await sink.pause();
      else await sink.discard();
      throw error;
    }
  }

  /** The answer over the session's connection, however often that is lost before; as long as it is wanted. */
  async #ask<T extends RequestType>(
    signal: AbortSignal,
    type: T,
    content: RequestInputOf<T>,
  ): Promise<ReplyOf<T>> {
    const ended = Promise.withResolvers<never>();
    const end = () => ended.reject(givenUp(signal));
    signal.addEventListener("abort", end, { once: true });
    try {
      const answer = this.#line.surely(() => this.#line.request(type, content));
      return await Promise.race([answer, ended.promise]);
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** The server need not keep what was cancelled. Where that is not heard, it gives it up by itself. */
  #forget(file: string): void {
    this.#line.request("drop_file", { file }).catch(() => {});
  }

  async #over(
    begin: { readonly ticket: string; readonly offset: number },
    signal: AbortSignal,
    carry: (link: BulkLink) => Promise<void>,
  ): Promise<void> {
    const { connect, connectBulk, servers } = this.#options;
    const transport = connectBulk === undefined
      ? (await connect(signal, servers?.current)).transport
      : await connectBulk(signal, servers?.current);
    const { link } = await BulkLink.open(transport, begin);
    const stop = () => link.close(givenUp(signal));
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) throw givenUp(signal);
      await carry(link);
    } finally {
      signal.removeEventListener("abort", stop);
      link.close();
    }
  }

  /** Again and again, as long as it comes on. */
  async #untilDone(
    signal: AbortSignal,
    course: Course,
    attempt: () => Promise<void>,
  ): Promise<void> {
    const { random = Math.random } = this.#options;
    for (let vain = 0;;) {
      const before = course.farthest;
      try {
        if (signal.aborted) throw givenUp(signal);
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw givenUp(signal);
        if (!(error instanceof ChatError)) throw error;
        const isBusy = error.code === "slow_down";
        if (!isBusy && !isLost(error)) throw error;
        vain = isBusy || course.farthest > before ? 0 : vain + 1;
        if (vain > vainTriesMax) throw error;
        const ms = error.retryAfterMs ?? backoffMs(vain, random);
        await pause(ms, signal);
      }
    }
  }
}

/** How far a transfer has come, over all of its connections. */
class Course {
  farthest = -1;
  readonly #onProgress: OnFileProgress;

  constructor(onProgress: OnFileProgress) {
    this.#onProgress = onProgress;
  }

  readonly note = (progress: FileProgress): void => {
    this.farthest = Math.max(this.farthest, progress.done);
    this.#onProgress(progress);
  };
}

/** Whether another run could do better with what a transfer has failed with: then what has come is kept. */
export function canGoOn(error: unknown): boolean {
  return error instanceof ChatError &&
    (isLost(error) || error.code === "storage_failed" || error.code === "slow_down");
}

function isCancelled({ reason }: AbortSignal): boolean {
  return reason instanceof ClientError && reason.remark.kind === "transfer_cancelled";
}

function givenUp(signal: AbortSignal): ChatError {
  if (isCancelled(signal)) return signal.reason;
  return new ClientError("disconnected", { kind: "transfer_stopped" });
}
