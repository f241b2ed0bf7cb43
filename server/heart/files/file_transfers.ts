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
  /** Whether its account may still do this: asked again with each piece. */
  readonly isAllowed: () => boolean;
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
   * Where all places are taken, one of whoever has most of them is ended for somebody who has fewer: first among networks, then among
   * the accounts of one. Its program goes on with it as after any lost connection.
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

  /** Whether somebody is sending a file at the moment. */
  isBeingSent(file: string): boolean {
    return this.#live().some((one) => one.direction === "up" && one.file === file);
  }

  #requireRoom({ session }: Claim): void {
    this.#stopWhatIsOver();
    const live = this.#live();
    const own = live.filter((one) => accountOf(one) === session.user.nameKey);
    if (own.length < filesUnderWayPerAccountMax) {
      if (live.length < filesUnderWayMax) return;
      const other = givingWay(live, session);
      if (other !== null) return other.stop();
    }
    const message =
      "Too many files are being sent and fetched at the moment. Wait for one of them.";
    throw new ChatError("slow_down", message, { retryAfterMs });
  }

  /** What nobody may go on with takes no place any more: its connection goes, too, before another one comes in its place. */
  #stopWhatIsOver(): void {
    for (const one of this.#underWay) if (one.isOver) one.stop();
  }

  /** Those that are not ending already. */
  #live(): Running[] {
    return [...this.#underWay].filter(({ isOver }) => !isOver);
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

/** Which transfer ends for a session that has no place: the newest of whoever has at least two more; null for none. */
function givingWay(live: readonly Running[], { site, user }: Session): Running | null {
  const ofMost = most(live, siteOf);
  const ofSite = live.filter((one) => siteOf(one) === site);
  if (ofMost.length > ofSite.length + 1) return most(ofMost, accountOf).at(-1)!;
  const ofAccount = most(ofSite, accountOf);
  const own = ofSite.filter((one) => accountOf(one) === user.nameKey);
  return ofAccount.length > own.length + 1 ? ofAccount.at(-1)! : null;
}

/** The transfers of whoever has most of them. */
function most(live: readonly Running[], ownerOf: (one: Running) => string): readonly Running[] {
  const all = [...Map.groupBy(live, ownerOf).values()];
  return all.sort((one, other) => other.length - one.length)[0] ?? [];
}

const siteOf = ({ session }: Claim): string => session.site;
const accountOf = ({ session }: Claim): string => session.user.nameKey;

class Running implements FileTransfer {
  readonly session: Session;
  readonly file: string;
  readonly bytes: number;
  readonly direction: "up" | "down";
  readonly isAllowed: () => boolean;
  readonly ended: Promise<void>;
  onOver: () => void = () => {};
  #isOver = false;
  readonly #end: () => void;

  constructor(
    { session, file, bytes, direction, isAllowed }: Claim,
    onEnd: (one: Running) => void,
  ) {
    this.session = session;
    this.file = file;
    this.bytes = bytes;
    this.direction = direction;
    this.isAllowed = isAllowed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = () => {
      onEnd(this);
      resolve();
    };
  }

  get isOver(): boolean {
    return this.#isOver || this.session.revoked || !this.isAllowed();
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
