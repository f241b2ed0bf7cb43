import { assertEquals } from "@std/assert";
import {
  desktopForm,
  Notifications,
  type NotifyLevel,
} from "../../../../client/tui/conversations/notifications.ts";

function sequence(level: NotifyLevel, concerns: boolean): string {
  return new Notifications(level, true, "off", () => 0).sequenceFor(concerns, "jill", "hi");
}

Deno.test("the bell rings by level", () => {
  const rings = (level: NotifyLevel) => [sequence(level, false), sequence(level, true)];
  assertEquals(rings("off"), ["", ""]);
  assertEquals(rings("mention"), ["", "\x07"]);
  assertEquals(rings("all"), ["\x07", "\x07"]);
});

Deno.test("a flood of messages rings once a second", () => {
  let nowMs = 0;
  const notifications = new Notifications("all", true, "off", () => nowMs);
  const rings = () => notifications.sequenceFor(true, "jill", "hi") !== "";
  assertEquals([rings(), rings()], [true, false]);
  nowMs = 999;
  assertEquals(rings(), false);
  nowMs = 1_000;
  assertEquals(rings(), true);
});

Deno.test("the desktop is told by OSC 9 or OSC 777, with nothing in it that could end the sequence", () => {
  const text = "x;y\x07\x1b\\\x9c\nz" + "w".repeat(500);
  const told = (form: "osc9" | "osc777") =>
    new Notifications("all", false, form, () => 0).sequenceFor(true, "ji;ll", text);
  const body = "x;y␇␛\\� ⏎ z" + "w".repeat(109);
  assertEquals(told("osc9"), `\x1b]9;ji,ll: ${body}\x1b\\`);
  assertEquals(told("osc777"), `\x1b]777;notify;ji,ll;${body}\x1b\\`);
});

Deno.test("the desktop is told only by terminals that are known to understand", () => {
  const form = (variables: Record<string, string>) =>
    desktopForm("auto", { variable: (name) => variables[name] });
  assertEquals(form({ TERM_PROGRAM: "WezTerm" }), "osc9");
  assertEquals(form({ TERM: "xterm-kitty" }), "osc9");
  assertEquals(form({ TERM: "foot" }), "osc777");
  assertEquals(form({ TERM: "xterm-256color" }), "off");
  assertEquals(desktopForm("osc9", { variable: () => undefined }), "osc9");
});
