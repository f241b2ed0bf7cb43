import { assertEquals } from "@std/assert";
import { newPageHasher } from "../../../../client/web/files/file_hash.ts";

Deno.test("the page's SHA-256 is that of WebCrypto, however the bytes come", async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 100_000]) {
    const bytes = new Uint8Array(length).map((_, at) => at * 7 + length);
    const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    for (const piece of [1_000_000, 64, 61]) {
      const hasher = newPageHasher();
      for (let at = 0; at < length; at += piece) hasher.update(bytes.subarray(at, at + piece));
      assertEquals(hasher.digest().toHex(), expected.toHex(), `${length} bytes by ${piece}`);
    }
  }
});
