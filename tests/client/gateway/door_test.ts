import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Door, type Entry } from "../../../client/gateway/door.ts";

function entered(entry: Entry): Extract<Entry, { type: "enters" }> {
  assertEquals(entry.type, "enters");
  return entry as Extract<Entry, { type: "enters" }>;
}

/** What a browser sends of cookies that it was given, for a path. */
function sentFor(path: string, cookies: readonly string[]): string {
  return cookies.flatMap((cookie) => {
    const [value = "", ...attributes] = cookie.split("; ");
    const of = attributes.find((one) => one.startsWith("Path="))!.slice("Path=".length);
    return path.startsWith(of) ? [value] : [];
  }).join("; ");
}

Deno.test("an address lets in, and what it gives is for the page's own folder and for no script", () => {
  const door = new Door();
  const { path, cookies } = entered(door.enter(door.newEntry(), undefined));
  assertEquals(path, door.folder);
  for (const cookie of cookies) {
    assert(/; Path=\/[\w-]+(\/|\/[\w-]+); HttpOnly; SameSite=Strict$/.test(cookie), cookie);
  }
  const sent = sentFor(`${path}page.js`, cookies);
  assertEquals(door.pathInside(`${path}page.js`, sent), "page.js");
  assertEquals(door.pathInside(path, `other=1; ${sent}`), "");
});

Deno.test("neither the folder nor the cookie lets in alone, nor another path or value", () => {
  const door = new Door();
  const { path, cookies } = entered(door.enter(door.newEntry(), undefined));
  const sent = sentFor(path, cookies);
  assertEquals(door.pathInside(path, undefined), null);
  assertEquals(door.pathInside(path, `${sent}x`), null);
  assertEquals(door.pathInside(path, sent.slice(0, -1)), null);
  assertEquals(door.pathInside("/", sent), null);
  assertEquals(door.pathInside(path.slice(0, -2), sent), null);
});

Deno.test("no cookie of the page is sent to another path, where a server of someone else could listen", () => {
  const door = new Door();
  const { cookies } = entered(door.enter(door.newEntry(), undefined));
  assertEquals(sentFor("/", cookies), "");
  assertEquals(sentFor("/index.html", cookies), "");
});

Deno.test("the browser that has used an address may use it again", () => {
  const door = new Door();
  const entry = door.newEntry();
  const { cookies } = entered(door.enter(entry, undefined));
  entered(door.enter(entry, sentFor(entry, cookies)));
});

Deno.test("an address that someone else uses again shuts both out", () => {
  const door = new Door();
  const entry = door.newEntry();
  const unused = door.newEntry();
  const { path, cookies } = entered(door.enter(entry, undefined));
  assertEquals(door.enter(entry, undefined).type, "stolen");
  assertEquals(door.pathInside(path, sentFor(path, cookies)), null);
  assertNotEquals(door.folder, path);
  assertEquals(door.enter(entry, sentFor(entry, cookies)).type, "unknown");
  assertEquals(door.enter(unused, undefined).type, "unknown");
  entered(door.enter(door.newEntry(), undefined));
});

Deno.test("a path that was never printed lets nobody in, and shuts nobody out", () => {
  const door = new Door();
  const { path, cookies } = entered(door.enter(door.newEntry(), undefined));
  for (const guess of ["/enter/", "/enter/x", `/enter/${"A".repeat(32)}`]) {
    assertEquals(door.enter(guess, undefined).type, "unknown");
  }
  assertEquals(door.pathInside(path, sentFor(path, cookies)), "");
});

Deno.test("of many addresses that nobody uses the oldest are forgotten", () => {
  const door = new Door();
  const [oldest, ...others] = Array.from({ length: 9 }, () => door.newEntry());
  assertEquals(door.enter(oldest!, undefined).type, "unknown");
  entered(door.enter(others[0]!, undefined));
});
