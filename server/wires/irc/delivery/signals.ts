/**
 * What IRC clients say to one another without its being kept: CTCP, tags alone, what is for a channel's operators, WALLOPS. From people
 * here and from people on other servers of the cluster.
 *
 * @module
 */
import type { Room } from "../../../heart/session.ts";
import type { Signal } from "../../../storage/whispers.ts";
import { isChannelOperator, isVoiced } from "../network/channel.ts";
import type { IrcClient } from "../network/client.ts";
import type { IrcLine } from "../format/line.ts";
import { cutText } from "../format/multiline.ts";
import type { Network } from "../network/network.ts";
import type { Person } from "../network/person.ts";
import { roomFor } from "./posts.ts";

/** What stands before the name of a channel where it is said to some of those who are in it. */
const signs = { everyone: "", voiced: "+", moderator: "@" } as const;

type Rank = keyof typeof signs;
type Said = Pick<Signal, "verb" | "text" | "clientOnly">;

/** The IRC clients here of those in a room who have a rank, or more. */
export function clientsWith(network: Network, room: Room, rank: Rank): IrcClient[] {
  const hears = ({ person }: IrcClient) =>
    rank === "everyone" || isChannelOperator(room.law, person!) ||
    rank === "voiced" && isVoiced(room.law, person!);
  return [...network.clientsIn(room)].filter(hears);
}

/** What is said to a room, or to those with a rank there, is said to this. */
export function targetIn(room: Room, rank: Rank): string {
  return signs[rank] + room.name;
}

/** What was said as lines. */
export function signalLines(
  network: Network,
  sender: Person,
  target: string,
  said: Said,
): IrcLine[] {
  return textsOf(sender, target, said).map((text) =>
    network.lineFrom(sender, text, { clientOnly: said.clientOnly })
  );
}

/** What was said as commands, each of which fits a line with its sender before it. */
function textsOf({ source }: Person, target: string, { verb, text }: Said): string[] {
  if (verb === "TAGMSG") return [`TAGMSG ${target}`];
  const head = verb === "WALLOPS" ? "WALLOPS :" : `${verb} ${target} :`;
  return cutText(text, roomFor(`:${source} ${head}`)).map((piece) => head + piece.text);
}

/** Sends what was said to clients that can be shown it. */
export function deliverSaid(
  lines: readonly IrcLine[],
  said: Pick<Said, "verb">,
  clients: Iterable<IrcClient>,
): void {
  for (const client of clients) {
    if (understands(client, said)) { for (const line of lines) client.deliver(line); }
  }
}

/** Whether a client can be shown it at all. */
export function understands(client: IrcClient, { verb }: Pick<Said, "verb">): boolean {
  return verb !== "TAGMSG" || client.has("message-tags");
}

/** Tells those who want to hear it what an operator of the server says. */
export function tellWallops(network: Network, sender: Person, text: string): void {
  const said = { verb: "WALLOPS", text, clientOnly: "" } as const;
  const lines = signalLines(network, sender, "", said);
  for (const person of network.personsWith("w")) {
    deliverSaid(lines, said, network.clientsOf(person));
  }
}

/** Somebody on another server has said something: tells it to those here whom it is for. */
export function tellSignal(network: Network, signal: Signal): void {
  const { from, to } = signal;
  const user = network.chat.presence.user(from);
  const sender = user === undefined ? undefined : network.persons.get(user.name);
  // Its server has told of it before; where that was not heard yet, this is gone, like all that is not kept.
  if (sender === undefined) return;
  if (to === "wallops") return tellWallops(network, sender, signal.text);
  if ("nameKey" in to) {
    const other = network.chat.presence.user(to.nameKey);
    const person = other === undefined ? undefined : network.persons.get(other.name);
    if (person === undefined) return;
    const lines = signalLines(network, sender, person.nick, signal);
    return deliverSaid(lines, signal, network.clientsOf(person));
  }
  const room = network.chat.findRoom(to.room);
  if (room === undefined) return;
  const lines = signalLines(network, sender, targetIn(room, to.rank), signal);
  deliverSaid(lines, signal, clientsWith(network, room, to.rank));
}
