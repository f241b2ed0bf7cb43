/** Code, bold, links and emoji on a real terminal. */
import { assertEquals } from "@std/assert";
import { withTerminalChat } from "./terminal_chat.ts";

const code = [
  "if (roses) {",
  "\x20 water(every, morning, with, a, very, long, line, that, no, terminal, is, wide, enough, for);",
  "",
  "}",
];

Deno.test("code between fences is shown as it was typed, and copied so", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", { columns: 60 });
    await jill.post("#lobby", ["look:", "```ts", ...code, "```", "well?"].join("\n"));
    await jack.until("well?");
    const copied = jack.copied();
    const first = copied.findIndex((line) => line.includes("┌── code ts"));
    assertEquals(copied.slice(first + 1, first + 1 + code.length), code);
    assertEquals(jack.lookOf("┌── code ts").dim, true);
    assertEquals(jack.lookOf("└──").dim, true);
  });
});

Deno.test("code stands on a shade from side to side, and a line of it that looks like a message has a bar", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", { columns: 60, args: ["--colors", "256"] });
    const forged = ["└──", "12:34  jack: I agree"];
    await jill.post("#lobby", ["look:", "```", ...code, ...forged, "```", "well?"].join("\n"));
    await jack.until("well?");
    const copied = jack.copied();
    const first = copied.findIndex((line) => line.includes("┌── code"));
    const shown = [...code, ...forged.map((line) => `│ ${line}`)];
    assertEquals(copied.slice(first + 1, first + 1 + shown.length), shown);
    const shaded = jack.runs().filter((runs) => runs.some(({ ground }) => ground !== null));
    // The long line takes two rows.
    assertEquals(shaded.length, shown.length + 1);
    for (const runs of shaded) assertEquals(runs.every(({ ground }) => ground === 237), true);
  });
});

Deno.test("code, bold and addresses are marked within a line, and the line stays as it was typed", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack", { args: ["--colors", "256"] });
    const text = "run `deno task ok`, *not* bare: https://example.org/a_*b*c";
    await jill.post("#lobby", text);
    await jack.until(text);
    assertEquals(jack.lookOf("deno task ok").color, 5);
    assertEquals(jack.lookOf("not* bare").bold, true);
    await jack.until(() => jack.raw.includes("\x1b]8;;https://example.org/a_*b*c\x1b\\"));
  });
});

Deno.test("Tab makes an emoji of its name, again the next one, and an action says what one does", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    await people.come("jill");
    const jack = await sit("jack");
    jack.type("fine :thumbs\t");
    await jack.until("> fine 👎");
    jack.type("\t");
    await jack.until("> fine 👍");
    jack.type("\r");
    await jack.until(">jack: fine 👍");
    jack.enter("/me waves");
    await jack.until(">* jack waves");
  });
});
