/**
 * One IRC connection: its lines in, its lines out. What commands mean is in commands/.
 *
 * @module
 */
import { idleProbeMs, requestsUnderWayMax } from "../../../protocol/wire/limits.ts";
import type { OutboxFailure, Sink } from "../connection/outbox.ts";
import type { Socket } from "../connection/socket.ts";
import {
  type Lateness,
  WireConnection,
  type WireConnectionOptions,
} from "../connection/wire_connection.ts";
import type { Session } from "../../heart/session.ts";
import { privateConversations } from "../../storage/account_storage.ts";
import type { CapabilityContext } from "./format/capabilities.ts";
import { IrcClient } from "./network/client.ts";
import type { Irc } from "./delivery/irc_parts.ts";
import type { CommandConnection, Context } from "./commands/command.ts";
import { commandOf, runIrcCommand } from "./commands/table.ts";
import { leaveNetwork } from "./sign_in/registering.ts";
import { type Decoded, LineDecoder } from "./format/line_decoder.ts";
import { type Message, parseMessage } from "./format/message.ts";
import { utf8Text } from "./format/utf8_text.ts";
import { confirmRead } from "./network/progress.ts";

/** What a connection needs of its surroundings. */
export interface IrcConnectionOptions extends WireConnectionOptions {
  readonly irc: Irc;
  readonly context: CapabilityContext;
}

/** After how much silence a client is probed that got a private message. */
const privateProbeMs = 5_000;
/** How long a line may take from its first byte to its last. */
const lineTimeoutMs = 30_000;
/**
 * Bytes of one write to an encrypted connection, which become one record of TLS. Simple clients read that many at once and
 * then ask the system whether there is more: it knows nothing of the rest of a record that was decrypted as a whole.
 */
const recordBytesMax = 1024;
const forbiddenCharacters = /[\0\r]/;

/** One IRC connection. */
export class IrcConnection extends WireConnection<Decoded> implements CommandConnection {
  readonly client: IrcClient;
  readonly #options: IrcConnectionOptions;
  readonly #decoder = new LineDecoder();
  #running: Promise<void> | null = null;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode IrcConnectionOptions}.
   */
  constructor(socket: Socket, options: IrcConnectionOptions) {
    const { irc, address, context } = options;
    super(socket, options, context.secure ? inSmallRecords(socket) : socket);
    this.#options = options;
    this.client = new IrcClient({
      outbox: this.outbox,
      address,
      serverName: irc.network.serverName,
      context,
      end: () => this.end(),
      close: () => this.close(),
      questions: this.questions,
      silentMs: () => this.silentMs(),
    });
  }

  /** Resolves when the connection has ended; there while it runs. */
  get ended(): Promise<void> | null {
    return this.#running;
  }

  /** See {@linkcode WireConnection.run}. */
  override run(onEnd?: (connection: this) => void): Promise<void> {
    return this.#running = super.run(onEnd);
  }

  /** Null until it is registered. */
  get session(): Session | null {
    return this.client.session;
  }

  protected override get isPartial(): boolean {
    return this.#decoder.partial;
  }

  protected override get unitTimeoutMs(): number {
    return lineTimeoutMs;
  }

  /** Whether a private message was read is to be known soon: a program would obey it again after a crash of the server. */
  protected override get probeMs(): number {
    return this.client.unconfirmed.has(privateConversations) ? privateProbeMs : idleProbeMs;
  }

  protected override probe(): void {
    this.client.serverReply(`PING :${this.client.serverName}`);
  }

  protected override heard(): void {
    super.heard();
    this.#confirmRead();
  }

  protected override readingEnded(): void {
    this.#confirmRead();
    // From here on it gets nothing more but what waits already.
    leaveNetwork(this.#options.irc, this.client);
  }

  /** The peer has what was written, unless the way to it is lost. */
  #confirmRead(): void {
    if (!this.lost && this.outbox.isIdle) confirmRead(this.#options.irc.network, this.client);
  }

  /** See {@linkcode WireConnection.cut}. */
  override cut(reason: OutboxFailure): void {
    this.client.quitReason = reason === "queue_full" || reason === "all_queues_full"
      ? "Read too slowly"
      : "Connection lost";
    super.cut(reason);
  }

  /** Tells the peer why the connection ends, and ends it. */
  endWith(reason: string): void {
    this.client.quitReason = reason;
    this.client.serverReply(`ERROR :Closing link: ${reason}`);
    this.end();
  }

  /** How long it was silent is no part of the text: equal lines of the log are counted together. */
  protected override latenessText(late: Lateness): string {
    switch (late) {
      case "handshake":
        return "Handshake timeout.";
      case "unit":
        return "A line took too long to arrive.";
      case "silence":
      case "sign_in":
        return this.isSignedIn ? "Ping timeout." : "Registration timeout.";
    }
  }

  protected override tellLateness(late: Lateness): void {
    const text = this.latenessText(late).replace(/\.$/, "");
    const isPing = late === "silence" && this.isSignedIn;
    const reason = isPing ? `${text}: ${Math.round(this.silentMs() / 1000)} seconds` : text;
    this.client.quitReason = reason;
    this.client.serverReply(`ERROR :Closing link: ${reason}`);
  }

  protected override decode(chunk: Uint8Array): Iterable<Decoded> {
    return this.#decoder.decode(chunk);
  }

  protected override take(decoded: Decoded): Promise<void> | void {
    switch (decoded.type) {
      case "endless":
        return this.endWith("This is not IRC");
      case "too_long":
        return this.#refuse(() => this.client.numeric("ERR_INPUTTOOLONG"));
      case "line":
        return this.#takeLine(decoded.bytes);
    }
  }

  #takeLine(bytes: Uint8Array): Promise<void> | void {
    const line = utf8Text(bytes);
    if (line === null) return this.#refuseBytes(bytes);
    const message = parseMessage(line);
    if (forbiddenCharacters.test(line)) {
      const text = "A line cannot hold NUL or CR";
      return this.#refuse(() => this.client.numeric("ERR_UNKNOWNERROR", ["*"], text));
    }
    return this.#obey(message);
  }

  /** Only UTF-8 is spoken here (IRCv3 utf8-only). */
  #refuseBytes(bytes: Uint8Array): Promise<void> | void {
    const message = parseMessage(new TextDecoder().decode(bytes));
    const name = commandOf(message.command) === undefined ? "*" : message.command;
    const text = "This is not UTF-8: set your client to it";
    return this.#refuse(() => {
      this.#answered(message, () => this.client.fail(name, "INVALID_UTF8", [], text));
    });
  }

  /** What is no command counts for flood control as one. */
  #refuse(answer: () => void): Promise<void> | void {
    answer();
    const waitMs = this.passGate(1);
    if (waitMs > 0) return this.pause(waitMs);
  }

  #obey(message: Message): Promise<void> | void {
    const command = commandOf(message.command);
    const waitMs = this.passGate(command?.cost ?? 1);
    const isLabelled = message.tags.has("label");
    if (this.underWay === 0 || (command?.pipelined === true && !isLabelled)) {
      const handled = this.#run(message);
      if (waitMs === 0 && this.underWay < requestsUnderWayMax) return handled;
      return this.#wait(handled, waitMs);
    }
    return this.untilFewer(1).then(() => this.#run(message))
      .then(() => this.#wait(undefined, waitMs));
  }

  #run(message: Message): Promise<void> | void {
    if (message.tags.size === 0) return runIrcCommand(this.#contextOf(message));
    return this.#answered(message, () => runIrcCommand(this.#contextOf(message)));
  }

  /** What a command needs, as it is when its turn has come. */
  #contextOf(message: Message): Context {
    const { irc } = this.#options;
    const { person, session } = this.client;
    return {
      irc,
      network: irc.network,
      client: this.client,
      person,
      session,
      message,
      params: message.params,
      connection: this,
    };
  }

  /** See {@linkcode Context.connection}. */
  settled(): Promise<void> | void {
    return this.underWay === 0 ? undefined : this.untilFewer(1);
  }

  /** Collects what is answered to a command with a label. */
  #answered(message: Message, run: () => Promise<void> | void): Promise<void> | void {
    const { client } = this;
    const label = message.tags.get("label");
    const collects = label !== undefined && client.has("labeled-response") &&
      message.command !== "BATCH" && !message.tags.has("batch");
    if (!collects) return run();
    client.beginResponse(label);
    const handled = run();
    if (handled === undefined) return client.endResponse();
    return handled.finally(() => client.endResponse());
  }

  /** Waits for a command, for room for the next one, and for what flood control wants. */
  async #wait(handled: Promise<void> | void, waitMs: number): Promise<void> {
    await handled;
    await this.untilFewer(requestsUnderWayMax);
    if (waitMs > 0) await this.pause(waitMs);
  }
}

/** Writes a part: the outbox comes again with the rest. */
function inSmallRecords(socket: Socket): Sink {
  return { write: (bytes) => socket.write(bytes.subarray(0, recordBytesMax)) };
}
