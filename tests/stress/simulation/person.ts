/**
 * A person at a simulated machine: the real headless client, restarted when it crashes, and a note of everything that it
 * was promised and shown.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { ChatClient, type ClientEvent } from "../../../client/core/chat/chat_client.ts";
import { Credentials } from "../../../client/core/link/credentials.ts";
import { readable } from "../../../client/core/e2e/message_view.ts";
import { AccountKeys } from "../../../client/core/e2e/account_keys.ts";
import type { Sent } from "../../../client/core/link/sendable.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import { parseUserName } from "../../../protocol/names/names.ts";
import type { AccountRecord } from "../../../server/storage/account_storage.ts";
import type { Disk } from "./disk.ts";
import { channelBinding, type House } from "./house.ts";
import type { Connected } from "./network.ts";
import type { World } from "./world.ts";

const keyOf = (label: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHmac("sha256", "key of everyone").update(label).digest());
const clientKey = keyOf("Client Key");
const serverKey = keyOf("Server Key");
const storedKey = new Uint8Array(createHash("sha256").update(clientKey).digest());
const keys = { clientKey, serverKey, storedKey };

/** An account whose keys cost no PBKDF2. */
export function accountOf(name: string): AccountRecord {
  const salt = new Uint8Array(16).fill(5);
  const iterations = 600_000;
  return { ...parseUserName(name), salt, iterations, storedKey, serverKey, createdMs: 0 };
}

/**
 * Private messages travel as they are, until the result is disposed of: the simulation is about their way, and sealing
 * them would take its time.
 */
export function unsealedPrivateMessages(): Disposable {
  const { open } = AccountKeys;
  AccountKeys.open = () =>
    Promise.resolve({
      peers: {
        forSending: (name: string) =>
          Promise.resolve({ name, nameKey: parseUserName(name).nameKey, keys: null }),
      },
      live: (post: Post) => Promise.resolve(readable(post)),
      page: (posts: readonly Post[]) =>
        Promise.resolve({ posts: posts.map(readable), annotations: [] }),
      resumed: () => Promise.resolve(),
    } as unknown as AccountKeys);
  return { [Symbol.dispose]: () => void (AccountKeys.open = open) };
}

/** Someone in the simulation. */
export class Person {
  /** What was promised: the server's answer for each acknowledged id. */
  readonly acknowledged = new Map<string, Sent>();
  /** Posts that were refused, by id. */
  readonly refused = new Map<string, ChatError>();
  /** Posts whose client crashed before they were answered. */
  orphaned = 0;
  /** The first promise that was broken. */
  failure: unknown;
  /** How often the connection came back. */
  reconnects = 0;
  client: ChatClient | null = null;
  connection: Connected | null = null;
  readonly #world: World;
  readonly #disk: Disk;
  readonly #house: House;
  readonly #address: string;
  readonly #onTokenSaved: (connection: Connected) => void;
  #device: string | undefined;
  #life = 0;
  #running = false;
  #shown = 0;
  #underWay = 0;

  /** @param name Who; an account of that name exists. */
  constructor(
    readonly name: string,
    options: {
      disk: Disk;
      house: House;
      address: string;
      /** Called when the client has signed in and kept its token, before it goes on. */
      onTokenSaved?: (connection: Connected) => void;
    },
  ) {
    this.#onTokenSaved = options.onTokenSaved ?? (() => {});
    this.#disk = options.disk;
    this.#world = options.disk.world;
    this.#house = options.house;
    this.#address = options.address;
  }

  /** Posts that wait for their acknowledgement. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Starts the client; tries until it is signed in, as a person would. */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const life = ++this.#life;
    while (life === this.#life) {
      const early: ClientEvent[] = [];
      let take = (event: ClientEvent): void => void early.push(event);
      try {
        const client = await this.#open((event) => {
          if (life === this.#life) take(event);
        });
        if (life !== this.#life) return void client.close(0);
        this.#shown = client.welcome.lastSequence;
        take = (event) => this.#take(event);
        early.forEach(take);
        this.client = client;
        return;
      } catch (error) {
        if (!mayTryAgain(error)) throw error;
        await this.#world.sleep(this.#world.random.between(100, 20_000));
      }
    }
  }

  /** The process is gone: what it had not sent yet is lost, which nobody was told otherwise. */
  crash(): void {
    this.#life++;
    this.#running = false;
    this.orphaned += this.#underWay;
    this.#underWay = 0;
    this.connection?.client.abandon();
    this.client?.close(0);
    this.client = null;
  }

  /** Posts to a room, or privately to someone. */
  say(target: string, text: string, id: string): void {
    const { client } = this;
    if (client === null) return;
    const life = this.#life;
    this.#underWay++;
    const sending = target.startsWith("#")
      ? client.post(target, text, id)
      : client.sendPrivate(target, text, id);
    sending.then(
      (sent) => this.#answered(life, id, sent),
      (error) => this.#answered(life, id, error),
    );
  }

  /** Reads everything that this person may read, through the wire; again, if the connection turns out to be dead. */
  async readAll(): Promise<Post[]> {
    for (;;) {
      try {
        return await this.#readPages();
      } catch (error) {
        if (!mayTryAgain(error)) throw error;
        await this.#world.sleep(1_000);
      }
    }
  }

  async #readPages(): Promise<Post[]> {
    const posts: Post[] = [];
    for (let more = true; more;) {
      const after = posts.at(-1)?.sequence ?? 0;
      const page = await this.client!.history({ after, limit: 1 + this.#world.random.below(100) });
      posts.push(...page.posts);
      more = page.more;
    }
    return posts;
  }

  /** Whether this person has been shown everything there is. */
  isUpToDate(): boolean {
    return this.client !== null && this.client.online && this.#underWay === 0 &&
      this.#nextUnread() === undefined;
  }

  /** The first post that may be read and was not shown. */
  #nextUnread(): Post | undefined {
    const { posts } = this.#disk.data;
    for (let at = this.#shown; at < posts.length; at++) {
      if (this.mayRead(at)) return posts[at]!.post;
    }
    return undefined;
  }

  /** Whether the post at an index is this person's to read: each is in all rooms of the simulation but one. */
  mayRead(index: number): boolean {
    const { destination } = this.#disk.data.posts[index]!;
    const nameKey = parseUserName(this.name).nameKey;
    if ("between" in destination) return destination.between.includes(nameKey);
    const room = this.#disk.data.rooms.find(({ id }) => id === destination.roomId)!;
    return room.name === "#lobby" || room.members.includes(nameKey);
  }

  async #open(onEvent: (event: ClientEvent) => void): Promise<ChatClient> {
    const credentials = new Credentials(this.name, "password");
    credentials.keysFor = () => Promise.resolve(keys);
    return await ChatClient.open({
      credentials,
      onEvent,
      connect: async () => {
        const life = this.#life;
        const connected = await this.#house.connect(this.#address).catch((cause) => {
          throw new ChatError("disconnected", "No server answers.", { cause });
        });
        if (life === this.#life) this.connection = connected;
        return { transport: connected.client, channelBinding };
      },
      devices: {
        load: async () => {
          await this.#world.sleep(this.#world.random.between(0, 3));
          return this.#device;
        },
        save: async (token) => {
          await this.#world.sleep(this.#world.random.between(0, 20));
          this.#device = token;
          if (this.connection !== null) this.#onTokenSaved(this.connection);
        },
      },
    });
  }

  #take(event: ClientEvent): void {
    if (event.type === "ended") this.#fail(`${this.name} was given up on: ${event.error}`);
    if (event.type === "online") this.reconnects++;
    if (event.type === "post") this.#show(event.post);
  }

  #fail(message: string): void {
    this.failure ??= new Error(message);
  }

  /** Shown in order, each once, none left out, and only what is on the disk. */
  #show(post: Post): void {
    this.#world.note(`${this.name} is shown ${post.sequence}`);
    const stored = this.#disk.data.posts[post.sequence - 1]?.post;
    if (stored === undefined || stored.id !== post.id || stored.body !== post.body) {
      this.#fail(`${this.name} was shown post ${post.sequence}, which is not stored.`);
    }
    const expected = this.#nextUnread()?.sequence;
    if (expected !== post.sequence) {
      this.#fail(`${this.name} was shown post ${post.sequence} where ${expected} comes next.`);
    }
    this.#shown = post.sequence;
  }

  #answered(life: number, id: string, answer: Sent | ChatError): void {
    if (life !== this.#life) return;
    this.#underWay--;
    if (answer instanceof ChatError) {
      this.refused.set(id, answer);
      return;
    }
    const before = this.acknowledged.get(id);
    if (before !== undefined && before.sequence !== answer.sequence) {
      this.#fail(`The id ${id} was acknowledged as ${before.sequence} and ${answer.sequence}.`);
    }
    this.#world.note(`${this.name} has ${id} acknowledged as ${answer.sequence}`);
    this.acknowledged.set(id, answer);
    const stored = this.#disk.data.posts[answer.sequence - 1]?.post;
    if (stored?.id !== id || stored.from !== this.name || stored.timeMs !== answer.timeMs) {
      this.#fail(`The post ${id} was acknowledged as ${answer.sequence} and is not stored.`);
    }
  }
}

function mayTryAgain(error: unknown): boolean {
  return error instanceof ChatError &&
    ["disconnected", "timeout", "slow_down", "storage_failed"].includes(error.code);
}
