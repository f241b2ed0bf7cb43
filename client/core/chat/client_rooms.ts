/**
 * What a client asks about rooms and the people in them.
 *
 * @module
 */
import type { ReplyOf, RequestInputOf } from "../../../protocol/wire/requests.ts";
import { readRoomName } from "../../../protocol/names/written_names.ts";
import type { Role, RoomList, SomeRules } from "../../../protocol/wire/room_rules.ts";
import { ClientError, unsupportedAs } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import { allNames, allRooms, type ListedRoom } from "./lists.ts";

/** Requests that rule a room. */
type RulingType = "rules" | "set_rules" | "set_role" | "set_entry" | "remove" | "invite";

/** The rooms, as one account sees them. Every method is rejected with a `ChatError`: what the server answered. */
export class ClientRooms {
  readonly #request: Requester;

  /** @param request Makes a request. */
  constructor(request: Requester) {
    this.#request = request;
  }

  /** Every room. */
  list(): Promise<ListedRoom[]> {
    return allRooms(this.#request);
  }

  /** Everyone online, in a room or anywhere. */
  who(room?: string): Promise<string[]> {
    return allNames(this.#request, room);
  }

  /**
   * Enters a room, which is made if there is none of that name.
   *
   * @param roomKey What its rules want to be given; nothing for most rooms.
   */
  async join(room: string, roomKey?: string): Promise<ReplyOf<"join">> {
    const reply = await this.#request("join", roomKey === undefined ? { room } : { room, roomKey });
    if (readRoomName(reply.name).nameKey === readRoomName(room).nameKey) return reply;
    throw new ClientError("bad_proof", { kind: "wrong_room" });
  }

  /** Leaves a room. */
  async leave(room: string): Promise<void> {
    await this.#request("leave", { room });
  }

  /** Sets a room's topic. */
  async setTopic(room: string, topic: string): Promise<void> {
    await this.#request("topic", { room, topic });
  }

  /** What holds in a room: its rules, who has which role, and who is on its lists. */
  rules(room: string): Promise<ReplyOf<"rules">> {
    return this.#rule("rules", { room });
  }

  /** Changes some rules of a room. */
  async setRules(room: string, rules: SomeRules): Promise<void> {
    await this.#rule("set_rules", { room, rules });
  }

  /** Gives a user a role in a room, or takes it. */
  async setRole(room: string, name: string, role: Role, held: boolean): Promise<void> {
    await this.#rule("set_role", { room, name, role, held });
  }

  /** Puts a user, or everyone who fits a mask, on a list of a room, or takes them off. */
  async setEntry(
    room: string,
    list: RoomList,
    subject: { readonly name: string } | { readonly mask: string },
    listed: boolean,
  ): Promise<void> {
    await this.#rule("set_entry", { room, list, ...subject, listed });
  }

  /** Takes a user out of a room. @param reason Why, for people; may be empty. */
  async remove(room: string, name: string, reason: string): Promise<void> {
    await this.#rule("remove", reason === "" ? { room, name } : { room, name, reason });
  }

  /** Invites a user into a room. @return Whether they were told, and whether it lets them in. */
  invite(room: string, name: string): Promise<ReplyOf<"invite">> {
    return this.#rule("invite", { room, name });
  }

  #rule<T extends RulingType>(type: T, content: RequestInputOf<T>): Promise<ReplyOf<T>> {
    return this.#request(type, content).catch(unsupportedAs({ kind: "ruling_unsupported" }));
  }
}
