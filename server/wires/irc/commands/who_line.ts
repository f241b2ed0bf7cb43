/**
 * One reply to WHO: in the old form, or with the fields that the client chose (WHOX).
 *
 * @module
 */
import type { Room } from "../../../heart/session.ts";
import { isChannelOperator, signsOf } from "../network/channel.ts";
import type { IrcClient } from "../network/client.ts";
import type { IrcLine } from "../format/line.ts";
import type { Network } from "../network/network.ts";
import type { Person } from "../network/person.ts";

/** What a reply tells of someone. */
interface Subject {
  readonly network: Network;
  readonly client: IrcClient;
  readonly person: Person;
  readonly room: Room | null;
  readonly token: string;
}

/** The fields that can be chosen, in the order in which they are sent. */
const fields: readonly (readonly [letter: string, value: (subject: Subject) => string])[] = [
  ["t", ({ token }) => token],
  ["c", ({ room }) => room?.name ?? "*"],
  ["u", ({ person }) => person.username],
  // Addresses are nobody's business: this is what RFC 5737 keeps for documents.
  ["i", () => "255.255.255.255"],
  ["h", ({ person }) => person.host],
  ["s", ({ network }) => network.serverName],
  ["n", ({ person }) => person.nick],
  ["f", flagsOf],
  ["d", () => "0"],
  ["l", ({ network, person }) => String(network.idleSeconds(person))],
  ["a", ({ person }) => person.account ?? "0"],
  ["o", ({ person, room }) => isOperator(person, room) ? "1" : "n/a"],
  ["r", ({ person }) => `:${person.realname}`],
];

function isOperator(person: Person, room: Room | null): boolean {
  return room !== null && isChannelOperator(room.law, person);
}

function flagsOf({ client, person, room }: Subject): string {
  const signs = room === null ? "" : signsOf(room.law, person, client.has("multi-prefix"));
  const operator = person.modes.has("o") ? "*" : "";
  return `${person.away === null ? "H" : "G"}${operator}${
    person.modes.has("B") ? "B" : ""
  }${signs}`;
}

/**
 * Makes the reply.
 *
 * @param room The channel to name, or null.
 * @param options The second parameter of WHO: with `%` it chooses fields.
 */
export function whoLine(
  network: Network,
  client: IrcClient,
  person: Person,
  room: Room | null,
  options: string,
): IrcLine {
  const chosen = options.indexOf("%");
  if (chosen < 0) {
    const subject = { network, client, person, room, token: "" };
    const { username, host, nick, realname } = person;
    const params = [room?.name ?? "*", username, host, network.serverName, nick, flagsOf(subject)];
    return client.numericLine("RPL_WHOREPLY", params, `0 ${realname}`);
  }
  const [letters = "", token = "0"] = options.slice(chosen + 1).split(",");
  const subject = { network, client, person, room, token: /^\d{1,3}$/.test(token) ? token : "0" };
  const values = fields.filter(([letter]) => letters.includes(letter))
    .map(([, value]) => value(subject));
  return client.numericLine("RPL_WHOSPCRPL", values, null);
}
