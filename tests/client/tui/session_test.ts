/** What a session does by itself: what it begins with, and what it tells of the connection. */
import { assertEquals } from "@std/assert";
import type { TextStore } from "../../../client/core/link/text_store.ts";
import { SessionFixture } from "./session_fixture.ts";

/** Keeps a text, as a file does. */
class Kept implements TextStore {
  text: string | undefined;

  load(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  save(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }
}

function numbersOf({ session }: SessionFixture): Record<string, number> {
  return Object.fromEntries(session.conversations.list.map(({ title, number }) => [title, number]));
}

Deno.test("the room that the server names as the lobby is where a session begins, and goes back to", async () => {
  const rooms = [{ name: "#dev", topic: "" }, { name: "#hall", topic: "" }];
  await using jack = await SessionFixture.start({ welcome: { lobby: "#hall", rooms } });
  assertEquals([jack.current, numbersOf(jack)], ["#hall", { "#hall": 1, "#dev": 2 }]);
  jack.type("\x1b2");
  await jack.settleAll();
  jack.client.onEvent({ type: "left", room: "#dev" });
  assertEquals(
    jack.printed.at(-1),
    "!! #dev was left: what you type here is not sent. Alt-1 goes to #hall.",
  );
});

Deno.test("conversations have the same numbers at the next sign-in, until they are left", async () => {
  const numbers = new Kept();
  {
    await using jack = await SessionFixture.start({ numbers });
    for (const title of ["tom", "jill", "#new"]) jack.session.conversations.open(title);
    assertEquals(numbersOf(jack), { "#lobby": 1, "#dev": 2, tom: 3, jill: 4, "#new": 5 });
    jack.type("/leave tom\r");
    await jack.settleAll();
  }
  // The server lists rooms in an order of its own, and one was entered on another machine.
  const rooms = ["#dev", "#other", "#new", "#lobby"].map((name) => ({ name, topic: name }));
  await using jack = await SessionFixture.start({ numbers, welcome: { rooms } });
  assertEquals(numbersOf(jack), { "#lobby": 1, "#dev": 2, jill: 4, "#new": 5, "#other": 3 });
  assertEquals(jack.session.conversations.find("#new")?.topic, "#new");
  jack.client.deliver("tom", "jack", "hello", "1");
  assertEquals(numbersOf(jack)["tom"], 6);
  jack.type("\x1b4");
  await jack.settleAll();
  assertEquals(jack.current, "jill");
});

Deno.test("while the connection is lost, Enter where nothing is typed tries at once", async () => {
  await using jack = await SessionFixture.start();
  jack.type("\r");
  assertEquals(jack.client.retries, 0);
  jack.client.onEvent({ type: "offline", retryMs: 12_000, mayHurry: true });
  jack.type("a draft").type("\x03").type("  \r");
  assertEquals(jack.client.retries, 1);
  jack.client.onEvent({ type: "online", again: true, movedTo: null });
  await jack.settleAll();
  jack.type("\r");
  assertEquals(jack.client.retries, 1);
});
