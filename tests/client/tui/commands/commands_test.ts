import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  classify,
  commands,
  commandWords,
  helpOnMore,
  wordsAfter,
} from "../../../../client/tui/commands/commands.ts";
import { ruleNames } from "../../../../client/talk/rules_text.ts";
import { nearest } from "../../../../platform/nearest.ts";

const names = Object.keys(commands);

Deno.test("there is every command that people were promised", () => {
  const promised =
    "help who rooms join leave topic search verify trust passwd sessions end mute notify time clear quit " +
    "bm pm ch ex";
  assertEquals(promised.split(" ").filter((name) => !names.includes(name)), []);
});

Deno.test("every command is found with and without words, in any letter case", () => {
  for (const name of names) {
    for (const typed of [`/${name}`, `/${name.toUpperCase()}`]) {
      const found = classify(`${typed} some words`);
      assertEquals(found, { type: "command", command: commands[name]!, rest: "some words" });
      assertEquals(classify(typed), { type: "command", command: commands[name]!, rest: "" });
    }
  }
});

Deno.test("BM, PM, CH and EX typed alone are commands, in a sentence they are not", () => {
  for (const word of ["BM", "PM", "CH", "EX"]) {
    const command = commands[word.toLowerCase()]!;
    assertEquals(classify(word), { type: "command", command, rest: "" });
    assertEquals(classify(` ${word} `), { type: "command", command, rest: "" });
    assertEquals(classify(`${word} is a word`), { type: "post" });
  }
  assertEquals(classify("ex"), { type: "post" });
});

Deno.test("VERIFY and TRUST with one name, as warnings name them, are commands", () => {
  assertEquals(classify("VERIFY jill"), {
    type: "command",
    command: commands["verify"]!,
    rest: "jill",
  });
  assertEquals(classify("TRUST jill"), {
    type: "command",
    command: commands["trust"]!,
    rest: "jill",
  });
  assertEquals(classify("PASSWD"), { type: "command", command: commands["passwd"]!, rest: "" });
  assertEquals(classify("TRUST me on that"), { type: "post" });
});

Deno.test("what may have been meant as a command is never simply posted", () => {
  for (
    const text of [" /quit", "\t/quit", "//x", "// comment", "/", "/ quit", "  /usr/bin", "\n/x"]
  ) {
    assertEquals(classify(text), { type: "doubtful" }, JSON.stringify(text));
  }
  for (const text of ["/usr/bin", "/hlep", "/constructor", "/__proto__", "/x\ny"]) {
    assertEquals(classify(text).type, "unknown", JSON.stringify(text));
  }
});

Deno.test("an unknown command names the one that was probably meant, and shows nothing raw", () => {
  const message = (text: string) => {
    const typed = classify(text);
    return typed.type === "unknown" ? typed.message : "";
  };
  assertStringIncludes(message("/hlep"), "Did you mean /help?");
  assertStringIncludes(message("/sea cat"), "Did you mean /search?");
  assertStringIncludes(message("/xyzzy"), "/help lists all commands.");
  assertEquals(message("/\x1b[31m").includes("\x1b"), false);
});

Deno.test("nearest() finds swapped, missing, doubled and wrong letters, and nothing far away", () => {
  assertEquals(nearest("ehlp", names), "help");
  assertEquals(nearest("jion", names), "join");
  assertEquals(nearest("verfy", names), "verify");
  assertEquals(nearest("qquit", names), "quit");
  assertEquals(nearest("TOPIK", names), "topic");
  assertEquals(nearest("verif", names), "verify");
  assertEquals(nearest("banana", names), undefined);
  assertEquals(nearest("", names), undefined);
  assertEquals(nearest("x".repeat(10_000), names), undefined);
});

Deno.test("the list of all commands fits a screen of 80x24, with the status line and the input", () => {
  const usages = names.map((name) => `/${name} ${commands[name]!.parameters}`.trim().length);
  for (const name of names) {
    const width = 3 + Math.max(...usages) + 2 + commands[name]!.help.length;
    assertEquals(width <= 80, true, `${name}: ${width}`);
  }
  const listed = names.filter((name) => commands[name]!.unlisted !== true);
  assertEquals(listed.length + 2 + 2 <= 24, true);
});

Deno.test("what the list of commands leaves out is named below it, or by the help of another command", () => {
  assertEquals(`-- ${helpOnMore}`.length <= 80, true);
  const texts = Object.values(commands).map(({ help, details = "" }) => `${help} ${details}`);
  const named = [helpOnMore, ...texts].join(" ").match(/\/[a-z]+/g)!.map((word) => word.slice(1));
  const left = names.filter((name) => commands[name]!.unlisted === true && !named.includes(name));
  // /quit is listed, which does the same.
  assertEquals(left, ["ex"]);
});

Deno.test("every command completes, and what is completed after it exists", () => {
  assertEquals(commandWords, names.map((name) => `/${name}`));
  assertEquals(wordsAfter("notify"), ["off", "mention", "all"]);
  assertEquals(wordsAfter("pm"), "user");
  assertEquals(wordsAfter("constructor"), null);
});

Deno.test("commands that rule a room complete a user or a rule, and the help of one names the others", () => {
  for (
    const name of [
      "owner",
      "disown",
      "op",
      "deop",
      "voice",
      "devoice",
      "kick",
      "ban",
      "unban",
      "invite",
    ]
  ) {
    assertEquals([wordsAfter(name), commands[name]!.unlisted], ["user", true]);
    if (["owner", "op", "voice", "kick", "ban", "invite"].includes(name)) {
      assertStringIncludes(commands["rules"]!.details!, `/${name}`);
    }
  }
  assertEquals(wordsAfter("rules"), ruleNames);
  assertEquals(wordsAfter("rules", ["#dev"]), ruleNames);
  assertEquals(wordsAfter("rules", ["speak"]), ["everyone", "voiced"]);
  assertEquals(wordsAfter("rules", ["#dev", "speak"]), ["everyone", "voiced"]);
  for (const typed of [["key"], ["toString"], ["speak", "voiced"]]) {
    assertEquals(wordsAfter("rules", typed), null);
  }
  assertEquals(wordsAfter("kick", ["jill"]), null);
  assertStringIncludes(commands["op"]!.help, "/deop ends that");
});

Deno.test("the words of other chats for a command do the same, and complete the same", () => {
  const table: Record<string, string> = {
    pm: "msg m w dm query tell",
    who: "names",
    rooms: "list",
    leave: "part",
    quit: "exit q",
    ch: "history",
  };
  for (const [name, aliases] of Object.entries(table)) {
    for (const alias of aliases.split(" ")) {
      for (const typed of [alias, alias.toUpperCase()]) {
        const command = { type: "command", command: commands[name]!, rest: "jill hello" } as const;
        assertEquals(classify(`/${typed} jill hello`), command);
      }
      assertEquals(wordsAfter(alias), wordsAfter(name));
    }
  }
});

Deno.test("no suggestion makes something public or ends the session, however a command is mistyped", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const near = (word: string) => [
    ...Array.from(word, (_, at) => word.slice(0, at) + word.slice(at + 1)),
    ...[...letters].flatMap((letter) =>
      Array.from({ length: word.length + 1 }, (_, at) => [
        word.slice(0, at) + letter + word.slice(at),
        word.slice(0, at) + letter + word.slice(at + 1),
      ]).flat()
    ),
  ];
  for (const name of [...names, "edit", "wm", "dmm", "dem", "qwit"]) {
    for (const typed of [name, ...near(name)]) {
      const found = classify(`/${typed} jill secret`);
      if (found.type !== "unknown") continue;
      assertEquals(
        /Did you mean \/(bm|ex|quit|topic|owner|disown|op|kick|ban|invite|rules)\?/.exec(
          found.message,
        ),
        null,
        typed,
      );
    }
  }
});
