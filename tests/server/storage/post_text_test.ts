import { assertEquals } from "@std/assert";
import { decodeCommand } from "../../../server/storage/command_text.ts";
import { plainPostOf } from "../../../server/storage/post_text.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";

const post = {
  type: "post",
  version: 1,
  destination: { roomId: 1 },
  from: "ann",
  to: "#lobby",
  id: "one",
  timeMs: 1,
  kind: "text",
  body: "",
};

Deno.test("a post is read with what a post has, and with nothing else", () => {
  const between = { ...post, destination: { between: ["ann", "bob"] }, kind: "sealed" };
  for (const one of [post, between]) {
    assertEquals<unknown>(plainPostOf(one), one);
    const more = { ...one, colour: "red", destination: { ...one.destination, shape: "round" } };
    assertEquals<unknown>(plainPostOf(more), one);
  }
});

Deno.test("what is no post of the first version, or has a field that is not as it must be, is none", () => {
  const other: { readonly [field: string]: readonly unknown[] } = {
    type: ["annotation", undefined],
    version: [2, "1", undefined],
    destination: [
      ...[null, undefined, {}, { roomId: -1 }, { roomId: 0.5 }, { roomId: "1" }],
      ...[{ between: ["ann"] }, { between: ["ann", 1] }],
    ],
    from: [null, 1, undefined],
    to: [null, 1, undefined],
    id: ["", null, undefined],
    timeMs: [0.5, "1", 2 ** 60, NaN, undefined],
    kind: ["file", "toString", "edit", null, undefined],
    body: [null, 1, undefined],
  };
  for (const value of [null, undefined, 1, "post", []]) assertEquals(plainPostOf(value), null);
  for (const [field, values] of Object.entries(other)) {
    for (const value of values) {
      const broken = { ...post, [field]: value };
      assertEquals(plainPostOf(broken), null, JSON.stringify(broken));
      const encoded = new TextEncoder().encode(JSON.stringify(broken));
      let isRefused = false;
      try {
        isRefused = decodeCommand(encoded).type !== "post";
      } catch (error) {
        isRefused = error instanceof StorageError;
      }
      // What is no plain post is judged by the general means, which know the others.
      assertEquals(isRefused, true, JSON.stringify(broken));
    }
  }
});
