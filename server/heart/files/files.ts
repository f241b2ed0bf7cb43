/**
 * Files that people send: who may send and fetch which, how much of them is kept, and for how long. Their bytes come and go
 * over connections of their own, with tickets (file_transfers.ts).
 *
 * @module
 */
import { readFileContent } from "../../../protocol/files/file_content.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { newFileId } from "../../../protocol/wire/file_id.ts";
import { numberText } from "../../../protocol/text/number_text.ts";
import { sizeText } from "../../../protocol/text/size_text.ts";
import { filesUnderWayMax } from "../../../protocol/wire/limits.ts";
import type { Logger } from "../../common/log.ts";
import type { CommandLog } from "../../storage/command_log.ts";
import type { FileDone, OutcomeOf } from "../../storage/commands.ts";
import type { FileBytes, FileLookups, FileUsage, StoredFile } from "../../storage/file_storage.ts";
import { belongsTo, maySpeak } from "../../storage/policy.ts";
import type { Destination } from "../../storage/post_storage.ts";
import { translated } from "../../storage/store_errors.ts";
import { actorOf } from "../asking.ts";
import type { Chat } from "../chat.ts";
import { requireAllowed } from "../refused.ts";
import { requireLive, type Session, type User } from "../session.ts";
import { type FileTransfer, FileTransfers } from "./file_transfers.ts";

/** How much of files is kept. */
export interface FileLimits {
  /** Bytes of one file. */
  readonly fileBytesMax: number;
  /** Bytes of the files of one account. */
  readonly accountBytesMax: number;
  /** Bytes of all files; 0 where none are taken. */
  readonly allBytesMax: number;
  /** For how long a file is kept, in milliseconds; 0 for ever. */
  readonly keptMs: number;
}

/** What files are kept with. */
export interface FilesOptions {
  readonly chat: Chat;
  readonly storage: CommandLog & FileLookups;
  readonly bytes: FileBytes;
  readonly limits: FileLimits;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** A file that somebody begins to send, as a wire hands it in. */
export interface AnnouncedFile {
  /** The name of a room, or the other end. */
  readonly where: { readonly room: string } | { readonly with: User };
  readonly postId: string;
  readonly bytes: number;
}

/** What a sender is told. */
export interface BegunFile {
  readonly file: string;
  /** How many of its bytes are there already. */
  readonly offset: number;
  readonly ticket: string;
}

const hourMs = 60 * 60 * 1_000;
/** A file that has not come to an end, or to a post, within this time is given up. */
const waitingMs: number = 24 * hourMs;
/** The same where its room is needed for others: what is announced and does not come keeps nobody out. */
const waitingInNeedMs: number = hourMs;
/** Files of one account: also an empty one takes a name on the disk and a row in the database. */
const filesPerAccountMax = 10_000;
/** How often it is looked for files that nobody needs any more. */
const sweepIntervalMs = hourMs;
/** How many are looked at together: more than can be under way, since those stay. */
const sweptAtOnce: number = filesUnderWayMax + 100;

/** The files of one server. */
export class Files {
  /** What is under way. */
  readonly transfers: FileTransfers = new FileTransfers();
  readonly #options: FilesOptions;
  readonly #nowMs: () => number;
  readonly #unwatch: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Announcements one after the other: each counts what those before it take. */
  #lastBegun: Promise<unknown> = Promise.resolve();
  #sweeping: Promise<void>;

  /** @param options See {@linkcode FilesOptions}. */
  constructor(options: FilesOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#unwatch = options.storage.watch({
      annotation: ({ kind, target }) => {
        if (kind === "retraction") this.#later(() => this.#forgetPost(target));
      },
      file_gone: ({ files }) => {
        for (const file of files) this.#later(() => this.#remove(file));
      },
    });
    this.#timer = setInterval(() => this.sweep(), sweepIntervalMs);
    this.#sweeping = this.#sweepNow();
  }

  /**
   * Begins to send a file, or goes on with it.
   *
   * @param announced The file. With the same post and size it is the same one.
   * @throws {RefusedError} Where the session may not speak there.
   * @throws {ChatError} `forbidden` where none are taken, `too_many` where it is too large or too much is kept, `id_reused`,
   * `no_such_room`, `slow_down`, `storage_failed`.
   */
  async begin(session: Session, announced: AnnouncedFile): Promise<BegunFile> {
    requireLive(session);
    this.#requireSize(announced.bytes);
    this.#options.chat.allowances.takeChange(session);
    const destination = this.#destinationOf(session, announced.where);
    const begun = this.#lastBegun.then(() => this.#announce(session, announced, destination));
    this.#lastBegun = begun.catch(() => {});
    const file = await begun;
    const found = await translated(this.#options.storage.findFile(file));
    if (found === null || found.post === "retracted") throw notThere();
    const { bytes } = announced;
    const isAllowed = () => this.#isAtHome(session, destination);
    const claim = { session, file, bytes, direction: "up", isAllowed } as const;
    const ticket = await this.transfers.ticketFor(claim);
    // Where another server of a cluster has all of it, this one may have nothing yet.
    return {
      file,
      offset: found.whole ? bytes : Math.min(bytes, await this.arrived(file)),
      ticket,
    };
  }

  /**
   * How many bytes of a file are there.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async arrived(file: string): Promise<number> {
    return await translated(this.#options.bytes.arrived(file));
  }

  /**
   * Begins to fetch a file.
   *
   * @throws {ChatError} `not_found` where there is none that the session may fetch, `storage_failed`.
   */
  async fetch(session: Session, file: string): Promise<{ bytes: number; ticket: string }> {
    requireLive(session);
    const found = await translated(this.#options.storage.findFile(file));
    if (found === null || !mayFetch(session, found)) throw notThere();
    const { bytes } = found;
    const isAllowed = () => this.#isAtHome(session, found.destination);
    const claim = { session, file, bytes, direction: "down", isAllowed } as const;
    return { bytes, ticket: await this.transfers.ticketFor(claim) };
  }

  /**
   * A sender gives a file up that no post has brought.
   *
   * @throws {ChatError} `not_found`, `storage_failed`.
   */
  async drop(session: Session, file: string): Promise<void> {
    requireLive(session);
    const found = await translated(this.#options.storage.findFile(file));
    if (found?.owner !== session.user.nameKey || found.post !== "none") throw notThere();
    await this.#forget([file]);
  }

  /**
   * Sees that the file of a transfer is still there and for whom it was: a ticket may be older than that. Whoever takes the file back from
   * now on ends the transfer.
   *
   * @param transfer What has begun.
   * @throws {ChatError} `not_found`, `storage_failed`.
   */
  async requireThere({ file, session, direction }: FileTransfer): Promise<StoredFile> {
    const found = await translated(this.#options.storage.findFile(file));
    const isThere = found !== null && found.post !== "retracted" &&
      (direction === "up" || mayFetch(session, found));
    if (!isThere) throw notThere();
    return found;
  }

  /** All of a file has come. @throws {ChatError} `not_found`, `storage_failed`. */
  async complete(file: string): Promise<void> {
    const { bytes, storage } = this.#options;
    const hash = await translated(bytes.secure(file));
    const command = { type: "file_whole", version: 1, file, hash } as const;
    const { refused } = await translated(storage.submit(command));
    if (refused === "no_such_file") throw notThere();
    // Its sender has sent it to another server, too, which was first: what that one has is the file.
    if (refused === "other_bytes") await translated(bytes.remove(file));
  }

  /**
   * Sees that a post brings what its sender has sent for it.
   *
   * @param post A post of the kind `file`, on its way to a room.
   * @throws {ChatError} `not_found`, `storage_failed`.
   */
  async requireSent(
    session: Session,
    { room, id, body }: { readonly room: string; readonly id: string; readonly body: string },
  ): Promise<void> {
    const content = readFileContent(body);
    if (content === null) throw new ChatError("bad_text", "This does not say what a file is.");
    const found = await translated(this.#options.storage.findFile(content.file));
    const { id: roomId } = this.#options.chat.room(room);
    const isSent = found !== null && found.whole && found.owner === session.user.nameKey &&
      found.postId === id && "roomId" in found.destination && found.destination.roomId === roomId;
    if (!isSent) throw new ChatError("not_found", "That file was not sent to this room.");
  }

  /** Where the bytes are. */
  get bytes(): FileBytes {
    return this.#options.bytes;
  }

  /** Removes what nobody needs any more, as happens by itself now and then. Never rejects. */
  sweep(): Promise<void> {
    return this.#sweeping = this.#sweeping.then(() => this.#sweepNow());
  }

  /** Ends what is under way, and waits until nothing is removed any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unwatch();
    this.transfers.endAll();
    await Promise.all([this.#sweeping, this.#options.bytes.close()]);
  }

  #requireSize(bytes: number): void {
    const { allBytesMax, fileBytesMax } = this.#options.limits;
    if (allBytesMax === 0) throw new ChatError("forbidden", "This server takes no files.");
    if (bytes <= Math.min(fileBytesMax, allBytesMax)) return;
    const most = sizeText(Math.min(fileBytesMax, allBytesMax));
    throw new ChatError("too_many", `A file can have at most ${most} on this server.`);
  }

  #destinationOf(session: Session, where: AnnouncedFile["where"]): Destination {
    if ("with" in where) return { between: [session.user.nameKey, where.with.nameKey] };
    const room = this.#options.chat.room(where.room);
    requireAllowed(maySpeak(actorOf(session, room), room));
    return { roomId: room.id };
  }

  /** Whether an account belongs where a file does, also while its own connection is lost. */
  #isAtHome({ user }: Session, destination: Destination): boolean {
    if ("between" in destination) return true;
    const room = this.#options.chat.findRoom(destination.roomId);
    return room !== undefined && belongsTo(user, room);
  }

  async #announce(
    session: Session,
    { postId, bytes }: AnnouncedFile,
    destination: Destination,
  ): Promise<string> {
    const { storage } = this.#options;
    const { name: from, nameKey: owner } = session.user;
    const outcome = await translated(storage.submit({
      ...{ type: "file", version: 1, file: newFileId(), from, owner, postId, destination, bytes },
      timeMs: this.#nowMs(),
    }, session.id));
    const { file, repeated } = announced(outcome);
    // What goes on has its place already.
    if (repeated) return file;
    try {
      await this.#requireRoom(owner);
    } catch (error) {
      await this.#forget([file]);
      throw error;
    }
    return file;
  }

  /**
   * Sees that all that is announced has its place. What waits in vain gives way: one's own to oneself, and that of everybody only where the
   * server has no room.
   */
  async #requireRoom(owner: string): Promise<void> {
    const { storage, limits } = this.#options;
    for (const gaveWay = new Set<boolean>();;) {
      const lack = lackOf(await translated(storage.fileUsage(owner)), limits);
      if (lack === null) return;
      if (gaveWay.has(lack.isOwn)) throw new ChatError("too_many", lack.message);
      gaveWay.add(lack.isOwn);
      await this.#forgetStale(waitingInNeedMs, lack.isOwn ? owner : null);
    }
  }

  async #forgetPost(sequence: number): Promise<void> {
    const { storage } = this.#options;
    const file = await storage.fileOfPost(sequence);
    if (file === null) return;
    const found = await storage.findFile(file);
    if (found?.post === "retracted") await this.#forget([file]);
  }

  async #forget(files: readonly string[]): Promise<void> {
    await translated(this.#options.storage.submit({ type: "file_gone", version: 1, files }));
  }

  async #remove(file: string): Promise<void> {
    await this.transfers.end(file);
    await this.#options.bytes.remove(file);
  }

  /** Does something that nobody waits for, one after the other. What fails is done by a later sweep. */
  #later(work: () => Promise<void>): void {
    this.#sweeping = this.#sweeping.then(() => this.#tolerantly(work));
  }

  async #tolerantly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const properties = { error: (error as Error).message };
      this.#options.logger.warn(
        "Files that nobody needs could not be removed: {error}",
        properties,
      );
    }
  }

  async #sweepNow(): Promise<void> {
    await this.#tolerantly(async () => {
      await this.#forgetStale(waitingMs, null);
      await this.#removeUnknown();
    });
  }

  /**
   * What is on its way stays.
   *
   * @param waitedMs How long what has not come to an end may have waited.
   * @param owner Whose files; null for everybody's.
   */
  async #forgetStale(waitedMs: number, owner: string | null): Promise<void> {
    const { storage, limits: { keptMs } } = this.#options;
    const nowMs = this.#nowMs();
    const query = {
      keptSinceMs: keptMs === 0 ? 0 : nowMs - keptMs,
      waitingSinceMs: nowMs - waitedMs,
      owner,
      limit: sweptAtOnce,
    };
    for (;;) {
      const found = await storage.staleFiles(query);
      const stale = found.filter((file) => !this.transfers.isBeingSent(file));
      if (stale.length === 0) return;
      await this.#forget(stale);
    }
  }

  /** What the disk has of files that the store does not know: of a removal that came to no end, or of a store that was restored from a backup. */
  async #removeUnknown(): Promise<void> {
    let some: string[] = [];
    for await (const file of this.#options.bytes.list()) {
      some.push(file);
      if (some.length < sweptAtOnce) continue;
      await this.#removeUnknownOf(some);
      some = [];
    }
    await this.#removeUnknownOf(some);
  }

  async #removeUnknownOf(files: readonly string[]): Promise<void> {
    const known = new Set(await this.#options.storage.knownFiles(files));
    for (const file of files) if (!known.has(file)) await this.#options.bytes.remove(file);
  }
}

/** What there is no room for; null where there is room. */
function lackOf(
  { own, ownCount, all }: FileUsage,
  { accountBytesMax, allBytesMax }: FileLimits,
): { readonly isOwn: boolean; readonly message: string } | null {
  if (ownCount > filesPerAccountMax) {
    const most = numberText(filesPerAccountMax);
    const message =
      `You have ${most} files on this server, and there may be no more. Take one of them back first.`;
    return { isOwn: true, message };
  }
  if (own > accountBytesMax) {
    const most = sizeText(accountBytesMax);
    const message =
      `Your files on this server would have more than ${most} together. Take one of them back first.`;
    return { isOwn: true, message };
  }
  if (all <= allBytesMax) return null;
  const message =
    "This server has no room for more files at the moment. Ask the person who runs it, or try again later.";
  return { isOwn: false, message };
}

/** Members of the room; the two ends of a private conversation. */
function mayFetch(session: Session, { destination, whole, post }: StoredFile): boolean {
  if (!whole || post === "retracted") return false;
  if ("between" in destination) return destination.between.includes(session.user.nameKey);
  for (const { id } of session.rooms) if (id === destination.roomId) return true;
  return false;
}

function announced(outcome: OutcomeOf<"file">): FileDone {
  if (outcome.refused === null) return outcome;
  if (outcome.refused === "id_reused") {
    throw new ChatError("id_reused", "That id was used for another file.");
  }
  throw new ChatError("no_such_room", "There is no room with that name. Joining it creates it.");
}

function notThere(): ChatError {
  return new ChatError("not_found", "This file is not on the server any more, or not for you.");
}
