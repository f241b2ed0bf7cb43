/**
 * A session of the full interface with a client that answers when and as a test says, on a terminal that nobody sees.
 *
 * @module
 */
import type { ChatClient, ClientEvent, ShownPost } from "../../../client/core/chat/chat_client.ts";
import { TransferStore } from "../../../client/files/transfer_store.ts";
import { Transfers } from "../../../client/transfers/transfers.ts";
import { readPreferences } from "../../../client/talk/preferences.ts";
import { commandWords, wordsAfter } from "../../../client/tui/commands/commands.ts";
import { Notifications } from "../../../client/tui/conversations/notifications.ts";
import { KeptNumbers } from "../../../client/tui/conversations/kept_numbers.ts";
import { ReadMarks } from "../../../client/tui/conversations/read_marks.ts";
import type { TextStore } from "../../../client/core/link/text_store.ts";
import type { KeptOnMachine } from "../../../client/tui/conversations/kept_on_machine.ts";
import { TerminalSession } from "../../../client/tui/session.ts";
import type { Terminal } from "../../../client/tui/terminal/terminal.ts";
import { View } from "../../../client/tui/view/view.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ShowDraft, WrittenDraft } from "../../../client/core/chat/shared_drafts.ts";
import type { ErrorCode } from "../../../protocol/wire/errors.ts";

/** A terminal that takes everything and shows nothing. */
class BlindTerminal implements Terminal {
  readonly size = { columns: 80, rows: 24 };
  start(): void {}
  write(): Promise<void> {
    return Promise.resolve();
  }
  suspend(): void {}
  stop(): void {}
}

/** A question to the server that is not answered yet. */
interface OpenRequest {
  /** What is asked, in words. */
  readonly what: string;
  readonly answer: () => void;
  readonly refuse: (error: ChatError) => void;
}

/** Answers when a test says so. */
export class ScriptedClient {
  readonly name = "jack";
  online = true;
  ended = false;
  readonly welcome = {
    name: "jack",
    readSequence: 0,
    lastSequence: 0,
    lobby: "#lobby",
    rooms: [{ name: "#lobby", topic: "" }, { name: "#dev", topic: "" }],
    identity: null,
  };
  /** What was stored, and for whom. */
  readonly stored: { readonly to: string; readonly text: string }[] = [];
  readonly requests: OpenRequest[] = [];
  readonly joined = new Set(["#lobby", "#dev"]);
  readonly users = new Set(["jill", "tom", "nokeys"]);
  readonly readable = new Set<string>();
  /** Whether history, too, comes only when a test says so. */
  slowHistory = false;
  onEvent: (event: ClientEvent) => void = () => {};
  #sequence = 0;

  /** Somebody posts. @return The sequence of the post. */
  deliver(from: string, to: string, text: string, id: string): number {
    const post = {
      sequence: ++this.#sequence,
      timeMs: this.#sequence,
      from,
      to,
      id,
      kind: "text",
      body: text,
      message: { text, problem: null, encrypted: true },
    } as unknown as ShownPost;
    this.onEvent({ type: "post", post, missed: false });
    return post.sequence;
  }

  post(room: string, text: string, id: string): Promise<unknown> {
    return this.#ask(`post ${room}`, () => {
      if (!this.joined.has(room)) throw new ChatError("not_in_room", "You are not in that room.");
      this.#store(room, text, id);
      return {};
    });
  }

  sendPrivate(to: string, text: string, id: string): Promise<unknown> {
    return this.#ask(`private ${to}`, () => {
      this.#checkUser(to);
      if (to === "nokeys" && !this.readable.has(to)) {
        throw new ChatError("not_encrypted", "nokeys uses a program without encryption.");
      }
      this.#store(to, text, id);
      return { online: true };
    });
  }

  user(name: string): Promise<unknown> {
    return this.#ask(`user ${name}`, () => {
      this.#checkUser(name);
      return { name, online: true };
    });
  }

  who(): Promise<string[]> {
    return this.#ask("who", () => ["jack", ...this.users]);
  }

  /** What is asked about rooms is asked here, too. */
  readonly rooms = this;

  list(): Promise<unknown[]> {
    return this.#ask("rooms", () => []);
  }

  join(room: string): Promise<unknown> {
    return this.#ask(`join ${room}`, () => {
      this.joined.add(room);
      return { name: room, topic: "", created: false };
    });
  }

  leave(room: string): Promise<void> {
    return this.#ask(`leave ${room}`, () => {
      if (room === "#lobby") throw new ChatError("forbidden", "Nobody leaves the lobby.");
      this.joined.delete(room);
    });
  }

  setTopic(room: string, topic: string): Promise<void> {
    return this.#ask(`topic ${room} ${topic}`, () => {});
  }

  history(): Promise<unknown> {
    const answer = () => ({ posts: [], annotations: [], more: false });
    return this.slowHistory ? this.#ask("history", answer) : Promise.resolve(answer());
  }

  search(): Promise<unknown> {
    return Promise.resolve({ posts: [], annotations: [], more: false });
  }

  ping(): Promise<number> {
    return Promise.resolve(1);
  }

  protection(): Promise<string> {
    return Promise.resolve("encrypted");
  }

  allowReadable(user: string): Promise<void> {
    this.readable.add(user);
    return Promise.resolve();
  }

  markReadUpTo(): void {}

  /** What was given to be shared with other sessions, each time. */
  readonly noted: WrittenDraft[] = [];
  /** Something was typed in another session. */
  showDraft: ShowDraft = () => false;

  shareDrafts(show: ShowDraft): Promise<unknown> {
    this.showDraft = show;
    const nothing = () => {};
    const note = (drafts: readonly WrittenDraft[]) => void this.noted.push(...drafts);
    return Promise.resolve({ note, begin: nothing, take: nothing, stop: nothing });
  }

  /** How often the next try to connect was wanted at once. */
  retries = 0;
  retryNow(): void {
    this.retries++;
  }

  #checkUser(name: string): void {
    if (!this.users.has(name)) {
      throw new ChatError("no_such_user", "There is no user with that name.");
    }
  }

  #store(to: string, text: string, id: string): void {
    this.stored.push({ to, text });
    this.deliver("jack", to, text, id);
  }

  /** Posts wait for a connection; whatever wants an answer does not. */
  #ask<T>(what: string, answer: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (!this.online && !/^(post|private) /.test(what)) {
      reject(new ChatError("disconnected", "The connection is lost."));
      return promise;
    }
    this.requests.push({
      what,
      answer: () => {
        try {
          resolve(answer());
        } catch (error) {
          reject(error);
        }
      },
      refuse: reject,
    });
    return promise;
  }

  /** Answers an open request, or refuses it with an error code. */
  settle(at: number, refusal: ErrorCode | null): void {
    const [request] = this.requests.splice(at, 1);
    if (request === undefined) return;
    if (refusal === null) request.answer();
    else request.refuse(new ChatError(refusal, `Refused: ${refusal}.`));
  }
}

/** What a session begins with. */
interface FixtureOptions {
  /** Where the numbers of conversations are kept. */
  readonly numbers?: TextStore;
  /** What the server says at sign-in, where it is not what it usually says. */
  readonly welcome?: Partial<ScriptedClient["welcome"]>;
}

function nothingKept(): TextStore {
  return { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
}

/** A session under test. */
export class SessionFixture implements AsyncDisposable {
  readonly client = new ScriptedClient();
  readonly view: View;
  readonly session: TerminalSession;
  /** What was printed, as lines. */
  readonly printed: string[] = [];
  /** How often the bell rang. */
  bells = 0;
  /** How the session was ended: whether to wait for what is unsent. */
  left: boolean | null = null;
  nowMs = 0;

  private constructor(
    kept: KeptOnMachine,
    welcome: Partial<ScriptedClient["welcome"]>,
  ) {
    Object.assign(this.client.welcome, welcome);
    this.view = new View(new BlindTerminal(), { depth: "none", links: false }, {
      onSubmit: (text) => this.session.submit(text),
      onSubmitNothing: () => this.session.submitNothing(),
      onSwitch: (number) => this.session.switchTo(number),
      onTyped: () => this.session.onTyped(),
      onNextUnread: () => this.session.switchToUnread(),
      onLeave: () => void this.session.leave(),
      onEnd: () => {},
      onSignal: () => {},
      onBell: () => this.bells++,
      fileIn: () => null,
      onFile: () => {},
      place: () => this.session.conversations.current.title,
    }, {
      commands: () => commandWords,
      words: wordsAfter,
      users: () => [],
      rooms: () => [],
    }, () => this.nowMs);
    const { print } = this.view;
    this.view.print = (line, indent) => {
      this.printed.push(line.map(({ text }) => text).join(""));
      print.call(this.view, line, indent);
    };
    this.session = new TerminalSession({
      client: this.client as unknown as ChatClient,
      view: this.view,
      preferences: readPreferences({ text: () => undefined, has: () => false }, null),
      notifications: new Notifications("off", false, "off"),
      transfers: new Transfers(
        this.client as unknown as ChatClient,
        TransferStore.forThisRun(),
        { home: null, downloads: "/nowhere" },
      ),
      kept,
      end: (waits) => this.left ??= waits,
      leaveTimeoutMs: 30_000,
    });
    this.client.onEvent = (event) => this.session.onEvent(event);
    this.view.input.endSignIn();
  }

  /** Signs in. */
  static async start(options?: FixtureOptions): Promise<SessionFixture> {
    const fixture = await SessionFixture.begin(options);
    await fixture.settleAll();
    return fixture;
  }

  /** Signs in to a server that has not yet answered what is asked at first. */
  static async begin(
    { numbers = nothingKept(), welcome = {} }: FixtureOptions = {},
  ): Promise<SessionFixture> {
    const kept = {
      marks: await ReadMarks.open(nothingKept()),
      numbers: await KeptNumbers.open(numbers),
    };
    const fixture = new SessionFixture(kept, welcome);
    void fixture.session.start();
    await turns();
    return fixture;
  }

  /** Answers everything that is asked, until nothing more is. */
  async settleAll(): Promise<void> {
    await turns();
    while (this.client.requests.length > 0) {
      this.client.settle(0, null);
      await turns();
    }
    this.view.input.view("");
  }

  /** Answers the oldest open request of that beginning. */
  async settle(what: string, refusal: ErrorCode | null = null): Promise<void> {
    await turns();
    this.client.settle(this.client.requests.findIndex((one) => one.what.startsWith(what)), refusal);
    await turns();
    this.view.input.view("");
  }

  /** A text of keys: `\r` is Enter, ESC and a digit Alt with it. */
  type(text: string): this {
    const { input } = this.view;
    // deno-lint-ignore no-control-regex -- they are keys
    for (const [key] of text.matchAll(/\x1b\[A|\x1b\d|[\r\x03\x1b]|[^\r\x03\x1b]+/g)) {
      // deno-lint-ignore no-control-regex -- it is a key
      const name = keyNames[key] ?? (/^\x1b\d$/.test(key) ? `alt-${key[1]}` : null);
      input.take(name === null ? { type: "text", text: key } : { type: "key", name });
      this.session.onTyped();
      // As the real view, which draws after each key: what is shown now has its time counted.
      input.view("");
    }
    return this;
  }

  /** What is typed. */
  get draft(): string {
    return this.view.input.editor.text;
  }

  /** The conversation that is shown. */
  get current(): string {
    return this.session.conversations.current.title;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.stop();
  }
}

const keyNames: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\x03": "ctrl-c",
  "\x1b": "escape",
  "\x1b[A": "up",
};

/** Lets everything go on that waits for nothing but its turn. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
