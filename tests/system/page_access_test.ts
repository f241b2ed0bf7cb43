/**
 * Whom the page shuts out: nobody who uses no mouse or does not see, and everybody who would have it run something.
 */
/// <reference lib="dom" />
import { assertEquals } from "@std/assert";
import { testWanting } from "../needs.ts";
import { violations } from "./page_axe.ts";
import { sayWho } from "./page_people.ts";
import { input, message, type Walk, walks } from "./page_walk.ts";

const test = testWanting("chromium");

/** Drops a file, which is asked about. */
const dropFile = `(() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["x"], "table.png"));
  const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  document.querySelector("main").dispatchEvent(event);
})()`;

async function seeWithAxe({ page, jill, server, gateway, browser }: Walk): Promise<void> {
  await jill.post(
    "#lobby",
    "wendy: see `code`, *bold*, https://a.example\n```\nfenced\n```\n> quoted",
  );
  const sent = await jill.post("#lobby", "another");
  const about = { target: sent.sequence, targetId: "" };
  await jill.annotate("#lobby", { kind: "reaction", ...about, text: "👍" });
  await jill.annotate("#lobby", { kind: "reply", ...about, text: "an answer" });
  await jill.sendPrivate("wendy", "in private");
  await message(page, "an answer").focus();
  await page.keyboard.press("+");
  const states: [name: string, act: () => Promise<unknown>][] = [
    ["lobby", () => page.getByRole("group", { name: "React with" }).waitFor()],
    ["switcher", () => page.keyboard.press("Control+k")],
    ["help", () => page.keyboard.press("Control+/")],
    ["search", () => page.keyboard.press("Control+Shift+F")],
    ["settings", () => page.getByRole("button", { name: "Settings" }).click()],
    ["files", () => page.evaluate(dropFile)],
    [
      "private",
      () => page.getByRole("navigation").getByRole("button", { name: /^jill/ }).click(),
    ],
    [
      "safety",
      () => page.getByRole("button", { name: "Compare safety numbers" }).first().click(),
    ],
  ];
  for (const [name, act] of states) {
    await act();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      assertEquals(await violations(page), [], `${name}, ${colorScheme}`);
    }
    if (name !== "lobby" && name !== "private") await page.keyboard.press("Escape");
  }
  await page.setViewportSize({ width: 320, height: 640 });
  assertEquals(await violations(page), [], "narrow");
  assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(gateway.newAddress());
  await stranger.getByLabel("Your name").waitFor();
  assertEquals(await violations(stranger), [], "who");
  await sayWho(stranger, server, "somebody");
  await stranger.getByLabel("Password", { exact: true }).waitFor();
  assertEquals(await violations(stranger), [], "password");
  await context.close();
}

async function talkByKeys({ page, jill }: Walk): Promise<void> {
  await jill.post("#lobby", "can you hear me?");
  await message(page, "can you hear me?").waitFor();
  await page.keyboard.type("@ji");
  await page.getByRole("option", { name: "jill" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("yes :tad");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await message(page, "jill: yes 🎉").waitFor();
  // Past the button that sends files.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest("article")?.textContent);
  assertEquals((await focused())?.includes("jill: yes"), true, await focused() ?? "nothing");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("+");
  await page.getByRole("button", { name: "thumbs up" }).press("Enter");
  await message(page, "can you hear me?").first().getByRole("button", { name: "👍 1: wendy" })
    .waitFor();
  await message(page, "can you hear me?").first().press("r");
  await page.keyboard.type("loud and clear");
  await page.keyboard.press("Enter");
  await message(page, "loud and clear").getByText("jill: can you hear me?").waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await page.keyboard.press("Enter");
  await message(page, "loud and clear!").waitFor();
  const heading = await page.getByRole("main").getByRole("heading").ariaSnapshot();
  assertEquals(heading, '- heading "#lobby" [level=1]');
  const feed = await page.getByRole("feed").ariaSnapshot();
  assertEquals(/- feed "Messages":\n(.|\n)*- article "jill \d\d:\d\d/.test(feed), true, feed);
}

/** What people write who want a page to run something. */
const hostile = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "javascript:alert(1)",
  "[x](javascript:alert(1))",
  'https://a.example/"onmouseover=alert(1)//',
  "https://a.example/'><script>alert(1)</script>",
  "data:text/html,<script>alert(1)</script>",
  "`<img src=x onerror=alert(1)>`",
  "```\n</code></pre><script>alert(1)</script>\n```",
  "> <iframe srcdoc='<script>alert(1)</script>'>",
  "*<b onclick=alert(1)>*",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)}",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "<!--<script>alert(1)//-->",
  "__proto__ constructor toString",
  "https://a.example/#<img/src/onerror=alert(1)>",
  "<style>*{display:none}</style>",
  "<base href=https://evil.example/>",
  "<form action=https://evil.example><input name=q>",
  "<a href='https://evil.example' target=_top>x</a>",
];

async function writeHostileTexts({ page, jill, people }: Walk): Promise<void> {
  const mallory = await people.come("mallory");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const sent = [];
  for (const text of hostile) sent.push(await mallory.post("#lobby", text));
  for (const text of hostile.slice(0, 8)) {
    const about = { target: sent[0]!.sequence, targetId: "" };
    await mallory.annotate("#lobby", { kind: "reply", ...about, text });
    await mallory.rooms.setTopic("#lobby", text);
  }
  await mallory.annotate("#lobby", {
    kind: "reaction",
    target: sent[1]!.sequence,
    targetId: "",
    text: "<svg/onload=alert(1)>",
  });
  await mallory.sendPrivate("wendy", hostile[1]!);
  await jill.post("#lobby", "the end");
  await message(page, "the end").waitFor();
  for (const text of hostile.slice(0, 4)) await message(page, text).first().waitFor();
  await page.getByRole("navigation").getByRole("button", { name: /mallory.*1 unread/ }).waitFor();
  const made = await page.evaluate(() => {
    const kinds =
      "script, img, iframe, object, embed, base, form form, style, svg svg, [onload], [onerror]";
    return [...document.querySelectorAll(kinds)].map(({ outerHTML }) => outerHTML);
  });
  assertEquals(made, ['<script type="module" src="page.js"></script>']);
  const links = await page.getByRole("feed").getByRole("link")
    .evaluateAll((all) => all.map((one) => new URL((one as HTMLAnchorElement).href).protocol));
  assertEquals(new Set(links), new Set(["https:"]));
  const origin = new URL(page.url()).origin;
  assertEquals(asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:")), []);
  await input(page).focus();
}

test("whom the page is for, and whom it shuts out", async (t) => {
  await walks(async (walking) => {
    await t.step(
      "axe finds nothing in any state of the page, light and dark, wide and narrow",
      () => walking(seeWithAxe),
    );
    await t.step(
      "a whole conversation is held by keys alone, and the page says what it is",
      () => walking(talkByKeys),
    );
    await t.step(
      "whatever peers write, it is shown as it is, and the page runs, loads and follows nothing of it",
      () => walking(writeHostileTexts),
    );
  });
});
