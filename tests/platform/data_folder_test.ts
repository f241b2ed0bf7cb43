import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import {
  DataFolderError,
  defaultDataFolder,
  prepareDataFolder,
} from "../../platform/data_folder.ts";
import { withFolder } from "../fixtures/folders.ts";

function folderFor(os: typeof Deno.build.os, variables: Record<string, string>): string {
  return defaultDataFolder("client", { os, variable: (name) => variables[name] });
}

Deno.test("defaultDataFolder() follows XDG on Linux", () => {
  const home = { HOME: "/home/jack" };
  assertEquals(folderFor("linux", home), "/home/jack/.local/share/chat/client");
  assertEquals(folderFor("linux", { ...home, XDG_DATA_HOME: "/d" }), "/d/chat/client");
});

Deno.test("defaultDataFolder() ignores an empty or relative XDG_DATA_HOME, as XDG says", () => {
  for (const XDG_DATA_HOME of ["", "data", "./data"]) {
    const folder = folderFor("linux", { HOME: "/home/jack", XDG_DATA_HOME });
    assertEquals(folder, "/home/jack/.local/share/chat/client");
  }
});

Deno.test("defaultDataFolder() follows the customs of macOS and Windows", () => {
  assertEquals(
    folderFor("darwin", { HOME: "/Users/jack" }),
    "/Users/jack/Library/Application Support/chat/client",
  );
  assertEquals(folderFor("windows", { LOCALAPPDATA: "/L" }), "/L/chat/client");
});

Deno.test("defaultDataFolder() keeps server and client apart", () => {
  const surroundings = { os: "linux", variable: () => "/d" } as const;
  assertEquals(defaultDataFolder("server", surroundings), "/d/chat/server");
  assertEquals(defaultDataFolder("client", surroundings), "/d/chat/client");
});

Deno.test("defaultDataFolder() says what to do where the platform names no place", () => {
  assertThrows(() => folderFor("linux", {}), DataFolderError, "--data DIR");
  assertThrows(() => folderFor("windows", { LOCALAPPDATA: "" }), DataFolderError, "LOCALAPPDATA");
});

Deno.test("prepareDataFolder() makes a folder that only this user can enter", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "a", "b");
    await prepareDataFolder(path);
    await prepareDataFolder(path);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o700);
    assertEquals(Array.from(Deno.readDirSync(path)), []);
  });
});

Deno.test("prepareDataFolder() names a folder that cannot be used", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    for (const path of [file, join(file, "below"), "/proc/chat"]) {
      const error = await assertRejects(
        () => prepareDataFolder(path),
        DataFolderError,
        "--data DIR",
      );
      assertEquals(error.message.includes(path), true, error.message);
    }
  });
});

Deno.test("prepareDataFolder() says in plain words why a place cannot be", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await Deno.symlink(join(folder, "loop"), join(folder, "loop"));
    const table: [string, string][] = [
      ["x".repeat(300), "a name in its path is too long"],
      [join("file", "below"), "part of the path is not a folder"],
      [join("loop", "below"), "its links lead in a circle"],
      ["with\0null", "its name contains a character that is not allowed"],
    ];
    for (const [name, reason] of table) {
      const path = join(folder, name);
      const error = await assertRejects(() => prepareDataFolder(path), DataFolderError);
      assertEquals(
        error.message,
        `The data folder ${path} cannot be used: ${reason}. Fix it, or choose another folder with --data DIR.`,
      );
    }
  });
});
