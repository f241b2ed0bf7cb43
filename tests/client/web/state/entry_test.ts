import { assertEquals, assertRejects } from "@std/assert";
import { PageEntry } from "../../../../client/web/state/entry.ts";
import type { PageSettings } from "../../../../client/web/wire/page_settings.ts";

const server = "chat.example:41000";
const settings: PageSettings = { way: "server", server, name: null, known: [] };

Deno.test("half a name that was typed before the program of the page came is not taken for the whole one", async () => {
  const entry = new PageEntry(settings, () => Promise.resolve());
  entry.name.value = "jil";
  await entry.start();
  assertEquals(entry.step.value, { kind: "who" });
  assertEquals(entry.problem.value, "");
});

Deno.test("what is typed in a tab that knows who was there counts, and is not taken before it is whole", async () => {
  sessionStorage.setItem("name", "jack");
  try {
    const entry = new PageEntry(settings, () => Promise.resolve());
    assertEquals(entry.name.value, "jack");
    entry.name.value = "jil";
    await entry.start();
    assertEquals(entry.step.value, { kind: "who" });
    assertEquals(entry.name.value, "jil");
  } finally {
    sessionStorage.clear();
  }
});

Deno.test("a tab that knows who was there looks them up, and says what is wrong if it cannot", async () => {
  sessionStorage.setItem("server", server);
  sessionStorage.setItem("name", "jack");
  try {
    const entry = new PageEntry(
      { way: "program", server: null, name: null, known: [] },
      () => Promise.resolve(),
    );
    assertEquals([entry.server.value, entry.name.value], [server, "jack"]);
    const began = entry.start();
    assertEquals(entry.step.value, { kind: "busy", what: "Connecting" });
    await assertRejects(() => began);
  } finally {
    sessionStorage.clear();
  }
});
