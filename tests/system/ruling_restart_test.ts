/** Roles, rules and bans that were set over IRC and by the chat client hold on all wires after `kill -9`. */
import { assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import type { Message, Peer } from "../fixtures/peer.ts";
import { IrcPeer } from "./irc_peer.ts";
import { startServerProgram } from "./processes.ts";
import { Wire } from "./wire.ts";

/** What came of a request: "" where it was done, else the sentence that says why not. */
async function ask(peer: Peer, type: string, content: Message): Promise<string> {
  const { error } = await peer.ask(type, content) as { error?: { message: string } };
  return error?.message ?? "";
}

/** Runs the server while something is done, and kills it. */
async function withServer(
  folder: string,
  use: (wire: Wire, ircPort: number) => Promise<void>,
): Promise<void> {
  const { program, port } = await startServerProgram(folder, { args: ["--irc-plain", "0"] });
  await using _program = program;
  const ready = await program.line(/^irc-plain is ready on /);
  await use(await Wire.to(folder, port), Number(/\d+$/.exec(ready)![0]));
  program.signal("SIGKILL");
  await program.status();
}

Deno.test("roles, rules and bans hold on all wires after kill -9, wherever they were set", async () => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["ann", "jack", "jill", "joe"]);
    await withServer(folder, async (wire, ircPort) => {
      using jack = await wire.member("jack");
      assertEquals(await ask(jack, "join", { room: "#den" }), "");
      const [ann] = await IrcPeer.signIn(ircPort, "ann");
      using _ann = ann;
      await ann.ask("JOIN #den");
      const role = { room: "#den", name: "ann", role: "moderator", held: true };
      assertEquals(await ask(jack, "set_role", role), "");
      // By the chat client, and over IRC.
      assertEquals(
        await ask(jack, "set_rules", { room: "#den", rules: { speakers: "voiced" } }),
        "",
      );
      const entry = { room: "#den", list: "ban", name: "joe", listed: true };
      assertEquals(await ask(jack, "set_entry", entry), "");
      assertMatch(
        (await ann.ask("MODE #den +kb sesame jill!*@*")).join(),
        /MODE #den \+kb sesame jill!/,
      );
    });
    await withServer(folder, async (wire, ircPort) => {
      const [ann] = await IrcPeer.signIn(ircPort, "ann");
      using _ann = ann;
      assertMatch((await ann.ask("JOIN #den")).join("\n"), / 353 ann \S #den :.*@ann/);
      assertMatch((await ann.ask("MODE #den")).join("\n"), / 324 ann #den \+mnk sesame\n/);
      assertMatch((await ann.ask("MODE #den b")).join("\n"), /a:joe jack![^]*jill!\*@\* ann!/);
      using joe = await wire.member("joe");
      using jill = await wire.member("jill");
      const help = "Ask jack, who owns #den, to let you in.";
      const banned = `You are banned from #den. ${help}`;
      for (const peer of [joe, jill]) {
        assertEquals(await ask(peer, "join", { room: "#den", roomKey: "sesame" }), banned);
        const { rooms } = await peer.ask("rooms") as { rooms: { name: string }[] };
        assertEquals(rooms.map(({ name }) => name), ["#lobby"]);
      }
      const [irc] = await IrcPeer.signIn(ircPort, "joe");
      using _irc = irc;
      assertMatch((await irc.ask("JOIN #den sesame")).join(), / 474 joe #den :You are banned/);
      assertMatch((await ann.ask("MODE #den -b jill!*@*")).join(), /MODE #den -b jill!/);
      assertMatch(await ask(jill, "join", { room: "#den" }), /^#den has a key/);
      assertEquals(await ask(jill, "join", { room: "#den", roomKey: "sesame" }), "");
      const post = { room: "#den", text: "hello", postId: "p1" };
      assertMatch(await ask(jill, "post", post), /^Only people with a voice may speak in #den\./);
      const voice = { room: "#den", name: "jill", role: "voiced", held: true };
      assertMatch(await ask(jill, "set_role", voice), /^You are not a moderator of #den\./);
      using jack = await wire.member("jack");
      assertEquals(await ask(jack, "set_role", voice), "");
      assertEquals(await ask(jill, "post", post), "");
    });
  });
});
