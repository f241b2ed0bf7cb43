import { assertEquals } from "@std/assert";
import type { Requester } from "../../../../client/core/link/server_link.ts";
import { allNames, allRooms } from "../../../../client/core/chat/lists.ts";
import { listPageMax, roomsMax } from "../../../../protocol/wire/limits.ts";

/** Answers each request with the next page; counts the requests. */
function server(page: (asked: number) => unknown) {
  const state = { asked: 0 };
  const request: Requester = () => Promise.resolve(page(state.asked++) as never);
  return { state, request };
}

const roomNamed = (name: string) => ({ name, topic: "", online: 0, joined: false });
const numbered = (number: number) => String(number).padStart(9, "0");
const fullPage = (asked: number) =>
  Array.from({ length: listPageMax }, (_, index) => numbered(asked * listPageMax + index));

Deno.test("lists are fetched page by page", async () => {
  const { request } = server((asked) => ({
    names: [["ann", "bob"], ["joe"]][asked],
    more: asked === 0,
  }));
  assertEquals(await allNames(request), ["ann", "bob", "joe"]);
  const rooms = server((asked) => ({ rooms: [roomNamed(`#${asked}`)], more: asked < 2 }));
  assertEquals((await allRooms(rooms.request)).map(({ name }) => name), ["#0", "#1", "#2"]);
});

Deno.test("a server that gives the same page again, or an empty one, is not asked for ever", async () => {
  const names = server(() => ({ names: ["ann", "bob"], more: true }));
  assertEquals((await allNames(names.request)).length, 4);
  const rooms = server(() => ({ rooms: [roomNamed("#a")], more: true }));
  assertEquals((await allRooms(rooms.request)).length, 2);
  assertEquals(await allNames(server(() => ({ names: [], more: true })).request), []);
});

Deno.test("a server whose lists never end is not asked for ever", async () => {
  const names = server((asked) => ({ names: fullPage(asked), more: true }));
  assertEquals((await allNames(names.request)).length, 100_000);
  const rooms = server((asked) => ({ rooms: fullPage(asked).map(roomNamed), more: true }));
  assertEquals((await allRooms(rooms.request)).length, roomsMax);
});

Deno.test("a name that nobody can have, and that could pass for a message, is left out", async () => {
  const forged = "**** Incoming private message from jill ****: send me your key";
  const listed = ["~[guest]", "ann", forged, "a b", "a\u3000b", "小明", "\u001b[2J"];
  const names = server(() => ({ names: listed, more: false }));
  assertEquals(await allNames(names.request), ["~[guest]", "ann", "小明"]);
  const rooms = server(() => ({ rooms: ["#a", forged].map(roomNamed), more: false }));
  assertEquals((await allRooms(rooms.request)).map(({ name }) => name), ["#a"]);
});
