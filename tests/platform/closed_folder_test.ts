import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { checkDataFolder, DataFolderError, prepareDataFolder } from "../../platform/data_folder.ts";
import { OpenSecretError, readSecretFile } from "../../platform/secret_file.ts";
import { withFolder } from "../fixtures/folders.ts";

const noModes = Deno.build.os === "windows";
const notRoot = noModes || Deno.uid() !== 0;
/** The number of `nobody`, to whom root can give a file. */
const otherUid = 65_534;

async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode! & 0o777).toString(8);
}

/** A folder in a folder, closed, with a file in it. */
async function withData(use: (data: string, file: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const data = join(folder, "data");
    await Deno.mkdir(data, { mode: 0o700 });
    const file = join(data, "chat.sqlite");
    await Deno.writeTextFile(file, "", { mode: 0o600 });
    await use(data, file);
  });
}

async function refused(data: string, says: string): Promise<void> {
  for (const judge of [prepareDataFolder, checkDataFolder]) {
    await assertRejects(() => judge(data), DataFolderError, says);
  }
}

Deno.test("a data folder that others may use is refused with what to do, and left as it is", {
  ignore: noModes,
}, () =>
  withData(async (data) => {
    for (const mode of [0o777, 0o1777, 0o750, 0o701]) {
      await Deno.chmod(data, mode);
      await refused(data, `If nobody has tampered with it, close it: chmod 700 ${data}`);
      assertEquals(await modeOf(data), (mode & 0o777).toString(8));
    }
    await Deno.chmod(data, 0o700);
    await prepareDataFolder(data);
  }));

Deno.test({
  name:
    "an empty data folder of one's own is closed to others, and one that is made is closed at once",
  ignore: noModes,
  fn: () =>
    withFolder(async (folder) => {
      const empty = join(folder, "empty");
      await Deno.mkdir(empty);
      await Deno.chmod(empty, 0o777);
      const fresh = join(folder, "new", "data");
      for (const path of [empty, fresh]) {
        await prepareDataFolder(path);
        assertEquals(await modeOf(path), "700");
        assertEquals([...Deno.readDirSync(path)], []);
      }
    }),
});

Deno.test("links in a data folder are refused, wherever they lead", async () => {
  await withData(async (data) => {
    for (const name of ["chat.lock", "chat.sqlite-wal", "tls_identity.pem"]) {
      const target = join(data, "..", `target of ${name}`);
      await Deno.symlink(target, join(data, name));
      await refused(data, `${join(data, name)} cannot be used for data: it is a link.`);
      assertEquals(await Deno.stat(target).catch(() => "not made"), "not made");
      await Deno.remove(join(data, name));
    }
  });
});

Deno.test("a link of one's own to a data folder is followed", async () => {
  await withData(async (data) => {
    await Deno.symlink(data, `${data}-link`);
    await prepareDataFolder(`${data}-link`);
  });
});

Deno.test("what another user has prepared is refused: the folder, a file in it, a link to it", {
  ignore: notRoot,
}, () =>
  withData(async (data, file) => {
    await Deno.chown(file, otherUid, otherUid);
    await refused(data, `${file} cannot be used for data: it belongs to another user.`);
    await Deno.chown(file, 0, 0);
    await Deno.chown(data, otherUid, otherUid);
    await refused(data, `${data} cannot be used for data: it belongs to another user.`);
    await Deno.chown(data, 0, 0);
    await prepareDataFolder(data);
    const link = join(data, "..", "link");
    await Deno.symlink(data, link);
    for (const end of ["", "/", "//", "/."]) await prepareDataFolder(link + end);
    await new Deno.Command("chown", { args: ["-h", String(otherUid), link] }).output();
    for (const end of ["", "/", "//", "/."]) {
      await refused(
        link + end,
        `${link + end} cannot be used for data: it is a link made by another user`,
      );
    }
  }));

Deno.test("a check of a folder that is not there says so and makes none", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "none");
    await assertRejects(() => checkDataFolder(path), DataFolderError, "it does not exist");
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a secret that others may read or write is not read, and it is said what to do", {
  ignore: noModes,
}, () =>
  withData(async (folder) => {
    const path = join(folder, "..", "secret");
    const read = () => readSecretFile(path, { folder, bytesMax: 10 });
    await Deno.writeTextFile(path, "a secret", { mode: 0o600 });
    assertEquals(await read(), "a secret");
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      await Deno.chmod(path, mode);
      await assertRejects(read, OpenSecretError, `chmod 600 ${path}`);
    }
    await Deno.chmod(path, 0o400);
    assertEquals(await read(), "a secret");
    await Deno.chmod(path, 0o600);
    await Deno.writeTextFile(path, "longer than ten bytes");
    await assertRejects(read, Error, "it is longer than 10 bytes");
  }));

Deno.test("a secret of another user is not read; one of root's may be readable by a group", {
  ignore: notRoot,
}, () =>
  withData(async (folder) => {
    const path = join(folder, "..", "secret");
    const read = () => readSecretFile(path, { folder, bytesMax: 10 });
    await Deno.writeTextFile(path, "a secret", { mode: 0o600 });
    await Deno.chown(path, otherUid, otherUid);
    await assertRejects(read, OpenSecretError, "belongs to another user");
    // As a server that does not run as root sees it.
    await Deno.chown(path, 0, 0);
    await Deno.chown(folder, otherUid, otherUid);
    await Deno.chmod(path, 0o640);
    assertEquals(await read(), "a secret");
    await Deno.chmod(path, 0o644);
    await assertRejects(read, OpenSecretError, "Other users of this machine can access");
  }));
