import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { editByKey, editKeys, Editor } from "../../../../client/tui/input/editor.ts";

/** A text with `|` where the cursor is. */
function editorWith(marked: string): Editor {
  const editor = new Editor();
  editor.load({ text: marked.replace("|", ""), cursor: marked.indexOf("|") });
  return editor;
}

function shown({ text, cursor }: Editor): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

/** What keys do: before, keys, after. */
const table: readonly [before: string, keys: string, after: string][] = [
  ["one two|", "ctrl-a", "|one two"],
  ["|one two", "ctrl-e", "one two|"],
  ["one\ntwo|", "ctrl-a", "one\n|two"],
  ["o|ne\ntwo", "ctrl-e", "one|\ntwo"],
  ["one\ntwo|", "alt-<", "|one\ntwo"],
  ["|one\ntwo", "alt->", "one\ntwo|"],
  ["one| two", "ctrl-k", "one|"],
  ["one| two", "ctrl-u", "| two"],
  ["one\ntwo| three", "ctrl-u", "| three"],
  ["one two-three|", "ctrl-w", "one |"],
  ["one two-three|", "alt-backspace", "one two-|"],
  ["one |two three", "alt-d", "one | three"],
  ["one two|", "alt-b", "one |two"],
  ["one two|", "alt-b alt-b", "|one two"],
  ["|one two", "alt-f", "one| two"],
  ["|one two", "alt-f alt-f", "one two|"],
  ["one |two", "ctrl-w ctrl-y", "one |two"],
  ["one |two", "ctrl-w ctrl-e ctrl-y", "twoone |"],
  ["one two|", "ctrl-w ctrl-w ctrl-y", "one two|"],
  ["one two|", "ctrl-w ctrl-a ctrl-k ctrl-y alt-y", "two|"],
  ["ab|", "ctrl-t", "ba|"],
  ["a|bc", "ctrl-t", "ba|c"],
  ["|hello you", "alt-u", "HELLO| you"],
  ["|HELLO you", "alt-l", "hello| you"],
  ["|hELLO you", "alt-c", "Hello| you"],
  ["ab|c", "backspace", "a|c"],
  ["ab|c", "delete", "ab|"],
  ["ab|c", "ctrl-d", "ab|"],
  ["ab|c", "left", "a|bc"],
  ["ab|c", "right", "abc|"],
  ["|abc", "left", "|abc"],
  ["abc|", "right", "abc|"],
  ["|", "backspace", "|"],
  ["a👩‍👩‍👧‍👦|b", "backspace", "a|b"],
  ["a👩‍👩‍👧‍👦|b", "left", "a|👩‍👩‍👧‍👦b"],
  ["e\u0301|", "backspace", "|"],
  ["ab|", "alt-enter", "ab\n|"],
  ["a\n|b", "backspace", "a|b"],
  ["one two|", "ctrl-w ctrl-_", "one two|"],
  ["one|", "ctrl-u ctrl-_", "one|"],
  ["|", "ctrl-y", "|"],
  ["|", "ctrl-_", "|"],
];

Deno.test("every key edits as in readline", () => {
  for (const [before, keys, after] of table) {
    const editor = editorWith(before);
    for (const key of keys.split(" ")) assertEquals(editByKey(editor, key), true, key);
    assertEquals(shown(editor), after, `${before} ${keys}`);
  }
});

Deno.test("a key that means nothing changes nothing and says so", () => {
  const editor = editorWith("ab|");
  assertEquals(editByKey(editor, "f1"), false);
  assertEquals(shown(editor), "ab|");
});

Deno.test("undo takes typing back word by word, then everything before", () => {
  const editor = new Editor();
  for (const letter of "one two") editor.insert(letter);
  editor.undo();
  assertEquals(editor.text, "one");
  editor.undo();
  assertEquals(editor.text, "");
  editor.undo();
  assertEquals(editor.text, "");
});

Deno.test("the cursor goes up and down between lines and never stops within a character", () => {
  const editor = editorWith("ab👩‍👩‍👧‍👦cd\nabcd|e");
  editor.move("line-up");
  assertEquals(shown(editor), "ab|👩‍👩‍👧‍👦cd\nabcde");
  editor.move("line-down");
  assertEquals(shown(editor), "ab👩‍👩‍👧‍👦cd\nab|cde");
  editor.move("line-down");
  assertEquals(shown(editor), "ab👩‍👩‍👧‍👦cd\nab|cde");
});

Deno.test("whatever keys come, the cursor stays in the text and everything can be undone", () => {
  const keys = Object.keys(editKeys);
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom(...keys) }),
    fc.record({ text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const editor = new Editor();
      for (const one of steps) {
        if ("key" in one) editByKey(editor, one.key);
        else editor.insert(one.text);
        assertEquals(editor.cursor >= 0 && editor.cursor <= editor.text.length, true);
      }
      for (let count = 0; count < 200; count++) editor.undo();
      assertEquals(editor.text, "");
    }),
    { numRuns: 300 },
  );
});
