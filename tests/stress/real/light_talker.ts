/**
 * Someone who talks at a real cluster for little: with the real client's memory for posts (what was shown, what is not stored yet), over a
 * connection that believes what it hears. A hundred of them fit beside the servers on a machine of two cores.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { CatchUp } from "../../../client/core/chat/catch_up.ts";
import { SendQueue } from "../../../client/core/chat/send_queue.ts";
import { signIn } from "../../../client/core/link/sign_in.ts";
import { connectLimitMs, signInLimitMs } from "../../../client/core/link/servers.ts";
import { within } from "../../../client/core/link/within.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import { LightLink } from "./light_link.ts";
import { credentialsOf, type Door } from "./native.ts";
import { type ShownOrder, Talker } from "./talker.ts";

/** How often it says how far it has read, and looks whether its server is still there. */
const lookMs = 500;
const readMs = 10_000;
/** A pause before all servers are tried again. */
const againMs = 250;
/** Posts that are fetched at once. */
const pageLimit = 100;

/** Somebody with a light client. */
export class LightTalker extends Talker {
  readonly #doors: ReadonlyMap<string, Door>;
  readonly #queue = new SendQueue(({ type, content }) => this.#link!.request(type, content));
  readonly #missed: CatchUp;
  readonly #looking: ReturnType<typeof setInterval>;
  readonly #leaving = new AbortController();
  #link: LightLink | null = null;
  #server: string | null = null;
  /** What was seen of the log. */
  #place = 0;
  #readMs = performance.now();
  /** How often it was looked in vain for a word of its server, and how often is too often. */
  #looksInVain = 0;
  #looksInVainMax = Infinity;
  #heardMs = 0;

  private constructor(name: string, doors: ReadonlyMap<string, Door>, order: ShownOrder) {
    super(name, order);
    this.#doors = doors;
    this.#missed = new CatchUp(0, ({ sequence, id }) => this.noteShown(sequence, id));
    this.#looking = setInterval(() => this.#look(), lookMs);
  }

  /**
   * Signs in.
   *
   * @param name An account with everyone's password.
   * @param doors The servers by their addresses; it begins with the first one.
   * @param order What everyone is shown.
   */
  static async open(
    name: string,
    doors: ReadonlyMap<string, Door>,
    order: ShownOrder,
  ): Promise<LightTalker> {
    const talker = new LightTalker(name, doors, order);
    const [first = ""] = doors.keys();
    await talker.#enter(first, 0);
    return talker;
  }

  get isOnline(): boolean {
    return this.#link?.isClosed === false;
  }

  get server(): string | null {
    return this.#server;
  }

  async reads(): Promise<number> {
    return (await this.#link!.request("history", { room: "#lobby", limit: 5 })).posts.length;
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    clearInterval(this.#looking);
    await this.#link?.request("sign_out", {}).catch(() => {});
    this.#link?.close();
    this.#queue.rejectAll(new ChatError("disconnected", "It has left."));
  }

  protected send(id: string): Promise<{ readonly sequence: number }> {
    const content = { room: "#lobby", text: id, kind: "text", postId: id } as const;
    return this.#queue.add({ type: "post", content });
  }

  #look(): void {
    const link = this.#link;
    if (link === null || link.isClosed) return;
    // Counted, not timed: a program that gets too little of the machine has heard nothing, either.
    this.#looksInVain = link.heardMs === this.#heardMs ? this.#looksInVain + 1 : 0;
    this.#heardMs = link.heardMs;
    if (this.#looksInVain > this.#looksInVainMax) return link.close();
    const nowMs = performance.now();
    if (nowMs - this.#readMs < readMs) return;
    this.#readMs = nowMs;
    link.sendRead(this.#missed.sequence);
  }

  #take(link: LightLink, event: ServerEvent["event"], content: unknown): void {
    if (event === "post") this.#missed.take((content as { post: Post }).post, 0);
    else if (event === "probe") link.sendRead(this.#missed.sequence);
    else if (event === "closing") link.close();
  }

  #lost(): void {
    this.noteLost();
    this.#queue.hold();
    this.#missed.begin();
    if (!this.#leaving.signal.aborted) void this.#goElsewhere();
  }

  /** As the real client does: any of the others, and the one that is gone at the end, until one lets it in. */
  async #goElsewhere(): Promise<void> {
    for (let round = 0; !this.#leaving.signal.aborted; round++) {
      const others = [...this.#doors.keys()].filter((address) => address !== this.#server);
      if (Math.random() < 0.5) others.reverse();
      for (const address of [...others, this.#server!]) {
        try {
          return await this.#enter(address, round);
        } catch (error) {
          if (!(error instanceof ChatError) || error.code === "sign_in_refused") this.ended = error;
        }
      }
      await delay(againMs, this.#leaving).catch(() => {});
    }
  }

  async #enter(address: string, round: number): Promise<void> {
    const limitMs = connectLimitMs(round);
    const { signal } = this.#leaving;
    const link = await this.#connect(address, limitMs);
    link.onEvent = (event, content) => this.#take(link, event, content);
    try {
      await within(signInLimitMs(round), signal, async (limited) => {
        limited.addEventListener("abort", () => link.close());
        await this.#signInOver(link, this.#doors.get(address)!);
      });
      await this.#fetchMissed(link);
    } catch (error) {
      link.close();
      throw error;
    }
    if (link.isClosed) throw new ChatError("disconnected", "The connection was lost.");
    [this.#link, this.#server] = [link, address];
    link.onClosed = () => this.#lost();
    this.#missed.finish();
    this.noteBack();
    this.#queue.sendAgain();
  }

  async #connect(address: string, limitMs: number): Promise<LightLink> {
    try {
      return new LightLink(await this.#doors.get(address)!.connect(limitMs));
    } catch (cause) {
      throw new ChatError("disconnected", "No server answers.", { cause });
    }
  }

  async #signInOver(link: LightLink, { binding }: Door): Promise<void> {
    this.#place = Math.max(this.#place, this.#link?.place ?? 0);
    const { aliveMs } = await signIn(
      link,
      credentialsOf(this.name),
      binding,
      undefined,
      this.#place,
    );
    if (aliveMs !== undefined) this.#looksInVainMax = 2 * aliveMs / lookMs;
  }

  /** What was missed comes before what is live. */
  async #fetchMissed(link: LightLink): Promise<void> {
    for (let more = true; more;) {
      const page = await link.request("history", {
        after: this.#missed.sequence,
        limit: pageLimit,
      });
      for (const post of page.posts) this.#missed.takeMissed(post);
      more = page.more;
    }
  }
}
