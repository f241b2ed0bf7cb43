import { assertEquals, assertStringIncludes } from "@std/assert";
import { commandRefusal } from "../../../../client/web/text/typed_commands.ts";

Deno.test("what may have been meant as a command of the terminal is refused, with what to do", () => {
  for (const typed of ["/pm jill just for you", "/PM jill\nboth lines", "/quit", "/nonsense"]) {
    const command = typed.split(/\s/u)[0];
    assertStringIncludes(commandRefusal(typed)!, `No ${command} here: `);
  }
});

Deno.test("paths, and a command with a space in front, are messages", () => {
  for (
    const typed of ["/etc/hosts says so", " /pm jill is how one writes to jill", "and/or", "//"]
  ) {
    assertEquals(commandRefusal(typed), null);
  }
});

Deno.test("what is refused says how the page does that", () => {
  for (
    const [typed, way] of [
      ["/pm jill hello", "use + next to People"],
      ["/JOIN pond", "use + next to Rooms"],
      ["/search roses", "use Search above"],
      ["/help", "open Settings"],
      ["/send report.pdf", "use the clip"],
      ["/edit roses", "tap the message"],
      ["/nonsense", "commands are for the terminal"],
    ] as const
  ) {
    assertStringIncludes(commandRefusal(typed)!, `here: ${way}`);
  }
});
