/**
 * The line-by-line interface: the dialogue of the course project, for pipes, scripts, screen readers and simple
 * terminals. One line a message, nothing is ever redrawn.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { PlainKind } from "../../protocol/wire/post_kinds.ts";
import { parseRoomName } from "../../protocol/names/names.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient, ClientEvent } from "../core/chat/chat_client.ts";
import { roomAndKey, roomAndWords, roomName } from "../talk/addressees.ts";
import { inCapitals, remarkText } from "../talk/remark_text.ts";
import { invitationText, isRuledHere, removedText, ruledLines } from "../talk/rules_text.ts";
import { type RulingCommand, rulingCommands, rulingHelp } from "../talk/ruling.ts";
import { unfolded } from "../talk/folded_posts.ts";
import { movedText } from "../talk/wording.ts";
import { complaint } from "./complaint.ts";
import { Finder } from "./finding.ts";
import { History } from "./history.ts";
import type { Lines } from "./lines.ts";
import { LinesAhead } from "./lines_ahead.ts";
import { greet } from "./greeting.ts";
import { listPeople, listRooms } from "./listing.ts";
import { Annotating } from "./annotating.ts";
import { OwnPosts } from "./own_posts.ts";
import { incomingLines } from "./post_line.ts";
import { PrivateDialogue, willBeSent } from "./private_dialogue.ts";
import { allowPages, endSession, listSessions } from "./sessions.ts";
import { Sharing } from "./sharing.ts";
import type { Transfers } from "../transfers/transfers.ts";
import { Secrecy } from "./secrecy.ts";

/** The prompt of the course project, letter for letter. */
export const prompt =
  "Please enter your operation (BM: Broadcast Messaging, PM: Private Messaging, CH: Chat History, EX: Exit):";

/** An operation: what HELP says, and what it does with the words after its name. Ends the session when it gives true. */
interface Operation {
  readonly help: string | ((lobby: string) => string);
  /** Whether HELP leaves it out, because the help of another one names it. */
  readonly unlisted?: boolean;
  run(rest: string): Promise<boolean | void>;
}

/** The dialogue of one session. */
export class PlainInterface {
  /** Whether an operation has failed, so that something was not done or not delivered. */
  failed = false;
  readonly #lines: LinesAhead;
  readonly #secrecy: Secrecy;
  readonly #past: History;
  readonly #own = new OwnPosts();
  readonly #annotating = new Annotating({
    write: (line) => this.#lines.write(line),
    own: this.#own,
    client: () => this.#client!,
    room: () => this.#requireRoom(),
  });
  readonly #sharing = new Sharing({
    lines: () => this.#lines,
    ownName: () => this.#client!.name,
    recent: this.#annotating.recent,
    own: this.#own,
    room: () => this.#requireRoom(),
  });
  readonly #finding = new Finder({
    lines: { write: (line) => this.#lines.write(line) },
    recent: this.#annotating.recent,
    client: () => this.#client!,
    given: (rest, question) => this.#given(rest, question),
  });
  readonly #dialogue: PrivateDialogue;
  #client: ChatClient | null = null;
  /** Where BM goes; null in a script whose room was refused or lost: what it says next was not meant for the lobby. */
  #room: string | null = null;
  readonly #begun = Promise.withResolvers<void>();
  #offline = false;
  readonly #operations: Readonly<Record<string, Operation>> = {
    BM: {
      help: "Broadcast messaging: sends a message to everyone in the room.",
      run: (rest) => this.#broadcast(rest),
    },
    PM: {
      help: "Private messaging: sends a message to one user.",
      run: (rest) => this.#private(rest),
    },
    ME: {
      help: "Says to everyone in the room what you do: ME waves.",
      run: (rest) => this.#broadcast(rest, "action"),
    },
    CH: {
      help:
        "Chat history: shows earlier messages. Also CH 500, CH #room, CH NAME, CH #room 500, CH yesterday, CH 2026-11-23; CH of 12 shows how a message was changed.",
      run: (rest) => this.#history(rest),
    },
    EX: { help: "Exit.", run: () => Promise.resolve(true) },
    WHO: { help: "Lists who is online.", run: () => listPeople(this.#client!, this.#lines) },
    ROOMS: { help: "Lists the rooms.", run: () => listRooms(this.#client!, this.#lines) },
    JOIN: {
      help: (lobby) =>
        `Enters a room, or creates it; BM goes there from then on. JOIN ${lobby} goes back.`,
      run: (rest) => this.#join(rest),
    },
    LEAVE: {
      help: "Leaves the room; BM goes to the lobby again.",
      run: (rest) => this.#leave(rest),
    },
    ...Object.fromEntries(
      Object.entries(rulingCommands).map(([name, command]) => [
        name.toUpperCase(),
        {
          help: rulingHelp(command, inCapitals),
          unlisted: command.unlisted ?? false,
          run: (rest: string) => this.#rule(command, rest),
        },
      ]),
    ),
    ...this.#annotating.operations(),
    ...this.#sharing.operations(),
    ...this.#finding.operations(),
    VERIFY: {
      help: "Shows the safety number that you and a user share, to compare it with theirs.",
      run: (rest) => this.#withUser(rest, (client, name) => this.#secrecy.verify(client, name)),
    },
    TRUST: {
      help: "Accepts a user's changed key.",
      run: (rest) => this.#withUser(rest, (client, name) => this.#secrecy.trust(client, name)),
    },
    PASSWD: {
      help: "Changes your password and ends your other sessions; PASSWD keep lets them stay.",
      run: (rest) => this.#secrecy.changePassword(this.#client!, rest.trim()),
    },
    SESSIONS: {
      help: "Lists where you are signed in.",
      run: () => listSessions(this.#client!, this.#lines),
    },
    END: {
      help: "Ends one of your other sessions: END and its number.",
      run: (rest) => endSession(this.#client!, this.#lines, rest),
    },
    PAGES: {
      help:
        "PAGES never: nobody can sign in to your account from a page that the server gives out. PAGES allow ends that.",
      run: (rest) => allowPages(this.#client!, this.#lines, rest),
    },
    HELP: { help: "Lists all operations.", run: () => this.#help() },
  };

  /** @param given Where it reads and writes. */
  constructor(given: Lines) {
    const lines = this.#lines = new LinesAhead(given);
    this.#secrecy = new Secrecy(lines);
    const { recent, look } = this.#annotating;
    this.#past = new History(lines, recent, look, this.#sharing.remarkOn);
    this.#dialogue = new PrivateDialogue({
      lines,
      secrecy: this.#secrecy,
      own: this.#own,
      complain: (error) => this.#complain(error),
    });
  }

  /** Resolves when the dialogue begins: until then it is not known where anything belongs. */
  get ready(): Promise<void> {
    return this.#begun.promise;
  }

  /** Takes an event of the client. */
  readonly onEvent = (event: ClientEvent): void => {
    switch (event.type) {
      case "post":
        return this.#incoming(event);
      case "notice":
        return this.#remark(remarkText(event.remark, inCapitals));
      case "offline":
        return this.#takeOffline();
      case "online":
        if (event.movedTo !== null) this.#remark(`${movedText(event.movedTo)}.`);
        else if (this.#offline) this.#remark("Connected again.");
        this.#offline = false;
        return;
      case "invited":
        return this.#remark(`${invitationText(event, inCapitals)}.`);
      case "left":
        return this.#takeLeft(event.room, removedText(event));
      case "ruled":
        return this.#takeRuled(event);
      default:
        // Comings and goings are not told here: WHO shows who is there.
    }
  };

  /**
   * Talks until EX or the end of input.
   *
   * @param client The signed-in client.
   * @param transfers What sends and fetches its files; nothing does where left out.
   */
  async run(client: ChatClient, transfers: Transfers | null = null): Promise<void> {
    this.#client = client;
    this.#sharing.transfers = transfers;
    this.#room ??= client.welcome.lobby;
    this.#begun.resolve();
    await greet(client, this.#lines);
    for (;;) {
      const line = await this.#ask(prompt);
      if (line === null) return;
      if (line.trim() === "") client.retryNow();
      else if (await this.#operate(line.trim())) return;
    }
  }

  async #operate(line: string): Promise<boolean> {
    const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/su.exec(line) ?? [];
    const name = word.toUpperCase();
    const operation = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (operation === undefined) {
      this.failed = true;
      this.#lines.write(`Unknown operation "${safeText(word)}". HELP lists all operations.`);
      return false;
    }
    try {
      return await operation.run(rest) === true;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#complain(error);
      return false;
    }
  }

  #complain(error: ChatError): void {
    this.failed = true;
    this.#lines.write(complaint(error, this.#client?.online !== false));
  }

  async #ask(question: string): Promise<string | null> {
    this.#lines.write(question);
    return await this.#lines.read();
  }

  /** The words that were given with the operation, or the answer to a question; null to give up. */
  async #given(rest: string, question: string): Promise<string | null> {
    const answer = rest === "" ? await this.#ask(question) : rest;
    return answer === null || answer.trim() === "" ? null : answer;
  }

  async #broadcast(rest: string, kind: PlainKind = "text"): Promise<void> {
    // Where it was asked for: while it is typed, the room may be left on another machine.
    const room = this.#room;
    const question = room === this.#lobby || room === null
      ? "Enter the public message:"
      : `Enter the message for ${safeText(room)}:`;
    const text = await this.#given(rest, question);
    if (text === null) return this.#lines.write("Nothing was sent.");
    if (room === null) throw this.#noRoom();
    if (!this.#client!.online) this.#lines.write(willBeSent);
    await this.#client!.post(room, text, this.#own.newId(), kind);
    this.#lines.write("Public message sent.");
  }

  async #private(rest: string): Promise<void> {
    if (!await this.#dialogue.run(this.#client!, rest)) this.failed = true;
  }

  /** Does something with the user that was named, or that the person names now. */
  async #withUser(
    rest: string,
    action: (client: ChatClient, name: string) => Promise<void>,
  ): Promise<void> {
    const name = await this.#given(rest.trim(), "Which user:");
    if (name !== null) await action(this.#client!, name.trim());
  }

  async #history(rest: string): Promise<void> {
    await this.#past.show(this.#client!, rest.trim());
  }

  async #join(rest: string): Promise<void> {
    const name = await this.#given(rest, "Room to join:");
    if (name === null) return;
    try {
      if (rest === "") this.#checkIsRoom(name);
      const room = await this.#client!.rooms.join(...roomAndKey(name));
      this.#room = room.name;
      const made = room.created ? "created" : "joined";
      this.#lines.write(`You have ${made} ${safeText(room.name)}. BM goes there now.`);
    } catch (error) {
      if (!this.#lines.isTerminal) this.#room = null;
      throw error;
    }
  }

  /** A person may leave the "#" out. The line after a script's JOIN may be its next operation: a room stays for ever. */
  #checkIsRoom(name: string): void {
    if (this.#lines.isTerminal || name.trim().startsWith("#")) return;
    const message = `"${name}" is not a room name. A room name begins with "#": JOIN #room.`;
    throw new ChatError("bad_name", message);
  }

  /** In the room that BM goes to, or in one that is named first. */
  async #rule(command: RulingCommand, rest: string): Promise<void> {
    const { room = this.#room, words } = roomAndWords(rest);
    if (room === null) throw this.#noRoom();
    if (command.isAboutUser && words.length === 0) {
      const name = await this.#given("", "Which user:");
      if (name === null) return;
      words.push(name.trim());
    }
    const { rooms } = this.#client!;
    for (const line of await command.run({ rooms, room, spell: inCapitals }, words)) {
      this.#lines.write(line);
    }
  }

  async #leave(rest: string): Promise<void> {
    const typed = rest === "" ? this.#room : roomName(rest);
    if (typed === null) throw this.#noRoom();
    await this.#client!.rooms.leave(typed);
    const left = this.#room !== null &&
      parseRoomName(typed).nameKey === parseRoomName(this.#room).nameKey;
    const name = left ? this.#room! : typed;
    if (left) this.#room = this.#lobby;
    const goes = this.#room === null ? "" : `: BM goes to ${safeText(this.#room)}`;
    this.#lines.write(`You have left ${safeText(name)}${goes}.`);
  }

  /** Somebody else, or another machine, took this account out of a room. */
  #takeLeft(room: string, removed: string | null): void {
    const isCurrent = room === this.#room;
    if (!isCurrent && removed === null) return;
    if (isCurrent) this.#room = this.#lines.isTerminal ? this.#lobby : null;
    const goes = isCurrent && this.#room !== null ? `: BM goes to ${safeText(this.#lobby)}` : "";
    this.#remark(`${removed ?? `You are not in ${safeText(room)} any more`}${goes}.`);
  }

  /** Told once, however many tries it takes. */
  #takeOffline(): void {
    const how = this.#lines.isTerminal ? " (Enter tries at once)" : "";
    if (!this.#offline) this.#remark(`The connection was lost; trying again${how}.`);
    this.#offline = true;
  }

  /** What one has changed here was told by the operation. */
  #takeRuled(event: ClientEvent & { type: "ruled" }): void {
    const name = this.#client?.name ?? "";
    if (isRuledHere(event, name)) return;
    for (const line of ruledLines(event, name)) this.#remark(line.slice(0, -1));
  }

  #help(): Promise<void> {
    for (const [name, { help, unlisted }] of Object.entries(this.#operations)) {
      if (unlisted === true) continue;
      const text = typeof help === "string" ? help : help(safeText(this.#lobby));
      this.#lines.write(`${name.padEnd(8)} ${text}`);
    }
    return Promise.resolve();
  }

  #incoming({ post }: ClientEvent & { type: "post" }): void {
    const own = post.from === this.#client?.name;
    const answered = this.#annotating.recent.targetOf(post);
    this.#annotating.recent.take(post);
    if (own && this.#own.take(post)) return;
    const lobby = this.#lobby;
    const lines = incomingLines(unfolded(post, answered), {
      currentRoom: this.#room ?? lobby,
      lobby,
      own,
      ...this.#annotating.look,
    });
    this.#lines.writeAside([...lines, ...this.#sharing.remarkOn(post)]);
  }

  #remark(text: string): void {
    this.#lines.writeAside([`**** ${text} ****`]);
  }

  /** The room that everyone is in. */
  get #lobby(): string {
    return this.#client!.welcome.lobby;
  }

  #requireRoom(): string {
    if (this.#room === null) throw this.#noRoom();
    return this.#room;
  }

  #noRoom(): ChatError {
    const what = "Nothing was done: you are not in the room that you chose before.";
    return new ChatError("not_in_room", `${what} JOIN ${this.#lobby} goes back.`);
  }
}
