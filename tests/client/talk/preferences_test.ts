import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import {
  preferenceFlags,
  preferencesPath,
  readPreferences,
  readPreferencesFile,
} from "../../../client/talk/preferences.ts";
import { ExitError } from "../../../platform/command_line.ts";
import { withFolder } from "../../fixtures/folders.ts";

/** Flags as on a command line; `plain` is a switch. */
function given(flags: Record<string, string> = {}) {
  return { text: (flag: string) => flags[flag], has: (flag: string) => flags[flag] !== undefined };
}

const usual = readPreferences(given(), null);
const path = join("folder", "client.jsonc");

function mistakeIn(text: string): string {
  const error = assertThrows(() => readPreferences(given(), { text, path }), ExitError);
  assertEquals(error.status, 2);
  assertEquals(error.message.includes("\n"), false);
  return error.message;
}

Deno.test("without a file and flags everything is as usual", () => {
  assertEquals(usual, {
    plain: false,
    notify: "mention",
    bell: true,
    desktop: "auto",
    time: "minutes",
    colors: "auto",
    links: "auto",
    comings: "folded",
    mute: [],
    lines: 20,
  });
});

Deno.test("the file may have comments and commas before closing brackets", () => {
  const text = `\ufeff// what I like
  {
    "notify": "all", // every message
    /* "bell": true, */
    "bell": false,
    "mute": ["#noise", "#more",],
    "lines": 5, // not more
    "plain": true,
  }
  `;
  assertEquals(readPreferences(given(), { text, path }), {
    ...usual,
    notify: "all",
    bell: false,
    mute: ["#noise", "#more"],
    lines: 5,
    plain: true,
  });
});

Deno.test("slashes and commas in a text are no comments", () => {
  const text = `{"mute": ["#a//b", "#c/*d*/", "#e,}"]}`;
  assertEquals(readPreferences(given(), { text, path }).mute, ["#a//b", "#c/*d*/", "#e", "}"]);
});

Deno.test("every setting is also a flag, and the flag wins", () => {
  assertEquals(Object.keys(preferenceFlags), Object.keys(usual));
  const flags = {
    plain: "",
    notify: "off",
    bell: "off",
    desktop: "osc9",
    time: "seconds",
    colors: "256",
    links: "off",
    comings: "all",
    mute: "#a, #b",
    lines: "0",
  };
  const text = `{"notify": "all", "time": "off", "lines": 99}`;
  assertEquals(readPreferences(given(flags), { text, path }), {
    plain: true,
    notify: "off",
    bell: false,
    desktop: "osc9",
    time: "seconds",
    colors: "256",
    links: "off",
    comings: "all",
    mute: ["#a", "#b"],
    lines: 0,
  });
});

Deno.test("a mistake is one line that names the file, the line and what there is", () => {
  assertEquals(
    mistakeIn(`{\n  // loud\n  "notify": "loud"\n}`),
    `${path}, line 3, "notify": one of off, mention, all, not "loud".`,
  );
  assertStringIncludes(
    mistakeIn(`{\n "volume": 1 }`),
    `line 2, "volume": unknown setting.`,
  );
  assertStringIncludes(mistakeIn(`{\n\n "notify" "all"}`), `${path}, line 3: `);
  assertStringIncludes(mistakeIn(`{"lines": 101}`), `"lines": a number from 0 to 100, not "101".`);
  assertStringIncludes(mistakeIn(`{"lines": -1}`), "not");
  assertStringIncludes(mistakeIn(`["notify"]`), "settings are written as");
  assertStringIncludes(mistakeIn(``), path);
  assertStringIncludes(mistakeIn(`{"__proto__": 1, "constructor": 2}`), "unknown setting");
});

Deno.test("a mistake in a flag names the flag", () => {
  const error = assertThrows(() => readPreferences(given({ time: "always" }), null), ExitError);
  assertEquals(error.message, `--time: one of off, minutes, seconds, not "always".`);
});

Deno.test("the file is where the platform keeps configuration", () => {
  const variables = (values: Record<string, string>) => (name: string) => values[name];
  const home = { HOME: "/home/jack" };
  assertEquals(preferencesPath("linux", variables(home)), "/home/jack/.config/chat/client.jsonc");
  assertEquals(
    preferencesPath("linux", variables({ ...home, XDG_CONFIG_HOME: "/conf" })),
    "/conf/chat/client.jsonc",
  );
  assertEquals(
    preferencesPath("linux", variables({ ...home, XDG_CONFIG_HOME: "relative" })),
    "/home/jack/.config/chat/client.jsonc",
  );
  assertEquals(
    preferencesPath("darwin", variables(home)),
    "/home/jack/Library/Application Support/chat/client.jsonc",
  );
  assertEquals(
    preferencesPath("windows", variables({ APPDATA: "/roaming" })),
    "/roaming/chat/client.jsonc",
  );
  assertEquals(preferencesPath("linux", variables({})), null);
});

Deno.test("a file that is not there is no mistake; a folder of its name is one", async () => {
  await withFolder(async (folder) => {
    assertEquals(await readPreferencesFile(join(folder, "none", "client.jsonc")), null);
    const error = await readPreferencesFile(folder).catch((reason: unknown) => reason);
    assertEquals(error instanceof ExitError && error.status, 1);
  });
});

Deno.test("a setting of another type is a mistake that names the place and what is wanted", () => {
  const table: Record<string, string> = {
    '{"plain": "on"}': '"plain": true or false, not "on".',
    '{"bell": 1}': '"bell": true or false, not 1.',
    '{"lines": "5"}': '"lines": a number from 0 to 100, not "5".',
    '{"mute": "#noise"}': '"mute": a list like ["#noise", "#news"], not "#noise".',
    '{"mute": [1]}': '"mute": a list like ["#noise", "#news"], not [1].',
    '{"notify": true}': '"notify": one of off, mention, all, not true.',
    '{"time": null}': '"time": one of off, minutes, seconds, not null.',
    '{"colors": 16}': '"colors": one of auto, none, 16, 256, true, not 16.',
  };
  for (const [text, message] of Object.entries(table)) {
    assertEquals(mistakeIn(text), `${path}, line 1, ${message}`);
  }
});
