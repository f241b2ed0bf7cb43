import { assertEquals } from "@std/assert";
import type { CompletionSource } from "../../../../client/tui/input/completion.ts";
import { Input } from "../../../../client/tui/input/input.ts";
import { InputHistory } from "../../../../client/tui/input/input_history.ts";
import { inputRows } from "../../../../client/tui/input/input_rows.ts";
import { KeyReader } from "../../../../client/tui/terminal/keys.ts";
import { unstyledText } from "../../../../client/tui/terminal/paint.ts";

const source: CompletionSource = {
  commands: () => ["/help", "/notify", "/pm"],
  words: (command, typed) => {
    if (typed.length > 0) return command === "notify" && typed[0] === "all" ? ["now"] : null;
    return command === "notify" ? ["off", "mention", "all"] : "user";
  },
  users: () => ["alan", "alice", "jill"],
  rooms: () => ["#lobby", "#dev"],
};

/** An input with what it told. */
class TestInput {
  readonly sent: string[] = [];
  readonly told: string[] = [];
  accepts = true;
  nowMs = 0;
  readonly input = new Input(
    {
      onSubmitNothing: () => {},
      onSubmit: (text) => {
        this.sent.push(text);
        return this.accepts;
      },
      onSwitch: (number) => this.told.push(`switch ${number}`),
      onNextUnread: () => this.told.push("next unread"),
      onLeave: () => this.told.push("leave"),
      onSuspend: () => this.told.push("suspend"),
      onRedraw: () => this.told.push("redraw"),
      onChanged: () => this.told.push("changed"),
      onNotice: (text) => this.told.push(text),
      onBell: () => this.told.push("bell"),
      fileIn: (pasted) => pasted === "/home/jack/roses.jpg" ? pasted : null,
      onFile: (path) => this.told.push(`file ${path}`),
      place: () => "#lobby",
    },
    source,
    () => this.nowMs,
  );
  readonly #reader = new KeyReader((event) => {
    if (event.type !== "cursor") this.input.take(event);
  });

  constructor(signedIn = true) {
    if (signedIn) this.input.endSignIn();
  }

  type(...chunks: string[]): this {
    for (const chunk of chunks) this.#reader.read(new TextEncoder().encode(chunk));
    this.#reader.timeOut();
    return this;
  }

  get line(): string {
    const { rows } = inputRows(this.input.view("hint"), 200, 10);
    return rows.map(({ spans }) => unstyledText(spans)).join("/");
  }
}

const settled = () => new Promise<void>((resolve) => queueMicrotask(resolve));
const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;

Deno.test("Enter sends what was typed and empties the line; nothing is sent for blanks", () => {
  const test = new TestInput().type("hello", "\r", "\r", "   ", "\r");
  assertEquals(test.sent, ["hello"]);
  assertEquals(test.line, ">    ");
});

Deno.test("what is not taken stays in the line", () => {
  const test = new TestInput();
  test.accepts = false;
  test.type("/hlep", "\r");
  assertEquals(test.line, "> /hlep");
});

Deno.test("Tab completes the last speaker first, then cycles, with a colon at the beginning of a line", () => {
  const test = new TestInput().type("al\t");
  assertEquals(test.input.editor.text, "alan: ");
  assertEquals(test.type("\t").input.editor.text, "alice: ");
  assertEquals(test.type("\t").input.editor.text, "alan: ");
  assertEquals(test.type("\x1b[Z").input.editor.text, "alice: ");
  assertEquals(test.type("hi ji\t").input.editor.text, "alice: hi jill ");
  assertEquals(test.type("x\t").input.editor.text, "alice: hi jill x");
});

Deno.test("Tab makes an emoji of its name, everywhere but at the beginning of what is none", () => {
  const test = new TestInput();
  assertEquals(test.type("fine :thumbs\t").input.editor.text, "fine 👎 ");
  assertEquals(test.type("\t").input.editor.text, "fine 👍 ");
  assertEquals(new TestInput().type("/notify :tada:\t").input.editor.text, "/notify 🎉 ");
  assertEquals(new TestInput().type("at 12:30\t").input.editor.text, "at 12:30");
});

Deno.test("keys about earlier messages run their commands where nothing is typed; in a text Alt-C makes a capital letter", () => {
  const test = new TestInput();
  test.type("\x1br", "\x1be", "\x1bc");
  assertEquals(test.sent, ["/reply", "/edit", "/context"]);
  test.type("roses", "\x01", "\x1bc");
  assertEquals(test.input.editor.text, "Roses");
  assertEquals(test.sent.length, 3);
});

Deno.test("Tab completes commands, their words, rooms and names in any letter case", () => {
  const completed = (text: string) => new TestInput().type(text, "\t").input.editor.text;
  assertEquals(completed("/he"), "/help ");
  assertEquals(completed("/notify m"), "/notify mention ");
  assertEquals(completed("/notify "), "/notify off ");
  assertEquals(completed("/notify all n"), "/notify all now ");
  assertEquals(completed("/pm jill ask al"), "/pm jill ask alan ");
  assertEquals(completed("/pm ali"), "/pm alice ");
  assertEquals(completed("see #d"), "see #dev ");
  assertEquals(completed("AL"), "alan: ");
  assertEquals(completed("@al"), "@alan ");
  assertEquals(completed("zz"), "zz");
  assertEquals(completed(""), "");
});

Deno.test("Up and Down bring back what was sent, and the draft at last", () => {
  const test = new TestInput().type("one", "\r", "two", "\r", "draft", "\x1b[A");
  assertEquals(test.line, "> two");
  assertEquals(test.type("\x1b[A").line, "> one");
  assertEquals(test.type("\x1b[A").line, "> one");
  assertEquals(test.type("\x1b[B", "\x1b[B").line, "> draft");
});

Deno.test("Ctrl-R finds what was sent, again an older one; Enter takes it, Ctrl-G does not", () => {
  const test = new TestInput().type("first line", "\r", "second line", "\r", "\x12", "line");
  assertEquals(test.line, 'search "line": second line');
  assertEquals(test.type("\x12").line, 'search "line": first line');
  assertEquals(test.type("\r").line, "> first line");
  assertEquals(test.sent.length, 2);
  assertEquals(test.type("\x15", "\x12", "sec", "\x07").line, "> hint");
});

Deno.test("a paste of up to five lines goes into the line, and Enter sends it as one message", () => {
  const test = new TestInput().type(paste("one\rtwo\rthree"));
  assertEquals(test.sent, []);
  assertEquals(test.type("\r").sent, ["one\ntwo\nthree"]);
});

Deno.test("a paste of 200 lines sends nothing until it is confirmed", async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`).join("\n");
  const test = new TestInput().type(paste(lines));
  const question =
    '200 lines pasted ("line 0…"). Send them to #lobby as one message? (y; n or Esc: edit) ';
  assertEquals(test.line, question);
  test.type("\r", "x", "y");
  assertEquals([test.sent, test.told], [[], ["bell", "bell", "bell"]]);
  test.nowMs = 1_000;
  test.type("y");
  await settled();
  assertEquals(test.sent, [lines]);
});

Deno.test("a draft that comes from another session while a paste is asked about is not sent with it", async () => {
  const lines = Array.from({ length: 6 }, (_, index) => `line ${index}`).join("\n");
  const test = new TestInput().type("mine: ", paste(lines));
  assertEquals(test.line.startsWith("6 lines pasted"), true);
  test.input.showDraft("from elsewhere: ");
  test.nowMs = 1_000;
  test.type("y");
  await settled();
  assertEquals([test.sent, test.told.includes("bell")], [[], true]);
  assertEquals(test.input.editor.text, `from elsewhere: ${lines}`);
});

Deno.test("the path of a file that is dropped is offered to be sent, and is a text otherwise", async () => {
  const path = "/home/jack/roses.jpg";
  const test = new TestInput().type(paste(path));
  await settled();
  assertEquals(
    test.line.startsWith("Send the file roses.jpg to #lobby? (y; n or Esc: as text)"),
    true,
  );
  test.nowMs += 2_000;
  test.type("y");
  await settled();
  await settled();
  assertEquals(test.told.filter((one) => one.startsWith("file")), [`file ${path}`]);
  assertEquals(test.input.editor.text, "");
  test.type(paste(path));
  await settled();
  test.nowMs += 2_000;
  test.type("n");
  await settled();
  await settled();
  assertEquals(test.input.editor.text, path);
});

Deno.test("a large paste that is not to be sent is in the input, if it fits there", async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`).join("\n");
  for (const key of ["n", "\x1b"]) {
    const test = new TestInput().type("see: ", paste(lines));
    test.nowMs = 1_000;
    test.type(key);
    await settled();
    assertEquals([test.sent, test.input.editor.text], [[], `see: ${lines}`]);
    assertEquals(test.told, ["changed"]);
  }
  const full = "x".repeat(7_000);
  const test = new TestInput().type(full, paste(lines));
  test.nowMs = 1_000;
  test.type("n");
  await settled();
  assertEquals(test.input.editor.text, full);
  assertEquals(test.told, [
    "With the paste the input would have 8,689 bytes; a message can have at most 8,192. Nothing was pasted.",
  ]);
});

Deno.test("a paste loses its control characters, and one that is too long is refused", () => {
  const test = new TestInput().type(paste("a\x1b[31mb\tc"));
  assertEquals(test.input.editor.text, "a␛[31mb    c");
  const long = new TestInput().type(paste("x".repeat(9_000)));
  assertEquals(long.input.editor.text, "");
  assertEquals(long.told, [
    "The paste has 9,000 bytes; a message can have at most 8,192. Nothing was pasted.",
  ]);
});

Deno.test("Ctrl-C twice on an empty line leaves, once; in any other question it only gives up", async () => {
  const test = new TestInput().type("text", "\x03", "\x03");
  await settled();
  assertEquals(test.told, []);
  test.type("\x03");
  await settled();
  assertEquals(test.told, ["leave"]);
  const other = new TestInput();
  const answer = other.input.ask("Really? (y/n) ", "choice");
  other.type("\x03");
  assertEquals(await answer, null);
  assertEquals(other.told, []);
});

Deno.test("Ctrl-C clears the line, on an empty line asks to leave; Ctrl-D leaves on an empty line only", async () => {
  const test = new TestInput().type("text", "\x03");
  assertEquals(test.line, "> hint");
  test.type("\x03");
  assertEquals(test.line, "Leave the chat? (y/n; Ctrl-C again leaves) ");
  test.nowMs = 1_000;
  test.type("n");
  await settled();
  assertEquals(test.told, []);
  test.type("\x03");
  test.nowMs = 2_000;
  test.type("y");
  await settled();
  assertEquals(test.told, ["leave"]);
  assertEquals(new TestInput().type("ab", "\x01", "\x04").told, []);
  assertEquals(new TestInput().type("\x04").told, ["leave"]);
});

Deno.test("who types on at the question whether to leave stays, and what is typed is in the input", async () => {
  for (const chunks of [["h", "e", "y"], ["hey"], [paste("hey")], ["y", "e", "s"]]) {
    const test = new TestInput().type("\x03", ...chunks);
    await settled();
    assertEquals([test.line, test.told], [`> ${chunks[0] === "y" ? "yes" : "hey"}`, []]);
  }
});

Deno.test("Alt and a digit, Alt-A, Ctrl-Z and Ctrl-L are told, also while a question is asked", () => {
  const test = new TestInput().type("\x1b3", "\x1ba");
  test.input.ask("Name? ", "text");
  test.type("\x1a", "\x0c");
  assertEquals(test.told, ["switch 3", "next unread", "suspend", "redraw"]);
});

Deno.test("a question is answered by a line; a secret is never shown; Escape gives up", async () => {
  const test = new TestInput().type("draft");
  const name = test.input.ask("Name? ", "text");
  const secret = test.input.ask("Password: ", "secret");
  const other = test.input.ask("Other? ", "text");
  assertEquals(test.type("jill").line, "Name? jill");
  test.type("\r");
  assertEquals(await name, "jill");
  assertEquals(test.type("hunter2").line, "Password: ");
  test.type("\r");
  assertEquals(await secret, "hunter2");
  test.type("\x1b");
  assertEquals(await other, null);
  assertEquals(test.line, "> draft");
  assertEquals(test.type("\x1b[A").line, "> draft");
});

Deno.test("what is typed before there is a session is not shown, and answers the next question", async () => {
  const test = new TestInput(false).type("secret", "\r", "again");
  assertEquals(test.line, "> hint");
  const first = test.input.ask("Password: ", "secret");
  assertEquals(await first, "secret");
  assertEquals(test.line, "> hint");
  const second = test.input.ask("Once more: ", "secret");
  assertEquals(test.type("!", "\r", "left over").line, "> hint");
  assertEquals(await second, "again!");
  test.input.endSignIn();
  assertEquals(test.line, "> hint");
  assertEquals(test.sent, []);
});

Deno.test("what is typed before there is a session becomes the draft where nothing was asked", () => {
  const test = new TestInput(false).type("early words");
  assertEquals(test.line, "> hint");
  test.input.endSignIn();
  assertEquals(test.line, "> early words");
  assertEquals(new TestInput(false).type("\x03").told, ["leave"]);
});

Deno.test("between the questions of a dialogue nothing becomes a draft, and nothing is sent", async () => {
  const test = new TestInput().type("draft");
  const passwd = test.input.hold("dialogue");
  assertEquals(test.type("ol").line, "> draft");
  const first = test.input.ask("Old? ", "secret");
  test.type("d\rnew\r");
  assertEquals(await first, "old");
  const second = test.input.ask("New? ", "secret");
  assertEquals(await second, "new");
  test.type("left over");
  test.input.release(passwd);
  assertEquals(test.type("?").line, "> draft?");
  const pm = test.input.hold("dialogue");
  test.type("words", "\x03", "more words", "\r");
  test.input.release(pm);
  assertEquals(test.line, "> draft?");
  // A line is never swallowed in silence; a secret is not shown either.
  assertEquals([test.sent, test.told], [[], ["bell", "bell"]]);
});

Deno.test("a single-key question does not listen for a second, and rings for keys that mean nothing", async () => {
  const test = new TestInput();
  let answer: string | null | undefined;
  test.input.ask("Really? (y/n) ", "choice").then((given) => answer = given);
  test.nowMs = 999;
  assertEquals(test.input.deafMs, 1);
  test.type("y");
  await settled();
  assertEquals([answer, test.told], [undefined, ["bell"]]);
  test.nowMs = 1_000;
  assertEquals(test.input.deafMs, 0);
  test.type("your words");
  await settled();
  assertEquals([answer, test.told], [undefined, ["bell", "bell"]]);
  test.type("y");
  await settled();
  assertEquals(answer, "y");
});

Deno.test("the next question's second begins when it is seen", async () => {
  const test = new TestInput();
  const first = test.input.ask("First? (y/n) ", "choice");
  const second = test.input.ask("Second? (y/n) ", "choice");
  test.nowMs = 5_000;
  test.type("n", "y");
  assertEquals(await first, "n");
  assertEquals(test.line, "Second? (y/n) ");
  test.nowMs = 6_000;
  test.type("y");
  assertEquals(await second, "y");
});

Deno.test("a consent waits while a draft is there, and the keys of a text never give it", async () => {
  const test = new TestInput().type("I think ");
  let answer: string | null | undefined;
  test.input.ask("Readable? ", "consent").then((given) => answer = given);
  test.nowMs = 10_000;
  assertEquals(test.type("you").line, "> I think you");
  test.type("\r");
  assertEquals(test.line, "Readable? ");
  // Whoever types on within a second has not seen it.
  test.nowMs = 10_900;
  assertEquals(test.type("yes", "\r").line, "Readable? ");
  assertEquals(test.sent, ["I think you", "yes"]);
  test.nowMs = 20_000;
  for (const line of ["y", "your turn", "yes!"]) {
    test.type(line, "\r");
    assertEquals(test.line, `> ${line}`);
    assertEquals(test.type("\x03").line, "Readable? ");
    test.nowMs += 2_000;
  }
  await settled();
  assertEquals([answer, test.sent.length], [undefined, 2]);
  assertEquals(test.type("yes").line, "Readable? yes");
  test.type("\r");
  await settled();
  assertEquals([answer, test.sent.length, test.line], ["yes", 2, "> hint"]);
});

Deno.test("Escape declines a consent; a paste and other keys are none of its business", async () => {
  const test = new TestInput();
  const answer = test.input.ask("Readable? ", "consent");
  assertEquals(test.line, "Readable? ");
  test.nowMs = 1_000;
  test.type("\x1b3");
  assertEquals(test.told, ["switch 3"]);
  test.type("ye", paste("s\n"));
  assertEquals(test.line, "> yes");
  test.type("\x03");
  assertEquals(test.line, "Readable? ");
  test.nowMs = 2_000;
  test.type("\x1b");
  assertEquals(await answer, null);
});

Deno.test("what comes back makes way for what is typed before it can have been seen", () => {
  const test = new TestInput();
  assertEquals(test.input.giveBack("refused"), true);
  assertEquals(test.line, "> refused");
  test.nowMs = 999;
  assertEquals(test.type("/pm jill secret").line, "> /pm jill secret");
  assertEquals(test.type("\x03", "\x1b[A").line, "> refused");
  test.type("\x03");
  test.input.giveBack("again");
  assertEquals(test.type("\r").line, "> again");
  assertEquals(test.sent, []);
  test.type("\x03");
  test.input.giveBack("seen");
  assertEquals(test.line, "> seen");
  test.nowMs = 1_999;
  assertEquals(test.type("!").line, "> seen!");
  assertEquals(test.input.giveBack("no room"), false);
  assertEquals(test.line, "> seen!");
});

Deno.test("what was typed elsewhere takes the place of the draft, and is neither sent nor written on before it can have been seen", () => {
  const test = new TestInput();
  test.type("Shall");
  test.input.showDraft("Shall we");
  assertEquals([test.line, test.input.written], ["> Shall we", "Shall we"]);
  assertEquals(test.type("\r").line, "> Shall we");
  assertEquals(test.type("yes").line, "> yes");
  assertEquals([test.sent, test.told], [[], ["bell", "bell"]]);
  assertEquals(test.type("\x03", "\x1b[A").line, "> Shall we");
  // A line of before is no draft, until it is changed.
  assertEquals(test.input.written, null);
  assertEquals(test.type("!").input.written, "Shall we!");
  test.input.showDraft("Shall we have lunch?");
  assertEquals(test.line, "> Shall we have lunch?");
  test.nowMs = 1_000;
  test.type("\r");
  assertEquals(test.sent, ["Shall we have lunch?"]);
  // An empty one is seen at once.
  test.type("b");
  test.input.showDraft("");
  assertEquals(test.type("bye").line, "> bye");
});

Deno.test("what is typed while a command leads elsewhere is for there; if it fails it is dropped with a bell", () => {
  const test = new TestInput();
  const history = test.input.history;
  const pm = test.input.hold("move");
  assertEquals(test.type("for jill").line, "(one moment) for jill");
  test.type("\r");
  assertEquals(test.sent, []);
  test.input.switchTo({ text: "", cursor: 0 }, new InputHistory(), false, null);
  assertEquals([test.sent, test.input.isHeldBy(pm)], [[], true]);
  test.input.switchTo({ text: "", cursor: 0 }, new InputHistory(), false, pm);
  assertEquals([test.sent, test.input.isHeldBy(pm)], [["for jill"], false]);
  test.input.release(pm);
  assertEquals(test.type("\x1b[A").line, "> for jill");
  test.input.switchTo({ text: "", cursor: 0 }, history, false, null);
  assertEquals(test.type("\x1b[A").line, "> hint");
  const join = test.input.hold("move");
  test.type("for others", "\r");
  test.input.release(join);
  assertEquals([test.sent, test.told], [["for jill"], ["bell"]]);
  assertEquals(test.type("on").line, "> on");
});
