import { assert, assertEquals, assertMatch } from "@std/assert";
import { classicText, historyPrefix, pieces } from "../../../../server/wires/classic/lines.ts";
import type { StoredPost } from "../../../../server/storage/post_storage.ts";
import { randomFrom } from "./fields.ts";

const post: StoredPost = {
  sequence: 1,
  roomId: 1,
  from: "jack",
  to: "#lobby",
  id: "1",
  timeMs: new Date(2024, 0, 2, 3, 4, 5).getTime(),
  kind: "text",
  body: "hello",
};

const bytes = (text: string) => new TextEncoder().encode(text).length;

Deno.test("historyPrefix() writes the classic lines", () => {
  const start = "At 2024-01-02 03:04:05, jack";
  assertEquals(historyPrefix(post, "jack"), `${start} sends everyone a BM message: `);
  assertEquals(
    historyPrefix({ ...post, from: "jill" }, "jack"),
    `${start} receives a BM message from jill: `,
  );
  const whisper = { ...post, roomId: null, to: "jill" };
  assertEquals(historyPrefix(whisper, "jack"), `${start} sends jill a PM message: `);
  assertEquals(
    historyPrefix(whisper, "jill"),
    "At 2024-01-02 03:04:05, jill receives a PM message from jack: ",
  );
});

Deno.test("textOf() gives one line without anything that a terminal obeys", () => {
  const text = classicText({ ...post, body: "one\ntwo\t\u001b[2J\u202e" });
  assertMatch(text, /^one ⏎ two/);
  assert(!/[\p{Cc}\u202e]/u.test(text));
  assertEquals(classicText({ ...post, kind: "action", body: "waves" }), "* jack waves");
});

Deno.test("pieces() leaves a short text whole, an empty one too", () => {
  assertEquals(pieces("", "hello", 5), ["hello"]);
  assertEquals(pieces("a: ", "hello", 8), ["a: hello"]);
  assertEquals(pieces("a: ", "", 8), ["a: "]);
});

Deno.test("pieces() cuts between words, repeats the prefix and loses nothing", () => {
  assertEquals(pieces("> ", "one two three four", 12), ["> one two ", "> three four"]);
});

Deno.test("pieces() cuts a long word, but no character and no letter from its marks", () => {
  assertEquals(pieces("", "abcdefghij", 4), ["abcd", "efgh", "ij"]);
  assertEquals(pieces("", "a bcdefghij", 5), ["a bcd", "efghi", "j"]);
  assertEquals(pieces("", "ééé", 5), ["éé", "é"]);
  assertEquals(pieces("", "😀😀", 7), ["😀", "😀"]);
  assertEquals(pieces("", "abce\u0301\u0302d", 6), ["abc", "e\u0301\u0302d"]);
});

Deno.test("pieces() gets on where a letter has more marks than fit", () => {
  const heap = "a" + "\u0301".repeat(20);
  assertEquals(pieces("", heap, 11).join(""), heap);
});

Deno.test("pieces() fits any text into any length, and loses nothing", () => {
  const { random, seed } = randomFrom();
  const alphabet = ["a", "b", " ", "é", "日", "😀", "\u0301", "\u200d", "\ufffd"];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random(200) }, () => alphabet[random(alphabet.length)])
      .join("");
    const most = 8 + random(60);
    const found = pieces("> ", text, most);
    const message = `seed ${seed}, round ${round}`;
    assertEquals(found.map((piece) => piece.slice(2)).join(""), text, message);
    for (const piece of found) assert(bytes(piece) <= most && piece.isWellFormed(), message);
  }
});
