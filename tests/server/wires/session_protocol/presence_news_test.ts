import { assertEquals } from "@std/assert";
import {
  listPageMax,
  presenceFramesPerSecond,
  presenceIntervalMs,
} from "../../../../protocol/wire/limits.ts";
import { parseFromServer } from "../../../../protocol/wire/messages.ts";
import { PresenceNews } from "../../../../server/wires/session_protocol/presence_news.ts";
import type { PresenceEvent } from "../../../../server/heart/session.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

const roomOf = (id: number) => ({ id, name: `#room${id}` });
const userOf = (name: string) => ({ name, nameKey: name, account: true });

/** News whose frames are noted, each with where it went. */
function makeNews(audience = 1) {
  const told: unknown[] = [];
  const read = (frame: Uint8Array) => {
    const message = parseFromServer(frame.subarray(4));
    return message !== null && "event" in message ? message.content : message;
  };
  const news = new PresenceNews({
    audience: () => audience,
    toAll: (frame) => told.push(["all", read(frame)]),
    toRoom: (room, frame) => told.push([room.name, read(frame)]),
  });
  return { news, told };
}

const came = (name: string): PresenceEvent => ({
  type: "connected",
  user: userOf(name),
  rooms: [],
});
const went = (name: string): PresenceEvent => ({
  type: "disconnected",
  user: userOf(name),
  rooms: [],
});

Deno.test("everything within one interval is told in one event, once", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews();
  news.note(came("jack"));
  news.note(went("jill"));
  await time.advance(presenceIntervalMs - 1);
  assertEquals(told, []);
  news.note(came("joe"));
  await time.advance(1);
  assertEquals(told, [["all", { came: ["jack", "joe"], left: ["jill"] }]]);
  await time.advance(10 * presenceIntervalMs);
  assertEquals([told.length, time.timers], [1, 0]);
});

Deno.test("who came and went within one interval is not told; who flickered is told as it ended", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews();
  for (const event of [came("a"), went("a"), went("b"), came("b")]) news.note(event);
  for (const event of [came("c"), went("c"), came("c")]) news.note(event);
  await time.advance(presenceIntervalMs);
  assertEquals(told, [["all", { came: ["c"], left: [] }]]);
});

Deno.test("an interval in which nothing changed in the end tells nothing", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews();
  news.note(came("a"));
  news.note(went("a"));
  await time.advance(presenceIntervalMs);
  assertEquals(told, []);
});

Deno.test("rooms are told their own news only", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews();
  const [first, second] = [roomOf(1), roomOf(2)];
  news.note({ type: "joined", user: userOf("jack"), room: first });
  news.note({ type: "left", user: userOf("jack"), room: second });
  await time.advance(presenceIntervalMs);
  assertEquals(told, [
    ["#room1", { room: "#room1", joined: ["jack"], left: [] }],
    ["#room2", { room: "#room2", joined: [], left: ["jack"] }],
  ]);
});

Deno.test("a thousand who come together cost one frame, and one more the next page", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews();
  for (let index = 0; index <= listPageMax; index++) news.note(came(`user${index}`));
  await time.advance(presenceIntervalMs);
  const lengths = told.map((one) => (one as [string, { came: string[] }])[1].came.length);
  assertEquals(lengths, [listPageMax, 1]);
});

Deno.test("stop() tells nothing more and leaves no timer", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews();
  news.note(came("jack"));
  news.stop();
  await time.advance(presenceIntervalMs);
  assertEquals([told.length, time.timers], [0, 0]);
});

Deno.test("the more there are to be told, the longer news is collected", async () => {
  using time = new FakeTime();
  const { news, told } = makeNews(10 * presenceFramesPerSecond);
  news.note(came("jack"));
  await time.advance(9_999);
  assertEquals(told, []);
  await time.advance(1);
  assertEquals(told, [["all", { came: ["jack"], left: [] }]]);
});
