/**
 * The terminal interface in windows that change their size. What is on its way to the terminal when that changes is drawn for the
 * old one: on a machine that is busy with others that is often the case, so this file runs by itself.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { withTerminalChat } from "./terminal_chat.ts";

Deno.test("the interface keeps whole at 80x24, 200x60 and 20x5, and what was printed stays", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack");
    for (let count = 1; count <= 30; count++) await jill.post("#lobby", `line number ${count}`);
    await jack.until("line number 30");
    jack.type("a draft");
    for (const [columns, rows] of [[200, 60], [20, 5], [80, 24], [20, 5], [200, 60]] as const) {
      jack.resize(columns, rows);
      await jack.until(() => {
        const screen = jack.screen();
        return screen[jack.cursor.row] === "> a draft" &&
          (screen[jack.cursor.row - 1] ?? "").includes("1 #lobby");
      });
      assertEquals(jack.cursor.column, "> a draft".length);
    }
    const long = "a draft that is much longer than twenty columns";
    jack.type(long.slice("a draft".length));
    await jack.until(`> ${long}`);
    jack.resize(20, 8);
    await jack.until(() => jack.screen()[jack.cursor.row] === "  wenty columns");
    jack.resize(80, 24);
    await jack.until(() => jack.screen()[jack.cursor.row] === `> ${long}`);
    jack.enter("");
    await jack.until(`>jack: ${long}`);
    const text = jack.copied().join("\n");
    for (let count = 1; count <= 30; count++) {
      assertMatch(text, new RegExp(`line number ${count}\\b`));
    }
    const statuses = jack.everything().filter((row) => row.includes("1 #lobby"));
    assertEquals(statuses.length, 1, statuses.join("\n"));
  });
});
