import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import {
  type KnownServer,
  KnownServers,
  knownServersFileName,
} from "../../../client/files/known_servers.ts";
import { DataFolderError } from "../../../platform/data_folder.ts";
import { fingerprintOf, serverCertificateName } from "../../../protocol/certificate/fingerprint.ts";
import { makeSelfSigned } from "../../fixtures/certificates.ts";
import { namesIn, withFolder } from "../../fixtures/folders.ts";

const authority: KnownServer = { kind: "authority", firstSeenAt: "2026-11-23T14:05:07.000Z" };

async function pinned(): Promise<KnownServer> {
  const { certificateDer, certificatePem } = await makeSelfSigned();
  return {
    kind: "pinned",
    fingerprint: await fingerprintOf(certificateDer),
    certificatePem,
    serverName: serverCertificateName,
    firstSeenAt: "2026-11-23T14:05:07.000Z",
  };
}

Deno.test("known servers are kept, each for its own host and port", async () => {
  await withFolder(async (folder) => {
    const entry = await pinned();
    await new KnownServers(folder).update("a.example", 1, () => entry);
    await new KnownServers(folder).update("b.example", 1, () => authority);
    const servers = new KnownServers(folder);
    assertEquals(await servers.find("a.example", 1), entry);
    assertEquals(await servers.find("b.example", 1), authority);
    assertEquals(await servers.find("a.example", 2), undefined);
    assertEquals(await servers.find("example", 1), undefined);
  });
});

Deno.test("a host is the same in any letter case and with a dot at its end", async () => {
  await withFolder(async (folder) => {
    const servers = new KnownServers(folder);
    await servers.update("A.Example.", 1, () => authority);
    assertEquals(await servers.find("a.example", 1), authority);
  });
});

Deno.test("an IPv6 address and a port are not mistaken for a longer address", async () => {
  await withFolder(async (folder) => {
    const servers = new KnownServers(folder);
    await servers.update("fe80::1", 2, () => authority);
    assertEquals(await servers.find("fe80::1:2", 2), undefined);
    assertEquals(await servers.find("fe80:", 12), undefined);
  });
});

Deno.test("host names that JavaScript objects know are hosts like others", async () => {
  await withFolder(async (folder) => {
    const servers = new KnownServers(folder);
    for (const host of ["__proto__", "constructor", "toString"]) {
      assertEquals(await servers.find(host, 1), undefined);
      await servers.update(host, 1, () => authority);
      assertEquals(await servers.find(host, 1), authority);
    }
  });
});

Deno.test("the file can be read by this user only", async () => {
  await withFolder(async (folder) => {
    await new KnownServers(folder).update("a", 1, () => authority);
    for (const name of namesIn(folder)) {
      const { mode } = await Deno.stat(join(folder, name));
      assertEquals((mode ?? 0) & 0o777, 0o600, name);
    }
  });
});

Deno.test("many clients that change the file at once lose nothing", async () => {
  await withFolder(async (folder) => {
    const ports = Array.from({ length: 30 }, (_, index) => index + 1);
    await Promise.all(
      ports.map((port) => new KnownServers(folder).update("a", port, () => authority)),
    );
    const servers = new KnownServers(folder);
    for (const port of ports) assertEquals(await servers.find("a", port), authority);
  });
});

Deno.test("update() sees what another client wrote, and changes nothing where it throws", async () => {
  await withFolder(async (folder) => {
    await new KnownServers(folder).update("a", 1, () => authority);
    const servers = new KnownServers(folder);
    const seen: unknown[] = [];
    const refuse = (known: KnownServer | undefined): KnownServer => {
      seen.push(known);
      throw new RangeError("no");
    };
    await assertRejects(() => servers.update("a", 1, refuse), RangeError, "no");
    assertEquals(seen, [authority]);
    assertEquals(await servers.find("a", 1), authority);
    // The lock is free again.
    await servers.update("a", 1, (known) => known ?? authority);
  });
});

Deno.test("a damaged file is named, never taken for an empty one, and left as it is", async () => {
  await withFolder(async (folder) => {
    const entry = await pinned();
    const other = await pinned();
    const path = join(folder, knownServersFileName);
    await new KnownServers(folder).update("a", 1, () => entry);
    const right = await Deno.readTextFile(path);
    const fingerprint = (server: KnownServer) => server.kind === "pinned" ? server.fingerprint : "";
    const damaged = [
      "",
      "null",
      "[]",
      "{}",
      "\0".repeat(right.length),
      right.slice(0, -3),
      right.replace('"version": 1', '"version": 2'),
      right.replace('"pinned"', '"trusted"'),
      right.replace("SHA256:", "SHA256"),
      right.replace(fingerprint(entry), fingerprint(other)),
      right.replace("BEGIN CERTIFICATE", "BEGIN"),
      right.replace('"2026-', '"yesterday-'),
    ];
    for (const text of damaged) {
      await Deno.writeTextFile(path, text);
      const servers = new KnownServers(folder);
      const error = await assertRejects(() => servers.find("a", 1), DataFolderError, "is damaged");
      assertStringIncludes(error.message, path);
      await assertRejects(
        () => servers.update("a", 1, () => authority),
        DataFolderError,
        "damaged",
      );
      assertEquals(await Deno.readTextFile(path), text);
    }
  });
});

Deno.test("a folder that is gone, or a folder in the file's place, is named", async () => {
  await withFolder(async (folder) => {
    const servers = new KnownServers(join(folder, "none"));
    await assertRejects(() => servers.update("a", 1, () => authority), DataFolderError, "locked");
    await Deno.mkdir(join(folder, knownServersFileName));
    await assertRejects(() => new KnownServers(folder).find("a", 1), DataFolderError, "read");
  });
});

Deno.test("a client waits for the lock of another one", async () => {
  await withFolder(async (folder) => {
    using lock = await Deno.open(join(folder, `${knownServersFileName}.lock`), {
      write: true,
      create: true,
    });
    await lock.lock(true);
    let done = false;
    const waiting = new KnownServers(folder).update("a", 1, () => authority).then(() => {
      done = true;
    });
    assertEquals(await new KnownServers(folder).find("a", 1), undefined);
    assertEquals(done, false);
    await lock.unlock();
    await waiting;
    assertEquals(await new KnownServers(folder).find("a", 1), authority);
  });
});

Deno.test("where the other servers of a cluster are is kept with the one that has told of it, within bounds", async () => {
  await withFolder(async (folder) => {
    const servers = new KnownServers(folder);
    const addresses = ["b.example:41000", "[2001:db8::7]:41000"];
    for (const entry of [await pinned(), authority]) {
      await servers.update("a.example", 1, () => ({ ...entry, addresses }));
      assertEquals(await servers.find("a.example", 1), { ...entry, addresses });
    }
    await servers.update("b.example", 1, (known) => known);
    assertEquals(await servers.find("b.example", 1), undefined);
    const many = Array.from({ length: 100 }, () => "b.example:41000");
    await servers.update("a.example", 1, () => ({ ...authority, addresses: many }));
    await assertRejects(() => servers.find("a.example", 1), DataFolderError, "damaged");
  });
});
