import { assertEquals } from "@std/assert";
import { PageConversations } from "../../../../client/web/state/page_conversations.ts";
import type { PageSession } from "../../../../client/web/state/page_session.ts";
import { destinationsFor } from "../../../../client/web/view/switcher_list.ts";

const nothing = () => Promise.resolve({ posts: [], annotations: [], more: false });

/** Somebody called wendy, in #lobby and #dev, with these people online. */
function sessionOf(
  ...online: string[]
): Pick<PageSession, "conversations" | "presence" | "client"> {
  const conversations = new PageConversations({ name: "wendy", lobby: "#lobby" }, nothing);
  conversations.open("#dev");
  const presence = { online: { value: ["wendy", ...online] } };
  return { conversations, presence, client: { name: "wendy" } } as unknown as PageSession;
}

const rooms = ["#dev", "#lobby", "#other"];

Deno.test("the conversation that is shown is offered to nobody who has typed nothing, and never as one that was not joined", () => {
  const session = sessionOf("jill");
  const found = (typed: string) =>
    destinationsFor(typed, session, rooms).map(({ title, note }) => `${title} ${note}`);
  assertEquals(found(""), ["#dev ", "jill online", "#other not joined"]);
  assertEquals(found("lob"), ["#lobby ", "lob write to", "#lob new room"]);
  session.conversations.current.value = session.conversations.open("jill");
  assertEquals(found(""), ["#lobby ", "#dev ", "#other not joined"]);
});

Deno.test("what begins with the letters stands first, and what is not there yet last", () => {
  const session = sessionOf("roderick", "frodo");
  const titles = destinationsFor("rod", session, rooms).map(({ title }) => title);
  assertEquals(titles, ["roderick", "frodo", "rod", "#rod"]);
  assertEquals(destinationsFor("#new", session, rooms).map(({ note }) => note), ["new room"]);
});

Deno.test("a name without a # may be that of a person or of a new room, and only of what is not there yet", () => {
  const found = (typed: string) =>
    destinationsFor(typed, sessionOf("jill"), rooms).map(({ title, note }) => `${title} ${note}`);
  assertEquals(found("homework"), ["homework write to", "#homework new room"]);
  assertEquals(found("other"), ["#other not joined", "other write to"]);
  assertEquals(found("jill"), ["jill online", "#jill new room"]);
  assertEquals(found("home work"), []);
});
