/**
 * PM: whom, how it is protected, and what. The text goes to that one person or nowhere.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { foldPeerName } from "../../protocol/names/guest_names.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { isLost } from "../core/link/server_link.ts";
import { isUnknownUser, unknownUser } from "../talk/unknown_user.ts";
import { waitsFor } from "../talk/wording.ts";
import type { Lines } from "./lines.ts";
import type { OwnPosts } from "./own_posts.ts";
import type { Secrecy } from "./secrecy.ts";

/** What a message says that is written without a connection. */
export const willBeSent = "Not connected: the message will be sent when the connection is back.";

/** What PM works with. */
export interface PrivateDialogueOptions {
  readonly lines: Lines;
  readonly secrecy: Secrecy;
  readonly own: OwnPosts;
  /** Tells of an error: the operation has failed. */
  readonly complain: (error: ChatError) => void;
}

/** The dialogue of PM. */
export class PrivateDialogue {
  readonly #lines: Lines;
  readonly #options: PrivateDialogueOptions;

  /** @param options See {@linkcode PrivateDialogueOptions}. */
  constructor(options: PrivateDialogueOptions) {
    this.#options = options;
    this.#lines = options.lines;
  }

  /**
   * Asks for what is not given, and sends.
   *
   * @param client The signed-in client.
   * @param rest What was typed after PM: nothing, a name, or a name and the text.
   * @return False where the person did not want it sent so.
   * @throws {ChatError} See `ChatClient.sendPrivate`; only after the text was read.
   */
  async run(client: ChatClient, rest: string): Promise<boolean> {
    const [, word = "", words = ""] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
    const { secrecy, own } = this.#options;
    let peer: string | null;
    try {
      peer = await this.#peer(client, word);
      if (peer !== null) await secrecy.tell(client, peer);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#options.complain(error);
      if (words === "") await this.#swallowText();
      return true;
    }
    const text = peer === null ? null : words === "" ? await this.#askText() : words;
    if (peer === null || text === null) {
      if (peer !== null || words !== "") this.#lines.write("Nothing was sent.");
      return true;
    }
    const sent = await secrecy.send(client, peer, { text, newId: () => own.newId() });
    if (sent === null) return false;
    const waits = waitsFor(sent, safeText(peer));
    this.#lines.write(
      waits === null ? "Private message sent." : `Private message stored; ${waits}`,
    );
    return true;
  }

  async #askText(): Promise<string | null> {
    this.#lines.write("Enter the private message:");
    const text = await this.#lines.read();
    return text === null || text.trim() === "" ? null : text;
  }

  /** The line after a PM that was refused is the private text all the same: as an operation it could reach everyone. */
  async #swallowText(): Promise<void> {
    this.#lines.write(
      this.#lines.isTerminal
        ? "(The private message was not sent. Press Enter to go on; anything typed before that is discarded.)"
        : "(The next line was meant as the private message: it was skipped.)",
    );
    await this.#lines.read();
  }

  /** Asks a person for a user until there is one; null where the person gives up, and at the end of input. */
  async #peer(client: ChatClient, word: string): Promise<string | null> {
    if (word === "") await this.#listPeers(client);
    for (let name: string | null = word;; name = "") {
      if (name === "") name = await this.#askName();
      if (name === null) return null;
      try {
        return await this.#findUser(client, name);
      } catch (error) {
        if (!isUnknownUser(error)) throw error;
        const unknown = unknownUser(name);
        if (!this.#lines.isTerminal) throw unknown;
        this.#lines.write(safeText(unknown.message));
        this.#lines.write("(Enter alone goes back.)");
      }
    }
  }

  async #askName(): Promise<string | null> {
    this.#lines.write("Peer to message:");
    const name = (await this.#lines.read())?.trim();
    if (name !== "") return name ?? null;
    if (this.#lines.isTerminal) return null;
    throw new ChatError("no_such_user", "PM needs the name of a user.");
  }

  /** The name as it is written. Without a connection it is not known: the message waits as it was addressed. */
  async #findUser(client: ChatClient, name: string): Promise<string> {
    foldPeerName(name);
    try {
      return (await client.user(name)).name;
    } catch (error) {
      if (!isLost(error)) throw error;
      this.#lines.write(willBeSent);
      return name;
    }
  }

  async #listPeers(client: ChatClient): Promise<void> {
    const all = await client.rooms.who().catch((error: unknown) => {
      if (isLost(error)) return null;
      throw error;
    });
    if (all === null) return;
    const names = all.filter((name) => name !== client.name);
    this.#lines.write("Peers online:");
    for (const name of names) this.#lines.write(safeText(name));
    if (names.length > 0) return;
    this.#lines.write(
      "(Nobody else. A message to someone who is away is kept until they sign in.)",
    );
  }
}
