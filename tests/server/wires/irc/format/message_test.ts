import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  escapeTag,
  paramsMax,
  parseMessage,
  unescapeTag,
} from "../../../../../server/wires/irc/format/message.ts";
import { fuzzCount } from "../../../../fixtures/fuzz_count.ts";
import { anyText } from "../../../../fixtures/any_text.ts";

const cases: readonly [
  line: string,
  command: string,
  params: string[],
  tags?: [string, string][],
][] = [
  ["PING", "PING", []],
  ["ping token", "PING", ["token"]],
  ["PRIVMSG #a :hello world", "PRIVMSG", ["#a", "hello world"]],
  ["PRIVMSG #a hello", "PRIVMSG", ["#a", "hello"]],
  ["PRIVMSG #a :", "PRIVMSG", ["#a", ""]],
  ["PRIVMSG #a ::)", "PRIVMSG", ["#a", ":)"]],
  ["PRIVMSG   #a    :two  spaces ", "PRIVMSG", ["#a", "two  spaces "]],
  [":someone!u@h PRIVMSG #a :x", "PRIVMSG", ["#a", "x"]],
  ["  PING x", "PING", ["x"]],
  ["PING x  ", "PING", ["x"]],
  ["", "", []],
  ["   ", "", []],
  [":only", "", []],
  ["@a PING", "PING", [], [["a", ""]]],
  ["@a=;b=c PING", "PING", [], [["a", ""], ["b", "c"]]],
  ["@+x=\\:\\s\\\\\\r\\n PING", "PING", [], [["+x", "; \\\r\n"]]],
  ["@a=1;a=2 PING", "PING", [], [["a", "2"]]],
  ["@;=x; PING", "PING", []],
  ["@only", "", [], [["only", ""]]],
  ["@a=b :src PING x", "PING", ["x"], [["a", "b"]]],
];

for (const [line, command, params, tags = []] of cases) {
  Deno.test(`parseMessage() takes ${JSON.stringify(line)} apart`, () => {
    const message = parseMessage(line);
    assertEquals(message.command, command);
    assertEquals(message.params, params);
    assertEquals([...message.tags], tags);
  });
}

Deno.test("parseMessage() gives the last of many parameters all that is left", () => {
  const words = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const { params } = parseMessage(`CMD ${words.join(" ")}`);
  assertEquals(params.length, paramsMax);
  assertEquals(params.at(-1), words.slice(paramsMax - 1).join(" "));
});

Deno.test("unescapeTag() drops a lone backslash and passes unknown escapes through", () => {
  assertEquals(unescapeTag("a\\"), "a");
  assertEquals(unescapeTag("\\b"), "b");
  assertEquals(unescapeTag("plain"), "plain");
});

Deno.test("escapeTag() and unescapeTag() undo each other", () => {
  fc.assert(fc.property(anyText(), (value) => {
    const escaped = escapeTag(value);
    assert(!/[; \r\n]/.test(escaped));
    assertEquals(unescapeTag(escaped), value);
  }));
});

Deno.test("parseMessage() takes any text without failing, and never finds too much", () => {
  const piece = fc.oneof(
    fc.constantFrom("@", ":", " ", ";", "=", "\\", "+a", "PRIVMSG", "#x", "\0", "\x01", "ä"),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { command, params, tags } = parseMessage(pieces.join(""));
      assert(params.length <= paramsMax);
      assert(!command.includes(" "));
      assert(params.slice(0, -1).every((param) => param !== "" && !/[ ]/.test(param)));
      assert([...tags.keys()].every((key) => key !== ""));
    }),
    { numRuns: fuzzCount(4_000, 20_000) },
  );
});
