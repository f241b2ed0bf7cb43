/** Posting from the terminal interface: text, the four operations, slash commands, what is pending. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { CuttableLink } from "./cuttable_link.ts";
import { password } from "./people.ts";
import { startClientProgram } from "./processes.ts";
import { withTerminalChat } from "./terminal_chat.ts";

Deno.test("text and Enter post to the lobby, and BM, PM, CH and EX work typed alone and as commands", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type !== "post") return;
      heard.push(`${event.post.to} ${event.post.message.text}`);
    });
    const jack = await sit("jack");
    jack.enter("plain text");
    await jack.until(/>jack: plain text/);
    jack.enter("BM");
    await jack.until("Enter the public message for #lobby:");
    jack.enter("asked for");
    await jack.until(/>jack: asked for/);
    jack.enter("/bm by command");
    await jack.until(/>jack: by command/);
    jack.enter("PM");
    await jack.until("Peers online: jill");
    jack.enter("nobody");
    await jack.until('No user named "nobody".');
    jack.enter("jill");
    await jack.until("Enter the private message to jill:");
    jack.enter("a secret");
    await jack.until(/PM >jack -> jill: a secret/);
    jack.enter("/pm jill another one");
    await jack.until(/PM >jack -> jill: another one/);
    jack.enter("CH");
    await jack.until("End of history (5 messages).");
    jack.enter("/ch command");
    await jack.until("End of search (1 message). Searched: the rooms that you are in");
    jack.enter("EX");
    await jack.until("The session has ended.");
    assertEquals((await jack.exit).exitCode, 0);
    while (heard.length < 5) await people.settle();
    assertEquals(heard, [
      "#lobby plain text",
      "#lobby asked for",
      "#lobby by command",
      "jill a secret",
      "jill another one",
    ]);
  });
});

Deno.test("what looks like a command goes out only when that is confirmed, and a mistyped one never", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(event.post.body);
    });
    const jack = await sit("jack");
    jack.enter("/hlep");
    await jack.until("Did you mean /help?");
    jack.type("\x15");
    jack.enter("/help topic");
    await jack.until("/topic [text|-]  Shows or sets the room's topic.");
    jack.enter(" /quit");
    await jack.untilListening('Post "/quit" to #lobby as text? (y/n; Esc: not now)');
    jack.type("n");
    await jack.until(">  /quit");
    jack.type("\x15");
    jack.enter("//x");
    await jack.untilListening('Post "//x" to #lobby as text? (y/n; Esc: not now)');
    jack.type("y");
    await jack.until(/>jack: \/\/x/);
    jack.enter("done");
    await jack.until(/>jack: done/);
    assertEquals(heard, ["//x", "done"]);
  });
});

Deno.test("a post is pending until it is acknowledged, and goes out once after a cut link is mended", async () => {
  await withTerminalChat(async ({ server, sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(event.post.body);
    });
    await using link = new CuttableLink(server.port);
    const jack = await sit("jack", { port: link.port });
    // The server has the post, but its acknowledgement is lost with the link.
    link.deafen();
    jack.enter("one copy");
    await jack.until("… (sending) one copy");
    assertEquals(jack.lookOf("… (sending)").dim, true);
    while (heard.length === 0) await people.settle();
    link.cut();
    await jack.until("connection lost");
    await jack.until("… (waiting for the connection) one copy");
    jack.enter("typed while away");
    await jack.until("… (waiting for the connection) typed while away");
    link.mend();
    await jack.until(/>jack: typed while away/);
    await jack.until(/\| (?:up|connected)/);
    const lines = jack.everything().filter((row) => row.includes("one copy"));
    assertEquals(lines.map((row) => row.slice(6)), [">jack: one copy"]);
    assertEquals(jack.lookOf("one copy").dim, false);
    jack.enter("later");
    await jack.until(/>jack: later/);
    while (heard.length < 3) await people.settle();
    assertEquals(heard, ["one copy", "typed while away", "later"]);
  });
});

Deno.test("what was not sent when the session ends for good is printed, to be copied", async () => {
  await withTerminalChat(async ({ server, people, sit, folder }) => {
    await people.come("jill");
    await using link = new CuttableLink(server.port);
    const jack = await sit("jack", { port: link.port });
    link.cut();
    await jack.until("connection lost");
    jack.enter("first line\x1b\rsecond line");
    await jack.until("(waiting for the connection) first line");
    jack.enter("/pm jill a secret");
    await jack.until("Not connected:");
    const options = { directory: join(folder, "elsewhere"), password };
    await using elsewhere = startClientProgram(server.port, "jack", options);
    await elsewhere.type("PASSWD", password, "another password", "another password");
    await elsewhere.line("Your password was changed.");
    link.mend();
    assertEquals((await jack.exit).exitCode, 4);
    await jack.until("was changed on another machine.");
    await jack.until(
      "!! Not sent to #lobby:\nfirst line\nsecond line\n!! Not sent to jill:\na secret\n",
    );
    assertEquals(jack.text().includes("back in the input"), false);
  });
});

Deno.test("/quit without a connection asks, and Ctrl-C ends the waiting with what was not sent printed", async () => {
  await withTerminalChat(async ({ server, people, sit }) => {
    await people.come("jill");
    await using link = new CuttableLink(server.port);
    const unsent = "Not sent to #lobby:\none\ntwo lines\nNot sent to jill:\na secret\n";
    for (const keys of ["n", "y\x03"]) {
      const jack = await sit("jack", { port: link.port });
      link.cut();
      await jack.until("connection lost");
      jack.enter("one\x1b\rtwo lines");
      jack.enter("/pm jill a secret");
      jack.enter("/quit");
      await jack.untilListening("No connection, and 2 messages not sent.");
      for (const key of keys) {
        if (key === "\x03") {
          await jack.until("Waiting up to 30 s for the server to store your last 2");
        }
        jack.type(key);
      }
      assertEquals((await jack.exit).exitCode, 1);
      await jack.until(`${unsent}chat: Some messages could not be sent`);
      link.mend();
    }
  });
});

Deno.test("/pm and PM without a connection wait, and go when it is back; an unknown name comes back with its text", async () => {
  await withTerminalChat(async ({ server, people, sit }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(`${event.post.to} ${event.post.message.text}`);
    });
    await using link = new CuttableLink(server.port);
    const jack = await sit("jack", { port: link.port });
    link.cut();
    await jack.until("connection lost");
    jack.enter("/who");
    await jack.until("There is no connection to the server at the moment.");
    jack.enter("/pm jill written while away");
    await jack.until("Not connected: your message to jill will be sent when the connection is");
    jack.enter("/pm nobody lost?");
    jack.enter("PM");
    await jack.until("Peer to message (Esc: not now):");
    jack.enter("jill");
    await jack.until("Not connected: what you write will be sent");
    await jack.until("Enter the private message to jill:");
    jack.enter("asked for");
    link.mend();
    await jack.until(/PM >jack -> jill: written while away/);
    await jack.until(/PM >jack -> jill: asked for/);
    await jack.until(/Not sent to nobody: "lost\?"\. No user named "nobody"\. It is back in the/);
    await jack.until(/> \/pm nobody lost\?$/);
    while (heard.length < 2) await people.settle();
    assertEquals(heard, ["jill written while away", "jill asked for"]);
  });
});

Deno.test("what is typed ahead in the dialogue of PM goes to its peer, not to the room", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(`${event.post.to} ${event.post.message.text}`);
    });
    const jack = await sit("jack");
    jack.type("PM\rjill\rfor you alone\r");
    await jack.until(/PM >jack -> jill: for you alone/);
    jack.enter("for all");
    await jack.until(">jack: for all");
    while (heard.length < 2) await people.settle();
    assertEquals(heard, ["jill for you alone", "#lobby for all"]);
  });
});

Deno.test("a command at a question for a name leaves the dialogue, with a hint", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack");
    jack.enter("PM");
    await jack.until("Peer to message (Esc: not now):");
    jack.enter("/who");
    await jack.until('"/who" is a command, not a name. Type a name, or press Esc.');
    await jack.until(/> Say something/);
    jack.enter("/who");
    await jack.until("1 online: jack");
  });
});

Deno.test("a post that the server refuses is told, and is in the input again", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack");
    // Whoever has left it writes for others, as long as they do not see that they have not.
    jack.type("/leave #lobby\rfor others\r");
    await jack.until(/!! .*lobby/i);
    await jack.untilListening(
      "You are still in #lobby. Stop typing for a second, then press Enter.",
    );
    jack.type("\r");
    await jack.until("!! Not sent:\nfor others");
    jack.enter("before \u2066hidden order\u2069");
    await jack.until(/!! Not sent to #lobby: [^]* It is back in the input\./);
  });
});
