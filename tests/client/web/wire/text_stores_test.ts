import { assertEquals } from "@std/assert";
import { forgetInBrowser, openStore } from "../../../../client/web/wire/text_stores.ts";

/** What a browser keeps, as long as a test lasts. */
class KeptTexts implements Disposable {
  readonly texts = new Map<string, string>();
  readonly #before = Object.getOwnPropertyDescriptor(globalThis, "localStorage")!;
  constructor() {
    const { texts } = this;
    const value = {
      getItem: (key: string) => texts.get(key) ?? null,
      setItem: (key: string, text: string) => texts.set(key, text),
      removeItem: (key: string) => texts.delete(key),
    };
    Object.defineProperty(globalThis, "localStorage", { value, configurable: true });
  }
  [Symbol.dispose](): void {
    Object.defineProperty(globalThis, "localStorage", this.#before);
  }
}

Deno.test("who signs out of a page of the server leaves nothing of the account in the browser, and nothing else is lost", async () => {
  using kept = new KeptTexts();
  for (const name of ["Jack", "jill"]) {
    for (const kind of ["device", "memory", "read", "page"] as const) {
      await openStore("server", { server: "host:6000", name }, kind).save(name);
    }
  }
  forgetInBrowser({ server: "host:6000", name: "jack" });
  assertEquals([...new Set(kept.texts.values())], ["jill"]);
  assertEquals(kept.texts.size, 4);
  const elsewhere = openStore("server", { server: "other:6000", name: "jill" }, "page");
  assertEquals(await elsewhere.load(), undefined);
});
