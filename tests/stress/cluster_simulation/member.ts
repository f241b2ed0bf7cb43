/**
 * Somebody who talks in a simulated cluster: comes back to whichever server runs, sends again what was not answered, reads what was
 * missed, and notes everything that was promised and shown.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { SendQueue } from "../../../client/core/chat/send_queue.ts";
import type { Sendable } from "../../../client/core/link/sendable.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { parseUserName } from "../../../protocol/names/names.ts";
import type { AccountRecord } from "../../../server/storage/account_storage.ts";
import type { Posted } from "../../../server/heart/posting.ts";
import type { Session, SessionEvent, User } from "../../../server/heart/session.ts";
import type { StoredPost } from "../../../server/storage/post_storage.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import type { World } from "../simulation/world.ts";
import type { ClusterNode, NodeRun } from "./node.ts";

/** What somebody wants to have said. */
interface Saying {
  readonly id: string;
  /** To whom, or null: in the lobby. */
  readonly to: User | null;
  readonly text: string;
  /** Whether it is left unsaid where it is refused. */
  readonly once: boolean;
  tries: number;
}

/** An account; `owner` tells who wanted it. */
export function simulatedAccount(name: string, owner: string): AccountRecord {
  const key = new Uint8Array(createHash("sha256").update(owner).digest());
  return {
    ...parseUserName(name),
    salt: new Uint8Array(16).fill(5),
    iterations: 600_000,
    storedKey: key,
    serverKey: key,
    createdMs: 0,
  };
}

const pageMax = 50;

/** Somebody in the simulation. */
export class Member {
  readonly user: User;
  /** What was shown, in the order in which it was. */
  readonly shown: number[] = [];
  /** The sequence of each id that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** What was refused, and not tried again by whoever said it. */
  readonly refused = new Set<string>();
  /** The first promise that was broken. */
  failure: unknown;
  /** Whether this person stays away when the session ends. */
  isLeaving = false;
  /** When the session came or went. */
  changedMs = 0;
  moves = 0;
  readonly #world: World;
  readonly #nodes: readonly ClusterNode[];
  readonly #waiting = new Map<string, Saying>();
  /** The program's own: what it says to be refused must not be stored. */
  readonly #queue = new SendQueue((sendable) => this.#transmit(sendable));
  /** Rejected when the session ends. */
  #lost = Promise.withResolvers<never>();
  #run: NodeRun | null = null;
  #session: Session | null = null;
  /** What is told while what was missed is read. */
  #early: StoredPost[] | null = [];
  #preferred: number;
  #isComing = false;

  /**
   * @param name The name.
   * @param world Where.
   * @param nodes The servers.
   */
  constructor(name: string, world: World, nodes: readonly ClusterNode[]) {
    this.user = { ...parseUserName(name), account: true };
    this.#world = world;
    this.#nodes = nodes;
    this.#preferred = world.random.below(3);
    this.#queue.hold();
  }

  /** Where this person is; null while nowhere. */
  get run(): NodeRun | null {
    return this.#session === null ? null : this.#run;
  }

  /** The session there. */
  get session(): Session | null {
    return this.#session;
  }

  /** Whether nothing waits for an answer, and what was missed is read. */
  get isCalm(): boolean {
    return this.#waiting.size === 0 && this.#early === null && this.#session !== null;
  }

  /** Where this person is and what waits, for a failure's message. */
  get state(): string {
    const waiting = [...this.#waiting.values()].map(({ id, tries }) =>
      `${id} after ${tries} tries`
    );
    const where = this.run === null ? "nowhere" : `on server ${this.run.node.number}`;
    return `${this.user.name} ${where}, ${
      this.#early === null ? "" : "reading, "
    }waits for [${waiting}]`;
  }

  /** Comes. */
  start(): void {
    this.#comeAfter(0);
  }

  /** Says something. */
  say(id: string, text: string, { to, once }: { to: User | null; once: boolean }): void {
    const saying = { id, to, text, once, tries: 0 };
    this.#waiting.set(id, saying);
    this.#send(saying);
  }

  /** Comes back, also who has not gone yet. */
  comeBack(): void {
    if (this.#session === null && !this.#isComing) this.#comeAfter(0);
    this.isLeaving = false;
  }

  /** Goes, and comes to another server. */
  move(): void {
    const session = this.#session;
    if (session === null) return;
    this.#preferred++;
    this.#run!.chat.disconnect(session);
    this.#gone();
  }

  #gone(): void {
    this.#session = null;
    this.#run = null;
    this.#queue.hold();
    this.#lost.reject(new ChatError("disconnected", "The connection was lost."));
    this.changedMs = this.#world.nowMs;
    if (!this.isLeaving) this.#comeAfter(this.#world.random.between(20, 1_500));
  }

  #comeAfter(ms: number): void {
    this.#isComing = true;
    this.#world.schedule(ms, () => {
      this.#come().catch((error) => this.#fail(error));
    });
  }

  async #come(): Promise<void> {
    const run = this.#choose();
    if (run === null) return this.#comeAfter(100);
    const ended = Promise.withResolvers<null>();
    const end = () => ended.resolve(null);
    run.onEnd.add(end);
    const isKnown = await Promise.race([this.#isKnown(run), ended.promise]);
    run.onEnd.delete(end);
    if (isKnown !== true || run.node.run !== run) return this.#comeAfter(200);
    await this.#enter(run);
  }

  #choose(): NodeRun | null {
    const count = this.#nodes.length;
    for (let at = 0; at < count; at++) {
      const run = this.#nodes[(this.#preferred + at) % count]!.run;
      if (run !== null) return run;
    }
    return null;
  }

  /** Whether the account is there; it is made where it is not. */
  async #isKnown({ storage }: NodeRun): Promise<boolean> {
    const { name, nameKey } = this.user;
    if (await storage.findAccount(nameKey) !== null) return true;
    const account = simulatedAccount(name, name);
    const command = { type: "account", version: 1, account, identity: null } as const;
    const outcome = await storage.submit(command).catch(() => null);
    return outcome !== null;
  }

  async #enter(run: NodeRun): Promise<void> {
    this.#early = [];
    const session = run.chat.connect(this.user, {
      followsAccount: true,
      connection: noConnection,
      deliver: (event) => {
        if (this.#session === session && run.node.run === run) this.#take(event);
      },
    });
    this.#run = run;
    this.#session = session;
    this.#lost = Promise.withResolvers();
    // Nobody may wait for it.
    this.#lost.promise.catch(() => {});
    this.#isComing = false;
    this.changedMs = this.#world.nowMs;
    this.moves++;
    run.onEnd.add(() => {
      if (this.#session === session) this.#gone();
    });
    for (let more = true; more;) {
      const after = this.shown.at(-1) ?? 0;
      const page = await run.chat.reading.history(session, { after, limit: pageMax });
      if (this.#session !== session) return;
      for (const post of page.posts) this.#show(post);
      more = page.more;
    }
    const early = this.#early;
    this.#early = null;
    for (const post of early) this.#show(post);
    this.#queue.sendAgain();
  }

  #take(event: SessionEvent): void {
    if (event.type !== "post") return;
    if (this.#early === null) this.#show(event.post);
    else this.#early.push(event.post);
  }

  /** What was shown already may come again from a server that is behind. */
  #show({ sequence }: StoredPost): void {
    if (sequence > (this.shown.at(-1) ?? 0)) this.shown.push(sequence);
  }

  #send(saying: Saying): void {
    const { id, text } = saying;
    this.#queue.add({ type: "post", content: { room: "#lobby", text, postId: id } }).then(
      ({ sequence }) => this.#acknowledge(id, sequence),
      (error) => this.#refuse(saying, error),
    );
  }

  #transmit({ content: { postId: id } }: Sendable): Promise<Posted> {
    const [run, session, saying] = [this.#run!, this.#session!, this.#waiting.get(id)!];
    saying.tries++;
    const { to, text } = saying;
    const sending = to === null
      ? run.chat.post(session, { room: "#lobby", id, kind: "text", body: text })
      : run.chat.sendPrivate(session, to, { id, kind: "text", body: text });
    return Promise.race([sending, this.#lost.promise]);
  }

  #acknowledge(id: string, sequence: number): void {
    this.#waiting.delete(id);
    this.acknowledged.set(id, sequence);
    this.#world.note(`${id} is ${sequence}`);
  }

  #refuse(saying: Saying, error: unknown): void {
    if (!(error instanceof ChatError) || error.code !== "storage_failed") return this.#fail(error);
    const isCutOff = error.cause instanceof StorageError && error.cause.reason === "cut_off";
    if (isCutOff && saying.once) {
      this.#waiting.delete(saying.id);
      this.refused.add(saying.id);
      return;
    }
    this.#world.schedule(this.#world.random.between(300, 2_000), () => this.#send(saying));
  }

  #fail(error: unknown): void {
    this.failure ??= error;
  }
}
