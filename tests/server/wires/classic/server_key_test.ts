import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { CertificateError } from "../../../../server/certificate/certificate.ts";
import { DataFolderError } from "../../../../platform/data_folder.ts";
import {
  openEnvelope,
  readPublicKey,
  sealEnvelope,
} from "../../../../server/wires/classic/envelope.ts";
import { loadServerKey, serverKeyFileName } from "../../../../server/wires/classic/server_key.ts";
import { namesIn, withFolder } from "../../../fixtures/folders.ts";

Deno.test("loadServerKey() makes a key once, keeps it where only its owner can read, and finds it again", async () => {
  await withFolder(async (folder) => {
    const first = await loadServerKey(folder);
    assertEquals(namesIn(folder), [serverKeyFileName]);
    assertEquals((await Deno.stat(`${folder}/${serverKeyFileName}`)).mode! & 0o777, 0o600);
    const second = await loadServerKey(folder);
    assertEquals(second.publicKey.text, first.publicKey.text);
    const read = await readPublicKey(first.publicKey.text);
    const envelope = await sealEnvelope("hello", read, 0);
    assertEquals(await openEnvelope(envelope, second.privateKey), "hello");
  });
});

Deno.test("loadServerKey() gives its public half as PEM in base64", async () => {
  await withFolder(async (folder) => {
    const { publicKey } = await loadServerKey(folder);
    assertMatch(
      atob(publicKey.text),
      /^-----BEGIN PUBLIC KEY-----\n[\s\S]+-----END PUBLIC KEY-----\n$/,
    );
  });
});

Deno.test("two that start together use one key, and another folder has another", async () => {
  await withFolder(async (folder) => {
    const [one, two] = await Promise.all([loadServerKey(folder), loadServerKey(folder)]);
    assertEquals(one.publicKey.text, two.publicKey.text);
    await withFolder(async (other) => {
      assertNotEquals((await loadServerKey(other)).publicKey.text, one.publicKey.text);
    });
  });
});

Deno.test("loadServerKey() refuses a damaged file and leaves it as it is", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/${serverKeyFileName}`;
    await loadServerKey(folder);
    const good = await Deno.readTextFile(path);
    for (const bad of ["", "hello", good.slice(0, 800), good.replace(/^MII/m, "MIJ")]) {
      await Deno.writeTextFile(path, bad, { mode: 0o600 });
      const error = await assertRejects(() => loadServerKey(folder), CertificateError);
      assertMatch(error.message, /classic_key\.pem is damaged\. Restore it from a copy/);
      assertEquals(await Deno.readTextFile(path), bad);
    }
  });
});

Deno.test("loadServerKey() refuses a key that everybody may read, and a folder that cannot be written", async () => {
  await withFolder(async (folder) => {
    await loadServerKey(folder);
    await Deno.chmod(`${folder}/${serverKeyFileName}`, 0o644);
    const error = await assertRejects(() => loadServerKey(folder), CertificateError);
    assertMatch(error.message, /chmod 600/);
    await assertRejects(() => loadServerKey(`${folder}/missing`), DataFolderError);
  });
});
