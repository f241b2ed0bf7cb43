import { assertEquals } from "@std/assert";
import {
  markersPerPersonMax,
  ReadMarkers,
} from "../../../../../server/wires/irc/network/read_markers.ts";
import { assertLines, IrcFixture } from "../irc_fixture.ts";

const time = "timestamp=2026-01-02T03:04:05.678Z";

Deno.test("a marker is kept for the account or guest who set it, and moves forward only", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  assertLines(await ann.ask("MARKREAD #Lobby"), ["MARKREAD #Lobby *"]);
  assertLines(await ann.ask(`MARKREAD #Lobby ${time}`), [`MARKREAD #Lobby ${time}`]);
  const older = "timestamp=2025-01-02T03:04:05.678Z";
  assertLines(await ann.ask(`MARKREAD #lobby ${older}`), [`MARKREAD #lobby ${time}`]);
  for (const target of ["#", "#a,b", "a b", "\u202e", "x".repeat(300)]) {
    const [line = ""] = await ann.ask(`MARKREAD :${target}`);
    assertEquals(/ FAIL MARKREAD INVALID_PARAMS /.test(` ${line}`), true, line);
  }
});

Deno.test("nothing is left of a guest's markers when the guest goes, or takes another nick", async () => {
  await using fixture = await IrcFixture.start();
  for (const farewell of ["NICK other", "QUIT"]) {
    const ann = await fixture.guest("ann");
    await ann.ask(`MARKREAD #lobby ${time}`);
    await ann.send(farewell);
    if (farewell === "QUIT") await ann.ended();
    else await ann.sync();
    const next = await fixture.guest("ann");
    assertLines(await next.ask("MARKREAD #lobby"), ["MARKREAD #lobby *"]);
    await next.send("QUIT");
    await next.ended();
  }
});

Deno.test("a person has so many markers and no more, and all together have so many", () => {
  const markers = new ReadMarkers({ markersMax: 2_500 });
  for (const person of ["ann", "bob"]) {
    for (let target = 0; target < markersPerPersonMax; target++) {
      assertEquals(markers.set(person, `#${target}`, 1), true);
    }
    assertEquals(markers.set(person, "#one more", 1), false);
    assertEquals(markers.set(person, "#0", 2), true);
  }
  assertEquals(markers.size, 2 * markersPerPersonMax);
  for (let target = 0; target < 501; target++) markers.set("cid", `#${target}`, 1);
  // Ann has set none for the longest time.
  assertEquals([markers.get("ann", "#0"), markers.get("bob", "#0")], [undefined, 2]);
  assertEquals(markers.size, markersPerPersonMax + 501);
  markers.forget("bob");
  markers.forget("nobody");
  assertEquals(markers.size, 501);
});
