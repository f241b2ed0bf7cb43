/**
 * A program whose interface fails in the middle: for the test that the terminal is as it was afterwards.
 *
 * @module
 */
import { readPreferences } from "../../client/talk/preferences.ts";
import { TerminalInterface } from "../../client/tui/interface.ts";
import { StandardTerminal } from "../../client/tui/terminal/terminal.ts";

const view = new TerminalInterface({
  terminal: new StandardTerminal(),
  preferences: readPreferences({ text: () => undefined, has: () => false }, null),
  variable: (name) => Deno.env.get(name),
  leaveTimeoutMs: 1_000,
});
view.start();
const [how] = Deno.args;
setTimeout(() => {
  if (how === "rejection") Promise.reject(new Error("broken assumption"));
  else if (how === "exit") Deno.exit(7);
  else throw new Error("broken assumption");
}, 100);
