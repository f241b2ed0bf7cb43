/**
 * Commands about rooms and the people in them.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { roomAndKey, roomAndWords, roomName } from "../../talk/addressees.ts";
import { type RulingCommand } from "../../talk/ruling.ts";
import { withSlash } from "../../talk/remark_text.ts";
import { counted } from "../../talk/wording.ts";
import type { Desk } from "./session_api.ts";
import type { Hold } from "../input/hold.ts";
import { named, type StyledLine, toned } from "../terminal/style.ts";
import { numberText } from "../../../protocol/text/number_text.ts";

/** Names that `/who` prints; more would push everything else off the screen. */
const namesShownMax = 200;

/** `/who [room]`: who is online. */
export async function who({ client, conversations, view }: Desk, rest: string): Promise<void> {
  const { current } = conversations;
  const here = current.isRoom && current !== conversations.list[0] ? current.title : undefined;
  const room = rest === "" ? here : rest === "all" ? undefined : roomName(rest);
  const names = await client.rooms.who(room);
  const where = room === undefined ? "" : ` in ${safeText(room)}`;
  const shown = names.slice(0, namesShownMax);
  const list = shown.flatMap((name, index) => [
    ...(index > 0 ? [toned("dim", ", ")] : []),
    named(name, safeText(name)),
  ]);
  const hidden = names.length - shown.length;
  const more = hidden > 0 ? [toned("dim", ` and ${hidden} more`)] : [];
  view.print(
    [toned("dim", `-- ${numberText(names.length)} online${where}: `), ...list, ...more],
    3,
  );
}

/** `/rooms`: which rooms there are. */
export async function rooms({ client, view }: Desk): Promise<void> {
  const all = await client.rooms.list();
  view.notice(`${counted(all.length, "room")}:`);
  for (const { name, topic, online, joined } of all) {
    const line: StyledLine = [
      toned("dim", "--   "),
      toned("accent", safeText(name)),
      toned("dim", ` ${online} online${joined ? ", joined" : ""}`),
      { text: topic === "" ? "" : `: ${safeText(topic)}` },
    ];
    view.print(line, 7);
  }
}

/** `/join room [key]`: enters a room, which is made if there is none of that name. */
export async function joinRoom(desk: Desk, rest: string, hold: Hold | null): Promise<void> {
  const [name, key] = roomAndKey(needed(rest, "Usage: /join #ROOM, or /join #ROOM KEY"));
  const room = await desk.client.rooms.join(name, key);
  const conversation = desk.conversations.open(room.name);
  conversation.topic = room.topic;
  if (room.created) {
    desk.view.notice(`${safeText(room.name)} is new: you have created it.`);
    conversation.loaded = true;
  }
  await desk.show(conversation, hold);
}

/** `/leave [room]`: leaves a room, or closes a private conversation. */
export async function leaveRoom(desk: Desk, rest: string, hold: Hold | null): Promise<void> {
  const { client, conversations } = desk;
  const found = rest === "" ? conversations.current : conversations.find(rest) ??
    conversations.find(roomName(rest));
  if (found === undefined) throw notOpen(rest);
  const wasCurrent = found === conversations.current;
  if (found.isRoom && !found.left) await client.rooms.leave(found.title);
  // Whoever has come here meanwhile, and types, is not led away.
  if (!wasCurrent && found === conversations.current) return desk.takeLeft(found.title, null);
  const title = safeText(found.title);
  desk.view.notice(
    found.isRoom ? `You have left ${title}.` : `The conversation with ${title} is closed.`,
  );
  // First the switch, which keeps the draft where it belongs.
  const shown = found === conversations.current ? desk.show(conversations.list[0]!, hold) : null;
  conversations.close(found.title);
  desk.refresh();
  await shown;
}

/** `/topic [text|-]`: shows, sets or removes the topic of the current room. */
export async function topic({ client, conversations, view }: Desk, rest: string): Promise<void> {
  const { current } = conversations;
  if (!current.isRoom) throw new ChatError("bad_message", "Only rooms have topics.");
  if (rest !== "") return await client.rooms.setTopic(current.title, rest === "-" ? "" : rest);
  const said = current.topic === "" ? "has no topic" : `is about: ${safeText(current.topic)}`;
  view.notice(`${safeText(current.title)} ${said}`);
}

/** `/mute [room]`: a room that never rings and is not counted as unread; again to hear it. */
export function mute({ conversations, view, refresh }: Desk, rest: string): void {
  const found = rest === "" ? conversations.current : conversations.find(rest) ??
    conversations.find(roomName(rest));
  if (found === undefined) throw notOpen(rest);
  found.muted = !found.muted;
  const change = found.muted ? "is muted. The same command unmutes it." : "is no longer muted.";
  view.notice(`${safeText(found.title)} ${change}`);
  refresh();
}

/** What a command of client/talk/ruling.ts does here: in the current room, or in one that is named first. */
export async function rule(
  { client, conversations, view }: Desk,
  rest: string,
  { command, usage }: { readonly command: RulingCommand; readonly usage: string },
): Promise<void> {
  const { room = conversations.current.title, words } = roomAndWords(rest);
  if (!room.startsWith("#")) {
    throw new ChatError("bad_message", "Only rooms are ruled: go to one first.");
  }
  if (command.isAboutUser && words.length === 0) {
    throw new ChatError("bad_message", `Usage: ${usage}`);
  }
  for (const line of await command.run({ rooms: client.rooms, room, spell: withSlash }, words)) {
    view.notice(line);
  }
}

function needed(rest: string, question: string): string {
  if (rest !== "") return rest;
  throw new ChatError("bad_message", question);
}

function notOpen(rest: string): ChatError {
  return new ChatError("not_in_room", `You are not in "${rest.slice(0, 64)}".`);
}
