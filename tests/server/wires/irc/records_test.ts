import { assert, assertEquals } from "@std/assert";
import { IrcFixture } from "./irc_fixture.ts";

for (const secure of [true, false]) {
  const what = secure
    ? "an encrypted connection is written in records of at most 1,024 bytes"
    : "any other connection is written at once";
  Deno.test(`what goes to ${what}`, async () => {
    await using fixture = await IrcFixture.start();
    const peer = await fixture.guest("ann", { secure });
    await peer.sync();
    const sizes: number[] = [];
    const write = peer.socket.write.bind(peer.socket);
    peer.socket.write = (bytes) => {
      sizes.push(bytes.length);
      return write(bytes);
    };
    // On a busy machine the three may be answered in turns, each with a write of its own.
    for (let times = 0; times < 5 && Math.max(...sizes, 0) <= 1024; times++) {
      const lines = await peer.ask("VERSION", "LUSERS", "VERSION");
      assert(new TextEncoder().encode(lines.join("\r\n")).length > 1024);
    }
    assertEquals(Math.max(...sizes) > 1024, !secure);
  });
}
