/**
 * Makes the pictures of docs/captures from real sessions: `deno run -A tools/capture.ts`.
 *
 * @module
 */
import { join } from "node:path";
import { CuttableLink } from "../tests/system/cuttable_link.ts";
import { type TerminalChat, withTerminalChat } from "../tests/system/terminal_chat.ts";
import type { TerminalProgram } from "../tests/system/terminal_program.ts";
import { newPostId } from "../protocol/wire/post_id.ts";
import { screenSvg } from "./screen_svg.ts";

const folder = new URL("../docs/captures", import.meta.url).pathname;
const colors = ["--colors", "256", "--notify", "off"];
const small = { columns: 80, rows: 14, args: colors };

/** Keeps the screen as a picture and as text. */
async function keep(name: string, program: TerminalProgram): Promise<void> {
  const text = program.screen().join("\n").trimEnd() + "\n";
  await Deno.writeTextFile(join(folder, `${name}.txt`), text);
  await Deno.writeTextFile(join(folder, `${name}.svg`), screenSvg(program.runs(), program.cursor));
}

/** What each picture shows. */
const captures: Readonly<Record<string, (chat: TerminalChat) => Promise<void>>> = {
  "1-first-run": async ({ sit }) => {
    const jack = await sit("jack", small);
    jack.type("hello, everybody");
    await jack.until("> hello, everybody");
    await keep("1-first-run", jack);
  },
  "2-lobby": async ({ sit, people }) => {
    const jill = await people.come("jill");
    const alan = await people.come("alan");
    const li = await people.come("小明");
    await alan.rooms.setTopic("#lobby", "the whole lab");
    await jill.post("#lobby", "good morning! the slides are at https://example.org/slides");
    const jack = await sit("jack", small);
    await jack.until("jill: good morning");
    await alan.post("#lobby", "thanks, jill. who has the key of the server room?");
    await li.post("#lobby", "早上好 👋");
    jack.enter("alan: I have it");
    await jack.until(">jack: alan: I have it");
    await alan.post(
      "#lobby",
      "jack's the one! see you in five minutes then, I will bring the new disks and coffee",
    );
    await jill.sendPrivate("jack", "psst");
    await jack.until("2 jill: 1!");
    await keep("2-lobby", jack);
  },
  "3-rooms": async ({ sit, people }) => {
    const jill = await people.come("jill");
    for (const room of ["#dev", "#ops"]) await jill.rooms.join(room);
    await jill.post("#dev", "the build is green again");
    const jack = await sit("jack", small);
    jack.enter("/join dev");
    await jack.until(/2 #dev {2}\|/);
    jack.enter("/join ops");
    await jack.until(/3 #ops {2}\|/);
    await jill.post("#dev", "I have cut the release");
    await jill.post("#dev", "jack: would you sign it?");
    await jill.post("#lobby", "lunch!");
    await jack.until("1 #lobby: 1");
    jack.type("\x1b2");
    await jack.until("would you sign it?");
    await jack.until(/\| 1 #lobby: 1/);
    await keep("3-rooms", jack);
  },
  "4-private": async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", small);
    jack.enter("/pm jill");
    await jack.until("2 jill");
    await jack.until("| end-to-end encrypted");
    jack.enter("/verify");
    await jack.untilListening("Have you compared it with jill?");
    jack.type("y");
    await jack.until("encrypted, verified");
    jack.enter("only you can read this");
    await jack.until(">jack: only you");
    await jill.sendPrivate("jack", "and only you the answer");
    await jack.until("jill: and only you");
    await keep("4-private", jack);
  },
  "5-help": async ({ sit }) => {
    const jack = await sit("jack", { columns: 80, rows: 26, args: colors });
    jack.enter("/help");
    await jack.until("Tab completes, Alt-Enter");
    jack.enter("/hlep");
    await jack.until("Did you mean /help?");
    await keep("5-help", jack);
  },
  "6-lost-connection": async ({ server, sit, people }) => {
    const jill = await people.come("jill");
    await using link = new CuttableLink(server.port);
    const jack = await sit("jack", { ...small, port: link.port });
    await jill.post("#lobby", "are you there?");
    await jack.until("jill: are you there?");
    link.cut();
    await jack.until("connection lost");
    jack.enter("yes, but somebody stepped on the cable");
    await jack.until("waiting for the connection");
    await keep("6-lost-connection", jack);
  },
  "7-earlier-messages": async ({ sit, people }) => {
    const jill = await people.come("jill");
    const alan = await people.come("alan");
    const jack = await sit("jack", { ...small, rows: 20 });
    await jill.post("#lobby", "roses or tulips for the garden, jack?");
    await jack.until("roses or tulips");
    jack.enter("/reply tulps");
    await jack.until("╭ jill: roses or tulips");
    jack.enter("/edit tulips, please");
    await jack.until("↳ jack edited: tulips, please");
    jack.enter("/react jill :rose:");
    await jack.until("↳ jack: 🌹");
    const id = newPostId(Date.now());
    const { sequence } = await alan.post("#lobby", "I would take both", id);
    const both = { target: sequence, targetId: id };
    await jill.annotate("#lobby", { kind: "reaction", ...both, text: "👍" });
    await jill.annotate("#lobby", { kind: "reaction", ...both, text: "🌷" });
    await alan.annotate("#lobby", { kind: "reaction", ...both, text: "👍" });
    await jack.until("↳ jill, alan: 👍");
    jack.enter("/ch #lobby");
    await jack.until("End of history");
    await keep("7-earlier-messages", jack);
  },
  "8-code-and-search": async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", { ...small, rows: 22 });
    await jill.post(
      "#lobby",
      [
        "how do I wait for *all* of them, jack? I have `await` in the loop:",
        "```ts",
        "for (const rose of roses) {",
        "  await water(rose);",
        "}",
        "```",
      ].join("\n"),
    );
    await jack.until("└──");
    jack.enter("jill: `await Promise.all(roses.map(water))` :tada\t");
    await jack.until("🎉");
    await jill.sendPrivate("jack", "thanks! the roses are watered");
    await jack.until("2 jill: 1!");
    jack.enter("/search roses");
    await jack.until("Searched:");
    await keep("8-code-and-search", jack);
  },
};

await Deno.mkdir(folder, { recursive: true });
for (const capture of Object.values(captures)) await withTerminalChat(capture);
