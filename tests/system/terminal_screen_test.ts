/** What a person sees in the terminal interface: first run, colours, links, bells, widths, sizes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { nameColor } from "../../client/tui/terminal/style.ts";
import { withTerminalChat } from "./terminal_chat.ts";
import { TerminalProgram } from "./terminal_program.ts";

/** The rows with something in them, times made the same. */
function rowsOf(program: TerminalProgram): string[] {
  return program.screen().filter((row) => row !== "")
    .map((row) =>
      row.replace(/^\d\d:\d\d/, "hh:mm").replace(/connected, \d+ ms/, "connected, 1 ms")
    );
}

Deno.test("the first run welcomes in three lines; later ones do not", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack");
    await jack.until("> Say something, or /help");
    assertEquals(rowsOf(jack).slice(1), [
      "Your account has been successfully created!",
      "Welcome, jack! Type a message and press Enter: everyone in #lobby sees it.",
      "/help lists all commands; /pm NAME TEXT sends a private message.",
      "/quit or Ctrl-D leaves.",
      "--- #lobby ---",
      " 1 #lobby  | connected, 1 ms",
      "> Say something, or /help",
    ]);
    jack.enter("/quit");
    await jack.exit;
    const again = await sit("jack");
    assertEquals(again.text().includes("Welcome"), false);
  });
});

Deno.test("without CHAT_PASSWORD the interface asks about the server and for the password, and shows neither", async () => {
  await withTerminalChat(async ({ command, folder, env }) => {
    const [file, ...args] = command("jack");
    const without = args.filter((word, index) =>
      word !== "--fingerprint" && args[index - 1] !== "--fingerprint"
    );
    await using jack = new TerminalProgram([file, ...without], {
      env: { ...env, CHAT_PASSWORD: "", HOME: Deno.env.get("HOME") ?? folder },
    });
    await jack.until("Is it the same? (yes/no)");
    jack.enter("maybe");
    await jack.until('Type "yes" or "no".');
    jack.enter("yes");
    await jack.until("Now please create your password!");
    jack.enter("hunter2");
    await jack.until("A password must have at least 8 characters.");
    // Typed ahead, while nothing is asked: it must not be shown either.
    jack.enter("hunter2hunter2");
    jack.enter("hunter2hunter2");
    await jack.until("Welcome, jack!");
    assertEquals(jack.raw.includes("hunter2"), false);
  });
});

Deno.test("own posts, mentions, times and days are told apart; each name has its colour at each depth", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    for (const depth of ["16", "256", "true"] as const) {
      const name = `jack${depth}`;
      const jack = await sit(name, { args: ["--colors", depth, "--notify", "off"] });
      jack.enter("mine");
      await jack.until(`>${name}: mine`);
      await jill.post("#lobby", `${name}'s turn`);
      await jill.post("#lobby", `nobody at ${depth}`);
      await jack.until(`jill: nobody at ${depth}`);
      const rows = rowsOf(jack);
      assertEquals(rows.slice(rows.indexOf(`hh:mm >${name}: mine`)).slice(0, 3), [
        `hh:mm >${name}: mine`,
        `hh:mm !jill: ${name}'s turn`,
        `hh:mm  jill: nobody at ${depth}`,
      ]);
      assertStringIncludes(jack.raw, `\x1b[1;${nameColor("jill", depth)}mjill`);
      assertStringIncludes(jack.raw, `\x1b[1;${nameColor(name, depth)}m${name}`);
      assertEquals(jack.lookOf(`${name}'s`).bold, true);
      assertEquals(jack.lookOf("nobody at").bold, false);
      jack.enter("/quit");
      await jack.exit;
    }
    const plain = await sit("plainjack", { env: { NO_COLOR: "1" } });
    await plain.until("nobody at true");
    // deno-lint-ignore no-control-regex -- it is about escape sequences
    assertEquals(/\x1b\[[\d;]*[349]\d/.test(plain.raw), false);
    assertEquals(plain.lookOf("jill: nobody").bold, true);
  });
});

Deno.test("an address that is longer than the screen is copied whole, and is a link where that is known", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const long = `https://example.org/${"very-long-path/".repeat(12)}end?with=query&more=1`;
    const short = "https://example.org/short-enough-for-one-row-of-the-screen/page.html";
    const jack = await sit("jack", { columns: 79 });
    await jill.post("#lobby", `read ${long} and then some words and ${short}, please`);
    await jack.until("please");
    const copied = jack.copied();
    assert(copied.some((line) => line.includes(long)), copied.join("\n"));
    assert(copied.some((line) => line.includes(short)), copied.join("\n"));
    assertStringIncludes(jack.raw, `\x1b]8;;${short}\x1b\\`);
    jack.enter("/quit");
    await jack.exit;
    const unlinked = await sit("jack", { args: ["--links", "off"] });
    await unlinked.until("please");
    assertEquals(
      unlinked.raw.slice(0, unlinked.raw.indexOf("please")).includes("\x1b]8;;h"),
      false,
    );
  });
});

Deno.test("the bell rings and the desktop is told for a mention, and not for what is for nobody", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", { args: ["--desktop", "osc777"] });
    const rings = () => jack.raw.split("\x07").length - 1;
    await jill.post("#lobby", "not for anyone");
    await jack.until("jill: not for anyone");
    jack.enter("/notify");
    await jack.until("The bell rings for mentions");
    assertEquals(rings(), 0);
    await jill.post("#lobby", "jack: for you; really");
    await jack.until(() => rings() === 1);
    assertStringIncludes(jack.raw, "\x1b]777;notify;jill;jack: for you; really\x1b\\");
  });
});

const corpus: readonly string[] = [
  "plain ascii",
  "éàü ñ",
  "e\u0301a\u0300u\u0308",
  "你好，世界",
  "こんにちは",
  "한국어",
  "👍🏽 ok",
  "👩‍👩‍👧‍👦 family",
  "🇩🇪🇫🇷",
  "☀️ sun",
  "שלום עולם",
  "مرحبا بالعالم",
  "ก็ดี",
  "नमस्ते",
  "x\u0300\u0301\u0302\u0303y",
];

Deno.test("the cursor stands right after what was typed, in every script and on old and new terminals", async () => {
  await withTerminalChat(async ({ sit }) => {
    for (const joinsEmoji of [true, false]) {
      const name = joinsEmoji ? "newjack" : "oldjack";
      const jack = await sit(name, { joinsEmoji });
      for (const text of corpus) {
        jack.type(text);
        await jack.until(() => jack.screen()[jack.cursor.row]?.trimEnd() === `> ${text}`);
        const before = jack.cursor.column;
        // One more character appears exactly where the cursor was.
        jack.type("Z");
        await jack.until(() => jack.cursor.column === before + 1);
        jack.type("\x15");
        await jack.until(() => jack.cursor.column === 2);
      }
    }
  });
});

Deno.test("long words and wide characters wrap within the screen, on a narrow one too", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", { columns: 20, rows: 24 });
    for (const text of corpus) await jill.post("#lobby", `${text} `.repeat(4).trim());
    await jill.post("#lobby", "w".repeat(70));
    await jill.post("#lobby", "the last one");
    await jack.until("last one");
    for (const line of jack.copied()) assert(line.length <= 60 || line.includes("www"), line);
    const words = jack.text().replaceAll(/[ \n]/g, "");
    for (const text of corpus) assertStringIncludes(words, text.replaceAll(" ", ""));
  });
});

Deno.test("on a narrow terminal /help says what a command does below it", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack", { columns: 59, rows: 50 });
    jack.enter("/help");
    await jack.until(
      / {3}\/pm \[name \[text\]\]\n {6}Sends a private message to one user\.\n {3}\/ch \[words\]\n/,
    );
  });
});
