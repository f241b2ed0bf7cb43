/** What is told of comings and goings, and when. */
import { assertEquals } from "@std/assert";
import { Attendance } from "../../../../client/tui/conversations/attendance.ts";
import { Conversations } from "../../../../client/tui/conversations/conversations.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

function attendance(): { who: Attendance; told: string[] } {
  const told: string[] = [];
  const who = new Attendance({
    conversations: new Conversations("jack", "#lobby"),
    form: "all",
    print: (line) => told.push(line.map(({ text }) => text).join("")),
  });
  who.reset(["jack", "jill", "tom"]);
  return { who, told };
}

Deno.test("who comes and speaks at once has come before that, and is told of once", async () => {
  using time = new FakeTime();
  const { who, told } = attendance();
  who.takePresence(["amy"], []);
  who.spoke("amy");
  assertEquals(told, ["-- amy came"]);
  // The server tells of comings now and then: the post may be there first.
  who.spoke("zoe");
  assertEquals(told, ["-- amy came", "-- zoe came"]);
  who.takePresence(["zoe"], []);
  who.spoke("jill");
  await time.advance(10_000);
  assertEquals(told.length, 2);
  who.stop();
});

Deno.test("a restart of the server tells of nobody, but of those who do not come back and of those who are new", async () => {
  using time = new FakeTime();
  const { who, told } = attendance();
  who.takePresence([], ["jill"]);
  who.lost();
  await time.advance(10_000);
  who.reset(["jack"]);
  who.takePresence(["jill"], []);
  await time.advance(10_000);
  assertEquals(told, []);
  who.takePresence(["amy"], []);
  await time.advance(10_000);
  assertEquals(told, ["-- amy came"]);
  await time.advance(60_000);
  assertEquals(told, ["-- amy came", "-- tom left"]);
  who.takePresence(["tom"], []);
  await time.advance(2_000);
  assertEquals(told.at(-1), "-- tom came");
  who.stop();
});
