/**
 * What a client asks about rooms and the people in them.
 *
 * @module
 */
import type { ReplyOf } from "../../../protocol/wire/messages.ts";
import { parseRoomName } from "../../../protocol/names/names.ts";
import { ClientError } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import { allNames, allRooms, type ListedRoom } from "./lists.ts";

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

  /** Enters a room, which is made if there is none of that name. */
  async join(room: string): Promise<ReplyOf<"join">> {
    const reply = await this.#request("join", { room });
    if (parseRoomName(reply.name).nameKey === parseRoomName(room).nameKey) return reply;
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
}
