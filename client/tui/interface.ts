/**
 * The full terminal interface: takes over the terminal, asks what must be asked before signing in, then shows the session.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient, ClientEvent, Welcome } from "../core/chat/chat_client.ts";
import type { Preferences } from "../talk/preferences.ts";
import { commandWords, wordsAfter } from "./commands/commands.ts";
import { isFileHere } from "../files/sent_file.ts";
import { droppedPath } from "../talk/typed_path.ts";
import { goOnWithFiles, sendFile } from "./commands/file_commands.ts";
import type { Transfers } from "../transfers/transfers.ts";
import { desktopForm, Notifications } from "./conversations/notifications.ts";
import type { PendingPost } from "./conversations/pending_posts.ts";
import type { QuestionKind } from "./input/question.ts";
import type { KeptOnMachine } from "./conversations/kept_on_machine.ts";
import { TerminalSession } from "./session.ts";
import { colorDepth, plain, toned } from "./terminal/style.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { TransferRows } from "./view/transfer_rows.ts";
import { View } from "./view/view.ts";

/** What the interface is made with. */
export interface TerminalInterfaceOptions {
  readonly terminal: Terminal;
  readonly preferences: Preferences;
  /** Reads an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** How long leaving may wait until everything is sent, in milliseconds. */
  readonly leaveTimeoutMs: number;
}

/** Why the interface ended. */
export interface Leaving {
  /** Which signal ended it, if one did. */
  readonly signal: string | null;
  /** Whether to wait until everything is sent. */
  readonly waits: boolean;
}

/** The interface of one run of the program. */
export class TerminalInterface {
  readonly #options: TerminalInterfaceOptions;
  readonly #view: View;
  readonly #leaving = Promise.withResolvers<Leaving>();
  #session: TerminalSession | null = null;
  /** What is told before there is a session to tell: notices, since other events wait. */
  #early: ClientEvent[] | null = [];
  readonly #ready = Promise.withResolvers<void>();

  /** @param options See {@linkcode TerminalInterfaceOptions}. */
  constructor(options: TerminalInterfaceOptions) {
    this.#options = options;
    const { terminal, preferences, variable } = options;
    const paint = {
      depth: colorDepth(preferences.colors, { variable }),
      links: knowsLinks(preferences.links, variable("TERM") ?? ""),
    };
    const end = () => this.#end(true);
    this.#view = new View(terminal, paint, {
      onSubmit: (text) => this.#session?.submit(text) ?? false,
      onSubmitNothing: () => this.#session?.submitNothing(),
      onSwitch: (number) => this.#session?.switchTo(number),
      onTyped: () => this.#session?.onTyped(),
      onNextUnread: () => this.#session?.switchToUnread(),
      onLeave: () => this.#session === null ? end() : this.#session.leave(),
      onEnd: end,
      onSignal: (signal) => this.#leaving.resolve({ signal, waits: false }),
      onBell: () => preferences.bell && this.#view.send("\x07"),
      fileIn: (pasted) => this.#session === null ? null : droppedFile(pasted),
      onFile: (path) => this.#session !== null && sendFile(this.#session, { path, text: "" }),
      place: () => safeText(this.#session?.conversations.current.title ?? ""),
    }, {
      commands: () => commandWords,
      words: wordsAfter,
      users: () => this.#session?.userNames() ?? [],
      rooms: () => this.#session?.roomNames() ?? [],
    });
  }

  /** Resolves when the person leaves, or a signal ends the program. */
  get leaving(): Promise<Leaving> {
    return this.#leaving.promise;
  }

  /** Resolves when the session is shown: what happens until then is newer than what is loaded. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** What was not sent. */
  get unsent(): readonly PendingPost[] {
    return this.#session?.unsent ?? [];
  }

  /** Takes over the terminal and paints, before there is a connection. */
  start(): void {
    this.#view.start();
  }

  /** Gives the terminal back as it was. */
  async stop(): Promise<void> {
    const stopped = this.#session?.stop();
    await this.#view.stop();
    await stopped;
  }

  /** Prints a line of the program. It must be safe. */
  write(line: string): void {
    this.#view.print([plain(line)]);
  }

  /** Asks a question; the answer is null where the person gives up. */
  async ask(question: string, kind: QuestionKind): Promise<string | null> {
    return await this.#view.ask(question.trimEnd() + " ", kind);
  }

  /** Three lines for whoever is here for the first time. */
  welcome({ name, lobby }: Pick<Welcome, "name" | "lobby">): void {
    const everyone = `everyone in ${safeText(lobby)}`;
    const lines = [
      `Welcome, ${safeText(name)}! Type a message and press Enter: ${everyone} sees it.`,
      "/help lists all commands; /pm NAME TEXT sends a private message.",
      "/quit or Ctrl-D leaves.",
    ];
    for (const line of lines) this.#view.print([toned("accent", line)]);
  }

  /** Takes an event of the client. */
  readonly onEvent = (event: ClientEvent): void => {
    if (this.#early !== null) this.#early.push(event);
    else this.#session?.onEvent(event);
  };

  /**
   * Shows the session; returns as soon as it is shown.
   *
   * @param client The signed-in client.
   * @param transfers What sends and fetches its files.
   * @param kept What this machine remembers.
   */
  async show(client: ChatClient, transfers: Transfers, kept: KeptOnMachine): Promise<void> {
    const { preferences, variable } = this.#options;
    const notifications = new Notifications(
      preferences.notify,
      preferences.bell,
      desktopForm(preferences.desktop, { variable }),
    );
    const session = new TerminalSession({
      client,
      view: this.#view,
      preferences,
      notifications,
      transfers,
      kept,
      end: (waits) => this.#end(waits),
      leaveTimeoutMs: this.#options.leaveTimeoutMs,
    });
    this.#session = session;
    new TransferRows(this.#view, transfers);
    this.#view.input.endSignIn();
    await session.start();
    goOnWithFiles(session);
    for (const event of this.#early ?? []) session.onEvent(event);
    this.#early = null;
    this.#ready.resolve();
  }

  #end(waits: boolean): void {
    this.#leaving.resolve({ signal: null, waits });
  }
}

/** Terminals that are known to print what they do not understand get no links. */
function knowsLinks(wanted: "auto" | "on" | "off", term: string): boolean {
  return wanted === "on" || (wanted === "auto" && !/^(linux|dumb|vt|screen|ansi)/.test(term));
}

/** The file whose path was pasted, and nothing else. */
function droppedFile(pasted: string): string | null {
  const path = droppedPath(pasted);
  return path !== null && isFileHere(path) ? path : null;
}
