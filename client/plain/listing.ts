/**
 * WHO and ROOMS.
 *
 * @module
 */
import { numberText } from "../../protocol/text/number_text.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import type { Lines } from "./lines.ts";

/** Lists who is online. */
export async function listPeople({ rooms }: ChatClient, lines: Lines): Promise<void> {
  const names = await rooms.who();
  lines.write(`${numberText(names.length)} online:`);
  for (const name of names) lines.write(safeText(name));
}

/** Lists the rooms. */
export async function listRooms({ rooms }: ChatClient, lines: Lines): Promise<void> {
  for (const room of await rooms.list()) {
    const joined = room.joined ? ", joined" : "";
    const topic = room.topic === "" ? "" : `: ${safeText(room.topic)}`;
    lines.write(`${safeText(room.name)} (${room.online} online${joined})${topic}`);
  }
}
