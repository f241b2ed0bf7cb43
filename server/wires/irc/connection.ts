/**
 * One IRC connection: its lines in, its lines out, its deadlines. What commands mean is in commands/.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import {
  handshakeTimeoutMs,
  idleProbeMs,
  idleTimeoutMs,
  requestsUnderWayMax,
  signInTimeoutMs,
  silenceBeforeSignInTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import type { Logger } from "../../common/log.ts";
import { logConnectionEnd, logCut } from "../connection/connection_end.ts";
import { Outbox } from "../connection/outbox.ts";
import type { Socket } from "../connection/socket.ts";
import { privateConversations } from "../../storage/storage.ts";
import type { CapabilityContext } from "./format/capabilities.ts";
import { IrcClient } from "./network/client.ts";
import type { Irc } from "./delivery/irc_parts.ts";
import { commandOf, runIrcCommand } from "./commands/table.ts";
import { FloodGate, type FloodGateOptions } from "../connection/flood_gate.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Turn } from "../connection/turn.ts";
import { leaveNetwork } from "./sign_in/registering.ts";
import { type Decoded, LineDecoder } from "./format/line_decoder.ts";
import { type Message, parseMessage } from "./format/message.ts";
import { confirmRead } from "./network/progress.ts";

/** What a connection needs of its surroundings. */
export interface IrcConnectionOptions {
  readonly irc: Irc;
  /** The peer's address. */
  readonly address: string;
  readonly context: CapabilityContext;
  readonly logger: Logger;
  readonly flood: FloodGateOptions;
  readonly traffic: Traffic;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** After how much silence a client is probed that got a private message. */
const privateProbeMs = 5_000;
/** How long a line may take from its first byte to its last. */
const lineTimeoutMs = 30_000;
/** Bytes that are read at once. A buffer is kept by each idle connection, so it is small. */
const readBufferBytes = 2 * 1024;
/** Bytes that are read at once while a peer sends more than the small buffer holds. */
const busyReadBufferBytes = 16 * 1024;
/**
 * Bytes of one write to an encrypted connection, which become one record of TLS. Simple clients read that many at once and
 * then ask the system whether there is more: it knows nothing of the rest of a record that was decrypted as a whole.
 */
const recordBytesMax = 1024;
/** Bytes of replies that may wait before the next command is read: who asks and does not read is not to fill the memory. */
const unreadBytesMax = 512 * 1024;

const forbiddenCharacters = /[\0\r]/;
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One IRC connection. */
export class IrcConnection {
  readonly client: IrcClient;
  readonly outbox: Outbox;
  readonly #socket: Socket;
  readonly #options: IrcConnectionOptions;
  readonly #decoder = new LineDecoder();
  readonly #gate: FloodGate;
  readonly #openedMs: number;
  /** Ends a wait of flood control; there only during one. */
  #aborter: AbortController | null = null;
  #handshaken = false;
  #heardMs: number;
  #partialSinceMs: number | null = null;
  #probed = false;
  #underWay = 0;
  #resume: (() => void) | null = null;
  #ending = false;
  #closed = false;
  #running: Promise<void> | null = null;
  /** Whether the peer may not have got all that was written. */
  #lost = false;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode IrcConnectionOptions}.
   */
  constructor(socket: Socket, options: IrcConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#openedMs = this.#heardMs = options.nowMs();
    this.#gate = new FloodGate(options.flood, this.#openedMs);
    this.outbox = new Outbox(
      options.traffic.outboxes,
      options.context.secure ? inSmallRecords(socket) : socket,
      {
        nowMs: options.nowMs,
        onFailure: (reason) => {
          logCut(options.logger, reason, options.address);
          this.client.quitReason = reason === "queue_full" || reason === "all_queues_full"
            ? "Read too slowly"
            : "Connection lost";
          this.#lost = true;
          this.close();
        },
      },
    );
    this.client = new IrcClient({
      outbox: this.outbox,
      address: options.address,
      serverName: options.irc.network.serverName,
      context: options.context,
      end: () => this.end(),
      close: () => this.close(),
      silentMs: () => options.nowMs() - this.#heardMs,
    });
  }

  /** Resolves when the connection has ended; there while it runs. */
  get ended(): Promise<void> | null {
    return this.#running;
  }

  /**
   * Runs the connection to its end. Never rejects.
   *
   * @param onEnd Called at the end.
   */
  run(onEnd: (connection: IrcConnection) => void): Promise<void> {
    return this.#running = this.#run(onEnd);
  }

  async #run(onEnd: (connection: IrcConnection) => void): Promise<void> {
    const { irc } = this.#options;
    try {
      await this.#socket.handshake?.();
      this.#handshaken = true;
      await this.#readAll();
    } catch (error) {
      if (!this.#closed) this.#lost = true;
      this.#logEnd(error);
    }
    this.#confirmRead();
    // From here on it gets nothing more but what waits already.
    leaveNetwork(irc, this.client);
    await this.outbox.drained();
    this.close();
    onEnd(this);
  }

  /** Reads nothing more; closes when what waits was sent. */
  end(): void {
    this.#ending = true;
    this.#resume?.();
    this.#aborter?.abort();
    // A connection that is waited upon reads until its peer says something: the peer may have nothing to say.
    void this.outbox.drained().then(() => this.close());
  }

  get #turn(): Turn {
    return this.#options.traffic.turn;
  }

  /** Closes at once. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outbox.close();
    this.#resume?.();
    this.#aborter?.abort();
    try {
      this.#socket.close();
    } catch {
      // It was closed by the peer or by the runtime.
    }
  }

  /** The peer has what was written, unless the way to it is lost. */
  #confirmRead(): void {
    if (!this.#lost && this.outbox.isIdle) confirmRead(this.#options.irc.network, this.client);
  }

  /** Tells the peer why the connection ends, and ends it. */
  endWith(reason: string): void {
    this.client.quitReason = reason;
    this.client.serverReply(`ERROR :Closing link: ${reason}`);
    this.end();
  }

  /** Enforces every deadline; to be called about once a second. */
  checkDeadlines(): void {
    if (this.#closed) return;
    const nowMs = this.#options.nowMs();
    this.outbox.checkDeadline();
    const late = this.#lateness(nowMs);
    if (late !== null) return this.#timeOut(late);
    if (this.client.person !== null && !this.#probed && nowMs - this.#heardMs > this.#probeMs) {
      this.#probed = true;
      this.client.serverReply(`PING :${this.client.serverName}`);
    }
  }

  /** Whether a private message was read is to be known soon: a program would obey it again after a crash of the server. */
  get #probeMs(): number {
    return this.client.unconfirmed.has(privateConversations) ? privateProbeMs : idleProbeMs;
  }

  #lateness(nowMs: number): string | null {
    if (!this.#handshaken) {
      return nowMs - this.#openedMs > handshakeTimeoutMs ? "Handshake timeout" : null;
    }
    if (this.#partialSinceMs !== null && nowMs - this.#partialSinceMs > lineTimeoutMs) {
      return "A line took too long to arrive";
    }
    const silentMs = nowMs - this.#heardMs;
    if (this.client.person !== null) {
      return silentMs > idleTimeoutMs
        ? `Ping timeout: ${Math.round(silentMs / 1000)} seconds`
        : null;
    }
    if (silentMs > silenceBeforeSignInTimeoutMs) return "Registration timeout";
    return nowMs - this.#openedMs > signInTimeoutMs ? "Registration timeout" : null;
  }

  #timeOut(reason: string): void {
    // How long it was silent is no part of the text: equal lines are counted together.
    const { logger, address } = this.#options;
    logger.info(`Closed a connection: ${reason.replace(/: \d+ seconds$/, "")}.`, { address });
    this.#ending = true;
    this.#lost = true;
    this.client.quitReason = reason;
    if (this.#handshaken) this.client.serverReply(`ERROR :Closing link: ${reason}`);
    // The peer may not read: one turn for the write to reach the kernel, then the end.
    setTimeout(() => this.close(), 0);
  }

  async #readAll(): Promise<void> {
    let buffer = new Uint8Array(readBufferBytes);
    while (!this.#ending && !this.#closed) {
      const count = await this.#socket.read(buffer);
      if (count === null) return;
      this.#heardMs = this.#options.nowMs();
      this.#probed = false;
      this.#confirmRead();
      for (const decoded of this.#decoder.decode(buffer.subarray(0, count))) {
        if (this.#ending || this.#closed) return;
        const handled = this.#take(decoded);
        if (handled !== undefined) await handled;
        if (this.outbox.queuedBytes > unreadBytesMax) await this.outbox.drained();
        if (this.#turn.isOver()) await this.#turn.next();
      }
      this.#partialSinceMs = this.#decoder.partial
        ? this.#partialSinceMs ?? this.#options.nowMs()
        : null;
      const wanted = count === buffer.length ? busyReadBufferBytes : readBufferBytes;
      if (wanted !== buffer.length) buffer = new Uint8Array(wanted);
    }
  }

  #take(decoded: Decoded): Promise<void> | void {
    this.#partialSinceMs = null;
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
    let line: string;
    try {
      line = textDecoder.decode(bytes);
    } catch {
      return this.#refuseBytes(bytes);
    }
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
    const waitMs = this.#gate.take(1, this.#options.nowMs());
    if (waitMs > 0) return this.#pause(undefined, waitMs);
  }

  #obey(message: Message): Promise<void> | void {
    const { irc } = this.#options;
    const command = commandOf(message.command);
    const context = {
      irc,
      network: irc.network,
      client: this.client,
      message,
      params: message.params,
      later: (promise: Promise<unknown>) => this.#later(promise),
      settled: () => this.#underWay === 0 ? undefined : this.#untilFewer(1),
    };
    const waitMs = this.#gate.take(command?.cost ?? 1, this.#options.nowMs());
    const isLabelled = message.tags.has("label");
    if (this.#underWay === 0 || (command?.pipelined === true && !isLabelled)) {
      const handled = this.#answered(message, () => runIrcCommand(context));
      if (waitMs === 0 && this.#underWay < requestsUnderWayMax) return handled;
      return this.#pause(handled, waitMs);
    }
    return this.#untilFewer(1).then(() => this.#answered(message, () => runIrcCommand(context)))
      .then(() => this.#pause(undefined, waitMs));
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
  async #pause(handled: Promise<void> | void, waitMs: number): Promise<void> {
    await handled;
    await this.#untilFewer(requestsUnderWayMax);
    if (waitMs > 0 && !this.#closed) {
      this.#aborter = new AbortController();
      await delay(waitMs, { signal: this.#aborter.signal }).catch(() => {});
      this.#aborter = null;
    }
  }

  /** A command that waits for the disk and has taken its place in the order: the next one may be read. */
  #later(promise: Promise<unknown>): void {
    this.#underWay++;
    promise.catch((error: unknown) => {
      this.#logEnd(error);
      this.close();
    }).finally(() => {
      this.#underWay--;
      this.#resume?.();
    });
  }

  async #untilFewer(count: number): Promise<void> {
    while (this.#underWay >= count && !this.#closed) {
      await new Promise<void>((resolve) => this.#resume = resolve);
    }
    this.#resume = null;
  }

  /** A peer that goes away is ordinary; anything else is our mistake and must be seen. */
  #logEnd(error: unknown): void {
    const { logger, address } = this.#options;
    logConnectionEnd(logger, error, { address, closed: this.#closed });
  }
}

/** Writes a part: the outbox comes again with the rest. */
function inSmallRecords(socket: Socket): Pick<Socket, "write"> {
  return { write: (bytes) => socket.write(bytes.subarray(0, recordBytesMax)) };
}
