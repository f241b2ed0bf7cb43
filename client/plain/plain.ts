/**
 * The line-by-line interface: the dialogue of the course project, for pipes, scripts, screen readers and simple
 * terminals. One line a message, nothing is ever redrawn.
 *
 * @module
 */
import { ChatError } from "../../protocol/errors.ts";
import { foldPeerName } from "../../protocol/guest_names.ts";
import { parseRoomName } from "../../protocol/names.ts";
import { safeText } from "../../protocol/safe_text.ts";
import type { ChatClient, ClientEvent } from "../chat_client.ts";
import { isLost } from "../line.ts";
import { isUnknownUser, unknownUser } from "../unknown_user.ts";
import { History, showSearch } from "./history.ts";
import type { Lines } from "./lines.ts";
import { incomingLines } from "./post_line.ts";
import { Secrecy } from "./secrecy.ts";

/** The prompt of the course project, letter for letter. */
export const prompt =
  "Please enter your operation (BM: Broadcast Messaging, PM: Private Messaging, CH: Chat History, EX: Exit):";

/** The room that everyone is in. */
const lobby = "#lobby";

/** What a message says that is written without a connection. */
const willBeSent = "Not connected: the message will be sent when the connection is back.";
/** What an operation says that wants an answer of the server then. */
const notConnected =
  "There is no connection to the server at the moment. Try again when it is back.";

/** An operation: what HELP says, and what it does with the words after its name. Ends the session when it gives true. */
interface Operation {
  readonly help: string;
  run(rest: string): Promise<boolean | void>;
}

/** The dialogue of one session. */
export class PlainInterface {
  /** Whether an operation has failed, so that something was not done or not delivered. */
  failed = false;
  readonly #lines: Lines;
  readonly #secrecy: Secrecy;
  readonly #past: History;
  #client: ChatClient | null = null;
  #room = lobby;
  #offline = false;
  readonly #operations: Readonly<Record<string, Operation>> = {
    BM: {
      help: "Broadcast messaging: says something to everyone in the room.",
      run: (rest) => this.#broadcast(rest),
    },
    PM: {
      help: "Private messaging: says something to one user.",
      run: (rest) => this.#private(rest),
    },
    CH: {
      help: "Chat history: what was said. CH 500 shows more, CH #room or CH name only a part.",
      run: (rest) => this.#history(rest),
    },
    EX: { help: "Exit.", run: () => Promise.resolve(true) },
    WHO: { help: "Who is online.", run: () => this.#who() },
    ROOMS: { help: "Which rooms there are.", run: () => this.#rooms() },
    JOIN: {
      help: "Enters a room, or makes it; BM goes there from then on. JOIN #lobby goes back.",
      run: (rest) => this.#join(rest),
    },
    LEAVE: {
      help: "Leaves the room; BM goes to the lobby again.",
      run: (rest) => this.#leave(rest),
    },
    SEARCH: { help: "Searches what was said in rooms.", run: (rest) => this.#search(rest) },
    VERIFY: {
      help: "Shows the safety number of you and a user, to compare it with theirs.",
      run: (rest) => this.#withUser(rest, (client, name) => this.#secrecy.verify(client, name)),
    },
    TRUST: {
      help: "Accepts the changed key of a user.",
      run: (rest) => this.#withUser(rest, (client, name) => this.#secrecy.trust(client, name)),
    },
    PASSWD: {
      help: "Changes your password.",
      run: () => this.#secrecy.changePassword(this.#client!),
    },
    HELP: { help: "Lists all operations.", run: () => this.#help() },
  };

  /** @param lines Where it reads and writes. */
  constructor(lines: Lines) {
    this.#lines = lines;
    this.#secrecy = new Secrecy(lines);
    this.#past = new History(lines);
  }

  /** Takes an event of the client. */
  readonly onEvent = (event: ClientEvent): void => {
    switch (event.type) {
      case "post":
        return this.#incoming(event);
      case "notice":
        return this.#lines.write(`**** ${safeText(event.text)} ****`);
      case "offline":
        if (!this.#offline) this.#lines.write("**** The connection was lost; trying again. ****");
        this.#offline = true;
        return;
      case "online":
        this.#lines.write("**** Connected again. ****");
        this.#offline = false;
        return;
      case "invited": {
        const room = safeText(event.room);
        const text = `${safeText(event.by)} invites you to ${room}: JOIN ${room} enters it.`;
        return this.#lines.write(`**** ${text} ****`);
      }
      case "left":
        if (event.room === this.#room) this.#room = lobby;
        return;
      default:
        // Comings and goings are not told here: WHO shows who is there.
    }
  };

  /**
   * Talks until EX or the end of input.
   *
   * @param client The signed-in client.
   */
  async run(client: ChatClient): Promise<void> {
    this.#client = client;
    this.#greet(client);
    for (;;) {
      const line = await this.#ask(prompt);
      if (line === null) return;
      if (line.trim() !== "" && await this.#operate(line.trim())) return;
    }
  }

  #greet({ name, welcome }: ChatClient): void {
    this.#lines.write(`Welcome, ${safeText(name)}. HELP lists all operations.`);
    if (welcome.readSequence < welcome.lastSequence) {
      this.#lines.write("There may be messages that you have missed: CH shows them.");
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
      this.failed = true;
      const isOffline = isLost(error) && this.#client?.online === false;
      this.#lines.write(isOffline ? notConnected : safeText(error.message));
      return false;
    }
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

  async #broadcast(rest: string): Promise<void> {
    const question = this.#room === lobby
      ? "Enter the public message:"
      : `Enter the message for ${safeText(this.#room)}:`;
    const text = await this.#given(rest, question);
    if (text === null) return this.#lines.write("Nothing was sent.");
    if (!this.#client!.online) this.#lines.write(willBeSent);
    await this.#client!.post(this.#room, text);
    this.#lines.write("Public message sent.");
  }

  async #private(rest: string): Promise<void> {
    const [, word = "", words = ""] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
    const peer = await this.#peer(word);
    if (peer === null) return;
    await this.#secrecy.tell(this.#client!, peer);
    const text = await this.#given(words, "Enter the private message:");
    if (text === null) return this.#lines.write("Nothing was sent.");
    const sent = await this.#secrecy.send(this.#client!, peer, text);
    if (sent === null) {
      this.failed = true;
      return;
    }
    this.#lines.write(
      sent.online === true
        ? "Private message sent."
        : `Private message stored; ${safeText(peer)} will get it at next sign-in.`,
    );
  }

  /** Asks a person for a user until there is one; null where the person gives up. A script's next line is something else. */
  async #peer(word: string): Promise<string | null> {
    if (word === "") await this.#listPeers();
    for (let name: string | null = word;; name = "") {
      if (name === "") name = await this.#given("", "Peer to message:");
      if (name === null) return null;
      try {
        return await this.#findUser(name.trim());
      } catch (error) {
        if (!isUnknownUser(error)) throw error;
        const unknown = unknownUser(name.trim());
        if (!this.#lines.isTerminal) throw unknown;
        this.#lines.write(safeText(unknown.message));
      }
    }
  }

  /** The name as it is written. Without a connection it is not known: the message waits as it was addressed. */
  async #findUser(name: string): Promise<string> {
    foldPeerName(name);
    try {
      return (await this.#client!.user(name)).name;
    } catch (error) {
      if (!isLost(error)) throw error;
      this.#lines.write(willBeSent);
      return name;
    }
  }

  /** Does something with the user that was named, or that the person names now. */
  async #withUser(
    rest: string,
    action: (client: ChatClient, name: string) => Promise<void>,
  ): Promise<void> {
    const name = await this.#given(rest.trim(), "Which user:");
    if (name !== null) await action(this.#client!, name.trim());
  }

  async #listPeers(): Promise<void> {
    const all = await this.#client!.who().catch((error: unknown) => {
      if (isLost(error)) return null;
      throw error;
    });
    if (all === null) return;
    const names = all.filter((name) => name !== this.#client!.name);
    this.#lines.write("Peers online:");
    for (const name of names) this.#lines.write(safeText(name));
    if (names.length > 0) return;
    this.#lines.write(
      "(Nobody else. A message to someone who is away is kept until they sign in.)",
    );
  }

  async #history(rest: string): Promise<void> {
    await this.#past.show(this.#client!, rest.trim());
  }

  async #search(rest: string): Promise<void> {
    const words = await this.#given(rest, "Words to search:");
    if (words !== null) await showSearch(this.#client!, this.#lines, words);
  }

  async #who(): Promise<void> {
    const names = await this.#client!.who();
    this.#lines.write(`${names.length} online:`);
    for (const name of names) this.#lines.write(safeText(name));
  }

  async #rooms(): Promise<void> {
    for (const room of await this.#client!.rooms()) {
      const joined = room.joined ? ", joined" : "";
      const topic = room.topic === "" ? "" : `: ${safeText(room.topic)}`;
      this.#lines.write(`${safeText(room.name)} (${room.online} online${joined})${topic}`);
    }
  }

  async #join(rest: string): Promise<void> {
    const name = await this.#given(rest, "Room to join:");
    if (name === null) return;
    const room = await this.#client!.join(roomName(name));
    this.#room = room.name;
    const made = room.created ? "made" : "joined";
    this.#lines.write(`You have ${made} ${safeText(room.name)}: BM goes there now.`);
  }

  async #leave(rest: string): Promise<void> {
    const typed = rest === "" ? this.#room : roomName(rest);
    await this.#client!.leave(typed);
    const left = parseRoomName(typed).key === parseRoomName(this.#room).key;
    const name = left ? this.#room : typed;
    if (left) this.#room = lobby;
    this.#lines.write(`You have left ${safeText(name)}: BM goes to ${safeText(this.#room)}.`);
  }

  #help(): Promise<void> {
    for (const [name, { help }] of Object.entries(this.#operations)) {
      this.#lines.write(`${name.padEnd(6)} ${help}`);
    }
    return Promise.resolve();
  }

  #incoming({ post }: ClientEvent & { type: "post" }): void {
    if (post.from === this.#client?.name) return;
    for (const line of incomingLines(post, this.#room)) this.#lines.write(line);
  }
}

/** People may leave the `#` out. */
function roomName(text: string): string {
  const name = text.trim();
  return name.startsWith("#") ? name : `#${name}`;
}
