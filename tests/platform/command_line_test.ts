import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type CommandLine,
  ExitError,
  exitStatus,
  helpText,
  readArguments,
  readChoice,
  readPort,
} from "../../platform/command_line.ts";

const line: CommandLine = {
  usage: "chat server [PORT]",
  summary: "Starts a server.",
  argumentsMax: 1,
  flags: {
    "host": { value: "ADDR", help: "Where." },
    "log-level": { value: "LEVEL", help: "How much." },
    "check": { help: "Only looks." },
  },
  statuses: { 0: "It went well." },
  notes: ["A note."],
};

function mistake(action: () => unknown): string {
  const error = assertThrows(action, ExitError);
  assertEquals(error.status, exitStatus.usage);
  assert(!error.message.includes("\n"), error.message);
  assertStringIncludes(error.message, '"chat server --help"');
  return error.message;
}

const mistakeIn = (...args: string[]) => mistake(() => readArguments(line, args));

Deno.test("readArguments() reads words, values in both spellings, and switches, in any order", () => {
  for (
    const args of [
      ["41000", "--host", "::1", "--check"],
      ["--check", "--host=::1", "41000"],
      ["--host", "::1", "41000", "--check"],
    ]
  ) {
    const read = readArguments(line, args)!;
    assertEquals(read.positional, ["41000"]);
    assertEquals([read.text("host"), read.text("log-level")], ["::1", undefined]);
    assertEquals([read.has("check"), read.has("host")], [true, false]);
  }
});

Deno.test("readArguments() keeps words as they were typed, also those that look like numbers", () => {
  for (const word of ["007", "1e3", "0x10", "", " a ", "é"]) {
    assertEquals(readArguments(line, [word])!.positional, [word]);
  }
});

Deno.test("readArguments() gives null where help is wanted, whatever else there is", () => {
  for (const args of [["--help"], ["-h"], ["1", "--help"], ["--check", "-h"]]) {
    assertEquals(readArguments(line, args), null);
  }
});

Deno.test("readArguments() refuses what it does not know, and says what", () => {
  assertStringIncludes(mistakeIn("--xyzzy"), '"--xyzzy"');
  assertStringIncludes(mistakeIn("--xyzzy=1"), "--xyzzy");
  assertStringIncludes(mistakeIn("-x"), '"-x"');
  assertStringIncludes(mistakeIn("--Host", "a"), "--Host");
  assertStringIncludes(mistakeIn("-1"), '"-1"');
});

Deno.test("readArguments() refuses a value that is missing, empty or doubled, and a word too many", () => {
  assertStringIncludes(mistakeIn("--host"), "--host needs a value: --host ADDR.");
  assertStringIncludes(mistakeIn("--host="), "--host needs a value");
  assertStringIncludes(mistakeIn("--host", "a", "--host", "b"), "--host is given twice.");
  assertStringIncludes(mistakeIn("1", "2"), '"2" is one argument too many.');
});

Deno.test("what was typed is repeated cut off, and without line breaks or control characters", () => {
  assert(mistakeIn("--" + "x".repeat(5_000)).length < 200);
  assert(mistakeIn("1", "y".repeat(5_000)).length < 200);
  for (const message of [mistakeIn("--a\nb\u001b[2J"), mistakeIn("1", "a\nb\u001b[2J")]) {
    // deno-lint-ignore no-control-regex -- it looks for control characters
    assert(!/[\x00-\x1f]/.test(message), message);
  }
});

Deno.test("readPort() takes a port and nothing else", () => {
  for (
    const [text, port] of [["1", 1], ["41000", 41000], ["65535", 65535], ["0080", 80]] as const
  ) {
    assertEquals(readPort(line, text, 1), port);
  }
  assertEquals(readPort(line, "0", 0), 0);
  for (const text of ["0", "65536", "410002", "999999999"]) {
    const message = mistake(() => readPort(line, text, 1));
    assertStringIncludes(
      message,
      `Port ${text} is out of range: a port is a number from 1 to 65535`,
    );
  }
  for (
    const text of ["", "-1", "1.5", "1e3", "0x50", " 1", "１", "abc", "9999999999", "Infinity"]
  ) {
    assertStringIncludes(mistake(() => readPort(line, text, 1)), "is not a port");
  }
});

Deno.test("readChoice() takes one of its words, letter for letter, and the first where none is given", () => {
  const choose = (text?: string) => readChoice(line, "log-level", text, ["info", "debug"]);
  assertEquals([choose(), choose("info"), choose("debug")], ["info", "info", "debug"]);
  for (const text of ["", "INFO", "toString", "__proto__"]) {
    assertStringIncludes(mistake(() => choose(text)), "--log-level must be one of info, debug");
  }
});

Deno.test("helpText() names every flag, its value, the summary and the notes", () => {
  const text = helpText(line);
  for (
    const part of [
      line.usage,
      line.summary,
      "--host ADDR",
      "--check",
      "--help",
      "A note.",
      "It went well.",
    ]
  ) {
    assertStringIncludes(text, part);
  }
});

Deno.test("helpText() is as wide as it may be, and no wider", () => {
  const wide = { ...line, flags: { host: { value: "ADDR", help: "words ".repeat(40).trim() } } };
  for (const columns of [30, 40, 80, 120]) {
    const widths = helpText(wide, columns).split("\n").map((one) => one.length);
    assert(widths.every((width) => width <= columns), `${columns}: ${Math.max(...widths)}`);
  }
});

Deno.test("an option that is mistyped is answered with the one that was probably meant", () => {
  assertStringIncludes(mistakeIn("--hots", "a"), 'Unknown option "--hots". Did you mean "--host"?');
  assertStringIncludes(mistakeIn("--chek"), 'Unknown option "--chek". Did you mean "--check"?');
  assert(!mistakeIn("--xyzzy").includes("Did you mean"));
});

Deno.test("a switch with a value is a mistake", () => {
  for (const value of ["false", "true", "no", ""]) {
    const message = mistake(() => readArguments(line, [`--check=${value}`]));
    assertStringIncludes(message, "--check takes no value");
  }
  assertEquals(readArguments(line, ["--", "--check=no"])?.positional, ["--check=no"]);
});
