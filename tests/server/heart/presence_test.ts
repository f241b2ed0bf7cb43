import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Presence } from "../../../server/heart/presence.ts";
import { type PresenceEvent, type Room, Session } from "../../../server/heart/session.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import { usualLaw } from "../../../server/storage/room_law.ts";

const lobby: Room = {
  id: 1,
  name: "#lobby",
  nameKey: "#lobby",
  topic: "",
  topicSetting: null,
  members: new Set(),
  sessions: new Set(),
  people: 0,
  arriving: 0,
  awaited: new Map(),
  entries: 0,
  claimed: null,
  isLobby: false,
  law: usualLaw,
  invited: new Set(),
};

function sessionOf(nameKey: string): Session {
  const user = { name: nameKey.toUpperCase(), nameKey, account: true };
  const session = new Session(user, {
    deliver: () => {},
    followsAccount: true,
    connection: noConnection,
  }, { id: 1, sinceMs: 0 });
  session.rooms.add(lobby);
  return session;
}

Deno.test("only the first session of a user comes and only the last one goes", () => {
  const presence = new Presence();
  const events: PresenceEvent[] = [];
  presence.watch((event) => events.push(event));
  const [first, second] = [sessionOf("jack"), sessionOf("jack")];
  presence.add(first);
  presence.add(second);
  presence.remove(first, [lobby]);
  assert(presence.isOnline("jack"));
  presence.remove(second, [lobby]);
  assert(!presence.isOnline("jack"));
  assertEquals(events, [
    { type: "connected", user: first.user, rooms: [{ id: 1, name: "#lobby" }] },
    { type: "disconnected", user: second.user, rooms: [{ id: 1, name: "#lobby" }] },
  ]);
});

Deno.test("removing a session twice, or one that was never added, tells nothing", () => {
  const presence = new Presence();
  const events: PresenceEvent[] = [];
  const session = sessionOf("jack");
  presence.add(session);
  presence.watch((event) => events.push(event));
  presence.remove(sessionOf("jack"), []);
  presence.remove(sessionOf("jill"), []);
  presence.remove(session, []);
  presence.remove(session, []);
  assertEquals(events.map((event) => event.type), ["disconnected"]);
});

Deno.test("users() are in the order of their names, whoever comes and goes, and begin after any name", () => {
  const step = fc.record({ nameKey: fc.constantFrom(..."abcdefgh"), goes: fc.boolean() });
  fc.assert(fc.property(fc.array(step), fc.constantFrom(..."ADHZ"), (steps, after) => {
    const presence = new Presence();
    const here = new Map<string, Session>();
    for (const { nameKey, goes } of steps) {
      const session = here.get(nameKey);
      if (goes && session !== undefined) {
        presence.remove(session, []);
        here.delete(nameKey);
      } else if (!goes && session === undefined) {
        here.set(nameKey, sessionOf(nameKey));
        presence.add(here.get(nameKey)!);
      }
    }
    const names = [...here.values()].map(({ user }) => user.name).sort();
    assertEquals([...presence.users()].map(({ name }) => name), names);
    const later = names.filter((name) => name > after);
    assertEquals([...presence.users(after)].map(({ name }) => name), later);
  }));
});

Deno.test("users() and size count each user once", () => {
  const presence = new Presence();
  for (const nameKey of ["jack", "jill", "jack"]) presence.add(sessionOf(nameKey));
  assertEquals([...presence.users()].map(({ name }) => name), ["JACK", "JILL"]);
  assertEquals(presence.size, 2);
  assertEquals(presence.sessions("jack").size, 2);
  assertEquals(presence.user("jill")?.name, "JILL");
  assertEquals(presence.user("nobody"), undefined);
});

Deno.test("a watcher that was taken away is told nothing more, and others still are", () => {
  const presence = new Presence();
  const told: string[] = [];
  const unwatch = presence.watch(() => told.push("first"));
  presence.watch(() => told.push("second"));
  unwatch();
  presence.add(sessionOf("jack"));
  assertEquals(told, ["second"]);
});
