/**
 * A peer of the native wire that sends whatever a test wants, well-formed or not, over a pipe or a real connection.
 *
 * @module
 */
import { encodeFrame, encodeMessage, FrameDecoder } from "../protocol/frame.ts";
import { ScramClient } from "../protocol/scram.ts";
import { keysOfEveryone } from "./server/accounts.ts";

/** What a peer speaks over: `Deno.Conn` and a pipe fit. */
export interface Wire {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Anything that a server sends. */
export type Message = Record<string, unknown>;

/** The peer. */
export class Peer implements Disposable {
  readonly #wire: Wire;
  readonly #decoder = new FrameDecoder(1024 * 1024);
  readonly #messages: Message[] = [];
  /** Who waits for which reply. */
  readonly #asked = new Map<unknown, (reply: Message) => void>();
  readonly #reading: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #ended = false;
  #nextId = 1;

  /** @param wire The connection, its handshake done. */
  constructor(wire: Wire) {
    this.#wire = wire;
    this.#reading = this.#readAll();
  }

  /** Resolves when the server has closed the connection, or it broke. */
  get closed(): Promise<void> {
    return this.#reading;
  }

  /** What has arrived and was not taken yet. */
  get waiting(): readonly Message[] {
    return this.#messages;
  }

  /** Sends bytes as they are. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#wire.write(bytes.subarray(at));
  }

  /** Sends a value, or a text that need not be JSON, in a frame. */
  async send(value: unknown): Promise<void> {
    const raw = typeof value === "string" ? encodeFrame(new TextEncoder().encode(value)) : null;
    await this.sendBytes(raw ?? encodeMessage(value));
  }

  /** Makes a request and gives its reply; events stay where they are. Several may be under way. */
  async ask(type: string, content: Message = {}): Promise<Message> {
    const id = this.#nextId++;
    const reply = new Promise<Message>((resolve) => this.#asked.set(id, resolve));
    await this.send({ type, id, ...content });
    const end = this.#reading.then(() => {
      throw new Error(`The connection ended before "${type}" was answered.`);
    });
    return await Promise.race([reply, end]);
  }

  /** The next message; null where the connection has ended before one came. */
  async next(): Promise<Message | null> {
    while (this.#messages.length === 0 && !this.#ended) await this.#wake.promise;
    return this.#messages.shift() ?? null;
  }

  /** The next message that is wanted, passing over those before it. */
  async find(wanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const message = await this.next();
      if (message === null) throw new Error("The connection ended before the message came.");
      if (wanted(message)) return message;
    }
  }

  /** The next event of a type. */
  async event(type: string): Promise<Message> {
    return await this.find((message) => message["event"] === type);
  }

  /** Signs in with the keys of everyone; gives the reply to the last step, which may be an error. */
  async signIn(name: string, binding: Uint8Array): Promise<Message> {
    const scram = new ScramClient({ userName: name, keysFor: keysOfEveryone, binding });
    const first = await this.ask("sign_in", { data: scram.first });
    if (first["error"] !== undefined) return first;
    return await this.ask("sign_in_proof", { data: await scram.respond(String(first["data"])) });
  }

  /** Goes without a word. */
  [Symbol.dispose](): void {
    try {
      this.#wire.close();
    } catch {
      // It was closed already.
    }
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await this.#wire.read(buffer);
        if (count === null) break;
        for (const payload of this.#decoder.decode(buffer.subarray(0, count))) {
          this.#take(JSON.parse(new TextDecoder().decode(payload)));
        }
        this.#notify();
      }
    } catch {
      // A connection that breaks has ended, too.
    }
    this.#ended = true;
    this.#notify();
  }

  #take(message: Message): void {
    const answer = this.#asked.get(message["reply"]);
    this.#asked.delete(message["reply"]);
    if (answer === undefined) this.#messages.push(message);
    else answer(message);
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** The code of an error that a reply or an event holds; undefined where it is none. */
export function codeOf(message: Message | null): unknown {
  if (message?.["event"] === "error") return message["code"];
  return (message?.["error"] as Message | undefined)?.["code"];
}
