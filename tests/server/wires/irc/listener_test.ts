import { assertEquals } from "@std/assert";
import { connectionsBeforeSignInMax } from "../../../../protocol/wire/limits.ts";
import { IrcFixture } from "./irc_fixture.ts";

Deno.test("a network that brings too many newcomers loses its own: an earlier one from elsewhere stays", async () => {
  await using fixture = await IrcFixture.start();
  const honest = fixture.connect({ address: "192.0.2.7" });
  await honest.sync();
  const flood = Array.from(
    { length: connectionsBeforeSignInMax + 10 },
    (_, i) => fixture.connect({ address: "192.0.2.66", secure: i % 2 === 0 }),
  );
  const ended = flood.slice(0, 11).map((one) => one.ended());
  await Promise.all(ended);
  const sizes = fixture.irc.listeners.map(({ size }) => size);
  assertEquals(sizes.reduce((sum, size) => sum + size), connectionsBeforeSignInMax);
  assertEquals(await honest.sync(), []);
});
