/**
 * Where one may want to go.
 *
 * @module
 */
import type { PageSession } from "../state/page_session.ts";

/** A room or a person. */
export interface Whereabouts {
  readonly title: string;
  /** What it is, in a word or two. */
  readonly note: string;
  readonly unread: number;
}

/** How many are shown. */
const shownMax = 30;

/**
 * What fits what was typed: first conversations with something unread, then open ones, then people who are online and other rooms,
 * and in the end what does not exist yet.
 *
 * @param typed What was typed.
 * @param session The session.
 * @param rooms Every room of the server that may be seen.
 */
export function destinationsFor(
  typed: string,
  session: Pick<PageSession, "conversations" | "presence" | "client">,
  rooms: readonly string[],
): Whereabouts[] {
  const { conversations, presence, client } = session;
  const open = [...conversations.rooms.value, ...conversations.people.value]
    .map(({ title, unread, left }) => ({
      title,
      unread: unread.value,
      note: left.value ? "left" : "",
    }));
  open.sort((left, right) => Number(right.unread > 0) - Number(left.unread > 0));
  const online = presence.online.value.filter((name) => name !== client.name)
    .map((title) => ({ title, unread: 0, note: "online" }));
  const others = rooms.map((title) => ({ title, unread: 0, note: "not joined" }));
  const all = new Map([...others, ...online, ...open].map((one) => [one.title.toLowerCase(), one]));
  const known = [
    ...new Set([...open, ...online, ...others].map((one) => all.get(one.title.toLowerCase())!)),
  ];
  const word = typed.trim().toLowerCase();
  // One is there already, but may look for it all the same.
  const here = conversations.current.value.title;
  const fits = known.filter(({ title }) =>
    word === "" ? title !== here : title.toLowerCase().includes(word)
  );
  fits.sort((left, right) => rank(left, word) - rank(right, word));
  if (word === "" || /\s/.test(word)) return fits.slice(0, shownMax);
  const person = { title: typed.trim(), unread: 0, note: "write to" };
  const room = { title: `#${typed.trim().replace(/^#/, "")}`, unread: 0, note: "new room" };
  // A room is made by its name alone, too: nobody needs to know of the "#".
  const fresh = word.startsWith("#") ? [room] : [person, room];
  return [
    ...fits.slice(0, shownMax),
    ...fresh.filter(({ title }) => !all.has(title.toLowerCase())),
  ];
}

/** What begins with the word stands before what has it somewhere. */
function rank({ title }: Whereabouts, word: string): number {
  return word !== "" && title.toLowerCase().replace(/^#/, "").startsWith(word.replace(/^#/, ""))
    ? 0
    : 1;
}
