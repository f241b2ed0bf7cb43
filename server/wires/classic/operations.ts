/**
 * What a signed-in classic client can do: a table of the operations, and the states that they lead to.
 *
 * @module
 */
import {
  classicIdleTimeoutMs,
  nameCharactersMax,
  textBytesMax,
} from "../../../protocol/wire/limits.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import type { Chat } from "../../heart/chat.ts";
import { lobbyName } from "../../storage/room_storage.ts";
import type { FieldForm } from "./fields.ts";
import { tellHistory } from "./history.ts";
import type { Member, Members } from "./member.ts";
import { phrases } from "./phrases.ts";
import { type ClassicPrivateMessages, listNames } from "./private_messages.ts";
import { readText, type State, tellRefusal } from "./state.ts";

/** What the operations work on. */
export interface OperationsOptions {
  readonly chat: Chat;
  readonly members: Members;
  readonly privateMessages: ClassicPrivateMessages;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** CH reads up to twenty pages and tells up to a thousand lines: two a second in the long run, eight at once. */
const historyCost = 250;
/** PM lists up to a thousand names. */
const listCost = 10;

/** Begins an operation, and gives the state in which the client is then; null ends the connection. */
type Operation = (member: Member) => State | null | Promise<State | null>;

const operationForm: FieldForm = { lengthMax: 256, holds: "text" };
const nameForm: FieldForm = { lengthMax: nameCharactersMax * 4, holds: "text" };
const textForm: FieldForm = { lengthMax: textBytesMax, holds: "text" };
/** The longest text takes 15,041 bytes in an envelope. */
const envelopeForm: FieldForm = { lengthMax: 2 * textBytesMax, holds: "bytes" };

/** The states of a signed-in client. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #table: ReadonlyMap<string, Operation> = new Map<string, Operation>([
    ["BM", (member) => this.#beginBroadcast(member)],
    ["PM", (member) => this.#beginPrivate(member)],
    ["CH", (member) => this.#history(member)],
    ["EX", () => null],
  ]);

  /** @param options See {@linkcode OperationsOptions}. */
  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /**
   * The state in which a signed-in client says what it wants. What is no operation is ignored.
   *
   * @param member The client.
   */
  operation(member: Member): State {
    return this.#state("operation", operationForm, async (content) => {
      const begin = this.#table.get(new TextDecoder().decode(content));
      return begin === undefined ? this.operation(member) : await begin(member);
    });
  }

  #beginBroadcast(member: Member): State {
    member.client.tell("Confirmation", phrases.readyForBroadcast);
    return this.#state("broadcast", textForm, async (content) => {
      await this.#attempt(member, async () => {
        const text = readText(content);
        const { chat, nowMs } = this.#options;
        const post = { room: lobbyName, id: newPostId(nowMs()), kind: "text", body: text } as const;
        await chat.post(member.session, post);
        return phrases.broadcastSent;
      });
      return this.operation(member);
    });
  }

  #beginPrivate(member: Member): State {
    const { chat, privateMessages } = this.#options;
    member.client.charge(listCost);
    member.client.tell("LIST", listNames(chat, member));
    return this.#state("target", nameForm, async (content) => {
      const recipient = await privateMessages.recipient(content);
      member.client.tell("key", recipient.key.text);
      return this.#state("private", envelopeForm, async (envelope) => {
        await this.#attempt(member, async () => {
          const sent = await privateMessages.send(member, recipient, readText(envelope));
          return sent ? phrases.privateSent : phrases.targetOffline;
        });
        return this.operation(member);
      });
    });
  }

  async #history(member: Member): Promise<State> {
    member.client.charge(historyCost);
    await tellHistory(this.#options.chat, member);
    return this.operation(member);
  }

  /** Does something and confirms it, or says why it was not done: the client waits for a confirmation in either case. */
  async #attempt(member: Member, work: () => Promise<string>): Promise<void> {
    try {
      member.client.tell("Confirmation", await work());
    } catch (error) {
      tellRefusal(member.client, "The message was not sent. ", error);
    }
  }

  #state(name: string, reads: FieldForm, take: State["take"]): State {
    return { name, reads, silenceTimeoutMs: classicIdleTimeoutMs, take };
  }
}
