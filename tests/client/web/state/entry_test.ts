import { assertEquals } from "@std/assert";
import { PageEntry } from "../../../../client/web/state/entry.ts";
import type { PageSettings } from "../../../../client/web/wire/page_settings.ts";

Deno.test("half a name that was typed before the program of the page came is not taken for the whole one", async () => {
  const server = "chat.example:41000";
  const settings: PageSettings = { way: "server", server, name: null, known: [] };
  const entry = new PageEntry(settings, () => Promise.resolve());
  entry.name.value = "jil";
  await entry.start();
  assertEquals(entry.step.value, { kind: "who" });
  assertEquals(entry.problem.value, "");
});
