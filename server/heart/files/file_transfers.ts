/**
 * Tickets for the bytes of files, and the transfers that are under way.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  filesUnderWayMax,
  filesUnderWayPerAccountMax,
  fileTicketsPerSessionMax,
  fileTicketTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import type { Session } from "../session.ts";

/** What a ticket is for. */
export interface Claim {
  readonly session: Session;
  readonly file: string;
  /** How many bytes the file has, as it is stored. */
  readonly bytes: number;
  /** Toward the server, or away from it. */
  readonly direction: "up" | "down";
}

/** The bytes of a file on their way. */
export interface FileTransfer extends Claim {
  /** Whether it is to end, and nothing more to be done for it. */
  readonly isOver: boolean;
  /** Called once when it is to end before its time: closes its connection. */
  onOver: () => void;
  /** It has ended. */
  readonly ended: Promise<void>;
  /** To be called when it has ended. Safe to call twice. */
  end(): void;
}

/** How long to wait where too much is under way. */
const retryAfterMs = 2_000;
const ticketBytes = 24;

interface Ticket {
  readonly claim: Claim;
  readonly untilMs: number;
}

/** The transfers of one server. */
export class FileTransfers {
  readonly #nowMs: () => number;
  /** By a digest: how long it takes to find one tells nothing of a ticket. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #underWay = new Set<Running>();

  /** @param nowMs Milliseconds on a clock that only goes forward. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** How many are under way. */
  get size(): number {
    return this.#underWay.size;
  }

  /** Gives a ticket, which is good once and for `fileTicketTimeoutMs`. */
  async ticketFor(claim: Claim): Promise<string> {
    this.#forgetOld(claim.session);
    const ticket = crypto.getRandomValues(new Uint8Array(ticketBytes)).toBase64();
    const untilMs = this.#nowMs() + fileTicketTimeoutMs;
    this.#tickets.set(await digestOf(ticket), { claim, untilMs });
    return ticket;
  }

  /**
   * Begins what a ticket is for. Whoever sends a file goes on with it here: another connection over which that was done ends.
   *
   * @param ticket What {@linkcode FileTransfers.ticketFor} has given.
   * @throws {ChatError} `not_found` for one that is not good any more, `slow_down` where too much is under way, `not_signed_in`
   * where its session was ended.
   */
  async begin(ticket: string): Promise<FileTransfer> {
    const digest = await digestOf(ticket);
    const found = this.#tickets.get(digest);
    this.#tickets.delete(digest);
    if (found === undefined || found.untilMs < this.#nowMs()) {
      throw new ChatError("not_found", "This ticket is not good any more. Ask for another one.");
    }
    const { claim } = found;
    if (claim.session.revoked) {
      throw new ChatError("not_signed_in", "This session has been ended.");
    }
    if (claim.direction === "up") await this.end(claim.file);
    this.#requireRoom(claim);
    const running = new Running(claim, (one) => this.#underWay.delete(one));
    this.#underWay.add(running);
    return running;
  }

  /** Ends what is under way with a file. Resolves when it has ended. */
  async end(file: string): Promise<void> {
    const found = [...this.#underWay].filter((one) => one.file === file);
    for (const one of found) one.stop();
    await Promise.all(found.map(({ ended }) => ended));
  }

  /** Ends everything. */
  endAll(): void {
    for (const one of this.#underWay) one.stop();
  }

  #requireRoom({ session }: Claim): void {
    const { nameKey } = session.user;
    let own = 0;
    for (const one of this.#underWay) if (one.session.user.nameKey === nameKey) own++;
    if (own < filesUnderWayPerAccountMax && this.#underWay.size < filesUnderWayMax) return;
    const message =
      "Too many files are being sent and fetched at the moment. Wait for one of them.";
    throw new ChatError("slow_down", message, { retryAfterMs });
  }

  #forgetOld(session: Session): void {
    const nowMs = this.#nowMs();
    let own = 0;
    const newestFirst = [...this.#tickets].reverse();
    for (const [digest, { claim, untilMs }] of newestFirst) {
      if (claim.session === session) own++;
      const isTooMany = claim.session === session && own >= fileTicketsPerSessionMax;
      if (untilMs < nowMs || isTooMany) this.#tickets.delete(digest);
    }
  }
}

class Running implements FileTransfer {
  readonly session: Session;
  readonly file: string;
  readonly bytes: number;
  readonly direction: "up" | "down";
  readonly ended: Promise<void>;
  onOver: () => void = () => {};
  #isOver = false;
  readonly #end: () => void;

  constructor({ session, file, bytes, direction }: Claim, onEnd: (one: Running) => void) {
    this.session = session;
    this.file = file;
    this.bytes = bytes;
    this.direction = direction;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = () => {
      onEnd(this);
      resolve();
    };
  }

  get isOver(): boolean {
    return this.#isOver || this.session.revoked;
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onOver();
  }

  end(): void {
    this.#isOver = true;
    this.#end();
  }
}

async function digestOf(ticket: string): Promise<string> {
  const bytes = new TextEncoder().encode(ticket);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
