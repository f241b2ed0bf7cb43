/**
 * One IRC connection as the commands see it: who it is, what it understands, and how it is answered.
 *
 * @module
 */
import type { Name } from "../../../../protocol/names/names.ts";
import type { TokenBucket } from "../../../common/token_bucket.ts";
import type { Outbox } from "../../connection/outbox.ts";
import type { Session, User } from "../../../heart/session.ts";
import { privateConversations } from "../../../storage/account_storage.ts";
import type { StoredPost } from "../../../storage/post_storage.ts";
import { type Capability, type CapabilityContext, variantOf } from "../format/capabilities.ts";
import { IrcLine } from "../format/line.ts";
import { escapeTag } from "../format/message.ts";
import { type NumericName, numerics } from "../format/numerics.ts";
import type { OpenBatch } from "../format/multiline.ts";
import type { Person } from "./person.ts";
import type { SaslExchange } from "./sasl_exchange.ts";

/** What a client is made with. */
export interface ClientOptions {
  readonly outbox: Pick<Outbox, "push">;
  /** The peer's address. */
  readonly address: string;
  readonly serverName: string;
  readonly context: CapabilityContext;
  /** Reads nothing more; closes when what waits was sent. */
  readonly end: () => void;
  /** Closes at once. */
  readonly close: () => void;
  /** See `SessionConnection.questions`. */
  readonly questions: TokenBucket;
  /** Milliseconds since something was last heard from the peer. */
  readonly silentMs: () => number;
}

/** The answer to a command with a label, while it grows. */
interface Response {
  readonly label: string;
  readonly lines: IrcLine[];
}

/** One IRC connection. */
export class IrcClient {
  readonly address: string;
  readonly context: CapabilityContext;
  readonly serverName: string;
  readonly end: () => void;
  readonly close: () => void;
  readonly questions: TokenBucket;
  readonly silentMs: () => number;

  /** What the client asked for. To be changed by {@linkcode IrcClient.setCapability} only. */
  readonly capabilities: ReadonlySet<Capability>;
  /** The version of capability negotiation; 0 until the client begins one. */
  capabilityVersion = 0;
  /** Whether registration waits for `CAP END`. */
  negotiating = false;
  wantedNick: Name | null = null;
  /** Whether `NICK` came: who has signed in is not kept waiting for one that can be had. */
  nickSent = false;
  /** From `USER`; null until it came. */
  username: string | null = null;
  realname = "";
  /** Whom it signed in as, before and after registration. */
  account: User | null = null;
  sasl: SaslExchange | null = null;
  /** Null until registration is complete. */
  person: Person | null = null;
  session: Session | null = null;

  /** Folded nicks that it monitors, with the spelling that it used. */
  readonly monitored = new Map<string, string>();
  /** Keys of metadata that it wants to hear of. */
  readonly subscriptions = new Set<string>();
  /** A multi-line message that it is sending. */
  batch: OpenBatch | null = null;
  /** The newest post that it got. */
  lastSequence = 0;
  /** The newest post that it got before it was last heard from. */
  readSequence = 0;
  /** Whether there is something that it cannot read, or was not shown. */
  hasMissed = false;
  /** Whether it was shown all private messages that waited, so that with each new one it has got all before. */
  followsPrivate = false;
  /** When it was last looked at whether it has read everything. */
  markedMs = 0;
  /** What others are told when it goes. */
  quitReason = "Connection closed";

  /** The conversation of the post that it got last, and that post, unless `#unconfirmed` knows of it. */
  #gotConversation: number | null = null;
  #gotSequence = 0;
  readonly #unconfirmed = new Map<number, number>();
  readonly #outbox: Pick<Outbox, "push">;
  readonly #capabilities = new Set<Capability>();
  #variant = 0;
  #response: Response | null = null;
  #lastBatch = 0;

  /** @param options See {@linkcode ClientOptions}. */
  constructor(options: ClientOptions) {
    this.#outbox = options.outbox;
    this.address = options.address;
    this.serverName = options.serverName;
    this.context = options.context;
    this.end = options.end;
    this.close = options.close;
    this.questions = options.questions;
    this.silentMs = options.silentMs;
    this.capabilities = this.#capabilities;
  }

  /** The nick to address it by; a star before it has one. */
  get nick(): string {
    return this.person?.nick ?? this.wantedNick?.name ?? "*";
  }

  /** Which tags it gets: see `variantBits`. */
  get variant(): number {
    return this.#variant;
  }

  /** Whether it asked for a capability. */
  has(capability: Capability): boolean {
    return this.#capabilities.has(capability);
  }

  /** Turns a capability on or off. */
  setCapability(capability: Capability, on: boolean): void {
    if (on) this.#capabilities.add(capability);
    else this.#capabilities.delete(capability);
    this.#variant = variantOf(this.#capabilities);
  }

  /** Notes that it gets a post. A broadcast comes here a thousand times, mostly one after the other from one room. */
  got({ sequence, roomId }: StoredPost): void {
    this.lastSequence = sequence;
    if (roomId === null && !this.followsPrivate) return;
    const conversation = roomId ?? privateConversations;
    if (conversation !== this.#gotConversation) {
      this.#noteGot();
      this.#gotConversation = conversation;
    }
    this.#gotSequence = sequence;
  }

  /** The newest post that it got since it was last heard from, by conversation: a room's id, or `privateConversations`. */
  get unconfirmed(): Map<number, number> {
    this.#noteGot();
    return this.#unconfirmed;
  }

  #noteGot(): void {
    if (this.#gotConversation === null) return;
    this.#unconfirmed.set(this.#gotConversation, this.#gotSequence);
    this.#gotConversation = null;
  }

  /** Sends a line that nobody asked for here. */
  deliver(line: IrcLine): void {
    this.#outbox.push(line.bytes(this.#variant));
  }

  /** Sends a line that answers the command under way. */
  reply(line: IrcLine): void {
    if (this.#response === null) this.deliver(line);
    else this.#response.lines.push(line);
  }

  /** Answers with a line from the server. */
  serverReply(text: string): void {
    this.reply(new IrcLine(`:${this.serverName} ${text}`));
  }

  /**
   * Answers with a numeric.
   *
   * @param name Which one.
   * @param params What stands between the client's own nick and the text.
   * @param text What stands at the end; the usual text of the numeric if left out, nothing if null.
   */
  numeric(name: NumericName, params?: readonly string[], text?: string | null): void {
    this.reply(this.numericLine(name, params ?? [], text));
  }

  /** The line of a numeric: see {@linkcode IrcClient.numeric}. */
  numericLine(name: NumericName, params: readonly string[], text?: string | null): IrcLine {
    const [code, usual]: readonly [string, string?] = numerics[name];
    const trailing = text === null ? undefined : text ?? usual;
    const all = [this.nick, ...params, ...(trailing === undefined ? [] : [`:${trailing}`])];
    return new IrcLine(`:${this.serverName} ${code} ${all.join(" ")}`);
  }

  /** Answers with a standard reply (IRCv3): what went wrong, for programs and for people. */
  fail(command: string, code: string, context: readonly string[], text: string): void {
    this.serverReply(`FAIL ${[command, code, ...context].join(" ")} :${text}`);
  }

  /** Says something as the server. */
  notice(text: string): void {
    this.deliver(new IrcLine(`:${this.serverName} NOTICE ${this.nick} :${text}`));
  }

  /** A reference for a batch toward this client. */
  newBatch(): string {
    return (++this.#lastBatch).toString(36);
  }

  /** From here to {@linkcode IrcClient.endResponse} everything that is replied belongs to a label (labeled-response). */
  beginResponse(label: string): void {
    this.#response = { label, lines: [] };
  }

  /** Whether what is replied now will carry a label. */
  get labelled(): boolean {
    return this.#response !== null;
  }

  /** Sends what was collected: with the label if it is one line or one batch, else as a batch of its own. */
  endResponse(): void {
    const response = this.#response;
    if (response === null) return;
    this.#response = null;
    const { lines } = response;
    const label = `label=${escapeTag(response.label)}`;
    if (lines.length === 0) return this.#push(new IrcLine(`:${this.serverName} ACK`), label);
    if (lines.length === 1 || isOneBatch(lines)) {
      lines.forEach((line, index) => this.#push(line, index === 0 ? label : undefined));
      return;
    }
    const batch = this.newBatch();
    this.#push(new IrcLine(`:${this.serverName} BATCH +${batch} labeled-response`), label);
    for (const line of lines) {
      this.#push(line, line.tags.batch === undefined ? `batch=${batch}` : undefined);
    }
    this.#push(new IrcLine(`:${this.serverName} BATCH -${batch}`));
  }

  #push(line: IrcLine, extraTag?: string): void {
    this.#outbox.push(
      extraTag === undefined ? line.bytes(this.#variant) : line.encoded(this.#variant, extraTag),
    );
  }
}

function isOneBatch(lines: readonly IrcLine[]): boolean {
  const reference = / BATCH \+(\S+) /.exec(lines[0]!.body)?.[1];
  return reference !== undefined && lines.at(-1)!.body.endsWith(` BATCH -${reference}`);
}
