/**
 * Where sessions send and fetch files, and where the connections come that carry their bytes.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ReplyOf, RequestOf } from "../../../protocol/wire/requests.ts";
import type { Chat } from "../../heart/chat.ts";
import type { FileTransfer } from "../../heart/files/file_transfers.ts";
import type { Files } from "../../heart/files/files.ts";
import type { Session } from "../../heart/session.ts";
import type { FileReader, FileWriter } from "../../storage/file_storage.ts";
import { translated } from "../../storage/store_errors.ts";
import type { BarePipe, GivenPipe } from "../connection/wire_connection.ts";
import { encodeError, encodeEvent } from "./encoding.ts";
import { receiveFile, transmitFile } from "./file_bytes.ts";
import type { SessionCarrier } from "./session_carrier.ts";

/** Says how many bytes the file has: the reply to `file_bytes`. */
type Agree = (bytes: number) => void;

/** Where files are sent and fetched. */
export class FileDesk {
  readonly #chat: Chat;
  readonly #files: Files | null;

  /**
   * @param chat The heart.
   * @param files The files; null where the server takes none.
   */
  constructor(chat: Chat, files: Files | null) {
    this.#chat = chat;
    this.#files = files;
  }

  /** Begins to send a file. @throws {ChatError} See `Files.begin`. */
  async send(session: Session, content: RequestOf<"send_file">): Promise<ReplyOf<"send_file">> {
    const { room, with: other, postId, bytes } = content;
    const files = this.#require();
    const where = room === undefined ? { with: await this.#chat.user(other!) } : { room };
    return await files.begin(session, { where, postId, bytes });
  }

  /** Begins to fetch a file. @throws {ChatError} See `Files.fetch`. */
  async fetch(session: Session, file: string): Promise<ReplyOf<"get_file">> {
    return await this.#require().fetch(session, file);
  }

  /** Gives up a file that was not sent. @throws {ChatError} See `Files.drop`. */
  async drop(session: Session, file: string): Promise<void> {
    await this.#require().drop(session, file);
  }

  /** Sees that a post brings what was sent. @throws {ChatError} See `Files.requireSent`. */
  async requireSent(
    session: Session,
    post: { readonly room: string; readonly id: string; readonly body: string },
  ): Promise<void> {
    await this.#require().requireSent(session, post);
  }

  /**
   * Carries the bytes of a file over a connection, which does nothing else from then on.
   *
   * @param connection A connection that has not signed in.
   * @param asked The ticket, and where to begin.
   * @param agree Answers, as soon as all is well.
   * @throws {ChatError} Where it cannot begin: see `FileTransfers.begin` and `Files.requireThere`; `bad_message`.
   */
  async carry(
    connection: SessionCarrier,
    { ticket, offset }: RequestOf<"file_bytes">,
    agree: Agree,
  ): Promise<void> {
    const files = this.#require();
    const transfer = await files.transfers.begin(ticket);
    transfer.onOver = () => connection.close();
    try {
      const { whole } = await files.requireThere(transfer);
      const carrying = { connection, transfer, whole, offset, agree };
      if (transfer.direction === "up") await takeUp(files, carrying);
      else await giveDown(files, carrying);
    } finally {
      transfer.end();
    }
  }

  #require(): Files {
    if (this.#files !== null) return this.#files;
    throw new ChatError("forbidden", "This server takes no files.");
  }
}

/** What is carried, and over what. */
interface Carrying {
  readonly connection: SessionCarrier;
  readonly transfer: FileTransfer;
  /** Whether all of the file is stored. */
  readonly whole: boolean;
  readonly offset: number;
  readonly agree: Agree;
}

async function takeUp(
  files: Files,
  { connection, transfer, whole, offset, agree }: Carrying,
): Promise<void> {
  const { file, bytes } = transfer;
  // Others may be reading it, and its post is not to bring something else.
  if (whole && offset !== bytes) {
    throw new ChatError("bad_message", "All of this file is there already.");
  }
  if (!whole && offset > await files.arrived(file)) {
    throw new ChatError("bad_message", "So much of this file is not there yet.");
  }
  const writer = whole ? null : await translated(files.bytes.write(file, offset));
  try {
    agree(bytes);
    await connection.giveOver(async (bare) => {
      const pipe = asLongAsWanted(bare, transfer);
      const completing = () => whileAlive(connection, bare, files.complete(transfer.file));
      const end = await takeRest({ transfer, writer, pipe, completing });
      if (end === null) return;
      connection.outbox.push(end);
      await untilHeard(connection, pipe);
    });
  } finally {
    writer?.close();
  }
}

/** What the sender is told in the end; null for nothing. */
async function takeRest(
  { transfer: { bytes }, writer, pipe, completing }: {
    readonly transfer: FileTransfer;
    readonly writer: FileWriter | null;
    readonly pipe: BarePipe;
    readonly completing: () => Promise<void>;
  },
): Promise<Uint8Array | null> {
  try {
    if (writer !== null) {
      if (!await translated(receiveFile(pipe, writer, bytes))) return null;
      await translated(writer.finish());
      await completing();
    }
    return encodeEvent("file_stored", {});
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return encodeError(0, error);
  }
}

/** How often a sender hears, while another server takes its copy, that this one is still there: in milliseconds. */
const aliveIntervalMs = 5_000;
const alive = encodeEvent("alive", {});

async function whileAlive(
  connection: SessionCarrier,
  pipe: GivenPipe,
  work: Promise<void>,
): Promise<void> {
  const timer = setInterval(() => {
    connection.outbox.push(alive);
    pipe.excuse();
  }, aliveIntervalMs);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
}

/** Nothing more is moved for a session that its account has ended, of a file that was taken back, or for who is not in its room any more. */
function asLongAsWanted(pipe: BarePipe, transfer: FileTransfer): BarePipe {
  const require = () => {
    if (transfer.isOver) throw new Deno.errors.Interrupted("The transfer is over.");
  };
  return {
    read: async (buffer) => {
      require();
      return await pipe.read(buffer);
    },
    write: async (bytes) => {
      require();
      return await pipe.write(bytes);
    },
  };
}

/** How long a sender may take to hear how it ended, in milliseconds. */
const hearingTimeoutMs = 5_000;
/** What is still sent meanwhile is dropped, piece by piece. */
const droppedPieceBytes = 64 * 1024;

/**
 * Reads until the sender ends the connection, who may be sending: a connection that is closed with something unread in it is reset, and what
 * was told last is lost.
 */
async function untilHeard(connection: SessionCarrier, pipe: BarePipe): Promise<void> {
  const timer = setTimeout(() => connection.close(), hearingTimeoutMs);
  try {
    const buffer = new Uint8Array(droppedPieceBytes);
    while (await pipe.read(buffer) !== null);
  } catch {
    // It ended less politely.
  } finally {
    clearTimeout(timer);
  }
}

async function giveDown(
  files: Files,
  { connection, transfer, offset, agree }: Carrying,
): Promise<void> {
  const { file, bytes } = transfer;
  if (offset > bytes) throw new ChatError("bad_message", "The file is not so long.");
  const reader: FileReader | null = await translated(files.bytes.read(file, offset));
  if (reader === null) throw new ChatError("not_found", "The server has lost this file.");
  try {
    agree(bytes);
    await connection.giveOver((bare) => transmitFile(reader, asLongAsWanted(bare, transfer)));
  } finally {
    reader.close();
  }
}
