import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { KeyReader, type TerminalEvent } from "../../../../client/tui/terminal/keys.ts";

const encoder = new TextEncoder();

function eventsOf(...chunks: string[]): TerminalEvent[] {
  const events: TerminalEvent[] = [];
  const reader = new KeyReader((event) => events.push(event));
  for (const chunk of chunks) reader.read(encoder.encode(chunk));
  reader.timeOut();
  return events;
}

function namesOf(...chunks: string[]): string[] {
  return eventsOf(...chunks).map((event) =>
    event.type === "key"
      ? event.name
      : event.type === "cursor"
      ? `cursor(${event.column})`
      : `${event.type}(${event.text})`
  );
}

const keys: readonly [bytes: string, name: string][] = [
  ["\x01", "ctrl-a"],
  ["\x05", "ctrl-e"],
  ["\x0b", "ctrl-k"],
  ["\x15", "ctrl-u"],
  ["\x17", "ctrl-w"],
  ["\x19", "ctrl-y"],
  ["\x12", "ctrl-r"],
  ["\x1a", "ctrl-z"],
  ["\x1f", "ctrl-_"],
  ["\x00", "ctrl-space"],
  ["\t", "tab"],
  ["\x1b[Z", "shift-tab"],
  ["\r", "enter"],
  ["\n", "enter"],
  ["\x7f", "backspace"],
  ["\x08", "ctrl-h"],
  ["\x1bb", "alt-b"],
  ["\x1bf", "alt-f"],
  ["\x1bd", "alt-d"],
  ["\x1ba", "alt-a"],
  ["\x1b1", "alt-1"],
  ["\x1b9", "alt-9"],
  ["\x1b\r", "alt-enter"],
  ["\x1b\x7f", "alt-backspace"],
  ["\x1b[13;3u", "alt-enter"],
  ["\x1b[13;2u", "shift-enter"],
  ["\x1b[27;5;13~", "ctrl-enter"],
  ["\x1b[97;5u", "ctrl-a"],
  ["\x1b[A", "up"],
  ["\x1bOA", "up"],
  ["\x1b[B", "down"],
  ["\x1b[C", "right"],
  ["\x1b[D", "left"],
  ["\x1b[H", "home"],
  ["\x1b[1~", "home"],
  ["\x1b[7~", "home"],
  ["\x1b[F", "end"],
  ["\x1b[4~", "end"],
  ["\x1bOF", "end"],
  ["\x1b[3~", "delete"],
  ["\x1b[5~", "page-up"],
  ["\x1b[1;5C", "ctrl-right"],
  ["\x1b[1;3D", "alt-left"],
  ["\x1b\x1b[D", "alt-left"],
  ["\x1b", "escape"],
  ["\x1bé", "alt-é"],
];

Deno.test("KeyReader knows the keys of xterm and its relatives, whole and split at every byte", () => {
  for (const [bytes, name] of keys) {
    assertEquals(namesOf(bytes), [name], JSON.stringify(bytes));
    assertEquals(namesOf(...bytes), [name], `split: ${JSON.stringify(bytes)}`);
    assertEquals(namesOf(`a${bytes}`), ["text(a)", name], `after text: ${JSON.stringify(bytes)}`);
  }
});

Deno.test("KeyReader gives text as it is, also where a character is split between two reads", () => {
  assertEquals(namesOf("héllo 你好"), ["text(héllo 你好)"]);
  const events: TerminalEvent[] = [];
  const reader = new KeyReader((event) => events.push(event));
  const bytes = encoder.encode("你");
  reader.read(bytes.subarray(0, 1));
  reader.read(bytes.subarray(1));
  assertEquals(events, [{ type: "text", text: "你" }]);
});

Deno.test("KeyReader gives a bracketed paste as one event with line feeds, however it is split", () => {
  const paste = "\x1b[200~one\rtwo\r\nthree\x1b[201~";
  const expected: TerminalEvent[] = [
    { type: "text", text: "a" },
    { type: "paste", text: "one\ntwo\nthree" },
    { type: "text", text: "b" },
  ];
  assertEquals(eventsOf(`a${paste}b`), expected);
  for (let at = 1; at < paste.length; at++) {
    assertEquals(
      eventsOf("a", paste.slice(0, at), paste.slice(at), "b"),
      expected,
      `split at ${at}`,
    );
  }
});

Deno.test("KeyReader takes escape sequences in a paste for text, not for keys", () => {
  assertEquals(eventsOf("\x1b[200~x\x1b[A\x03\x1b[201~"), [{ type: "paste", text: "x\x1b[A\x03" }]);
});

Deno.test("KeyReader takes several lines in one read for a paste, where the terminal does not mark pastes", () => {
  assertEquals(eventsOf("1\r2x\r3x\r4x\r5x\r6x"), [
    { type: "paste", text: "1\n2x\n3x\n4x\n5x\n6x" },
  ]);
  assertEquals(namesOf("one\rtwo\r"), ["text(one)", "enter", "text(two)", "enter"]);
});

Deno.test("KeyReader tells where the terminal says that its cursor is", () => {
  assertEquals(namesOf("\x1b[12;40R"), ["cursor(40)"]);
  assertEquals(namesOf("\x1b[12R"), []);
});

Deno.test("KeyReader drops sequences that it does not know, and answers of the terminal", () => {
  for (
    const sequence of [
      "\x1b[?1;2c",
      "\x1b[<0;10;10M",
      "\x1b]11;rgb:0000/0000/0000\x1b\\",
      "\x1b]11;rgb:0000/0000/0000\x07",
      "\x1bP1$r0m\x1b\\",
      "\x1b[I",
      "\x1b[99~",
      "\x9b",
    ]
  ) {
    assertEquals(namesOf(sequence, "x").at(-1), "text(x)", JSON.stringify(sequence));
    assertEquals(namesOf(sequence).filter((name) => name.startsWith("text")), []);
  }
});

Deno.test("KeyReader does not wait for ever for the end of a sequence", () => {
  assertEquals(namesOf("\x1b]" + "x".repeat(300), "y").at(-1), "text(y)");
  assertEquals(namesOf("\x1b[" + "1".repeat(300), "m", "y").at(-1), "text(y)");
});

Deno.test("KeyReader throws nothing on random bytes, and gives no control characters as text", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const reader = new KeyReader((event) => {
        // deno-lint-ignore no-control-regex -- it looks for control characters
        if (event.type === "text") assertEquals(/[\x00-\x1f\x7f-\x9f]/.test(event.text), false);
      });
      for (const chunk of chunks) reader.read(chunk);
      reader.timeOut();
    }),
    { numRuns: 500 },
  );
});
