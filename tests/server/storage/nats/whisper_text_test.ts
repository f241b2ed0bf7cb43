import { assertEquals } from "@std/assert";
import { encodeWhisper, readWhisper } from "../../../../server/storage/nats/whisper_text.ts";

const read = (text: string) => readWhisper(new TextEncoder().encode(text));

Deno.test("what is counted is read back as it was told, and never without an end", () => {
  const whisper = { type: "spent", run: "r", spent: [["posts", "ann", "site", 1.5]] } as const;
  const encoded = encodeWhisper("s", whisper as never);
  assertEquals(read(encoded), { sender: "s", whisper } as never);
  assertEquals(read(encoded.replace("1.5", "1e999")), null);
  assertEquals(read(encoded.replace("1.5", "-1e999")), null);
});

Deno.test("a draft comes as it was told", () => {
  const whisper = { type: "draft", run: "r", session: 7, nameKey: "jack", sealed: "AAAA" } as const;
  assertEquals(read(encodeWhisper("s", whisper)), { sender: "s", whisper });
});

Deno.test("what is no whisper is passed over", () => {
  for (
    const text of ["", "null", "[]", '{"sender":"s"}', '{"sender":"s","whisper":{"type":"wish"}}']
  ) {
    assertEquals(read(text), null);
  }
});
