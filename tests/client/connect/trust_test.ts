import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type SeenServer, ServerTrust } from "../../../client/connect/trust.ts";
import { UntrustedServerError } from "../../../client/core/link/untrusted_server_error.ts";
import { fingerprintOf, serverCertificateName } from "../../../protocol/certificate/fingerprint.ts";
import { makeSelfSigned } from "../../fixtures/certificates.ts";
import { withFolder } from "../../fixtures/folders.ts";

const nowMs = Date.parse("2026-11-23T14:05:07Z");

async function makeSeen(kind: SeenServer["kind"] = "pinned"): Promise<SeenServer> {
  const { certificateDer, certificatePem } = await makeSelfSigned();
  const fingerprint = await fingerprintOf(certificateDer);
  return {
    host: "h",
    port: 1,
    kind,
    fingerprint,
    certificatePem,
    serverName: serverCertificateName,
  };
}

function neverAsk(): Promise<boolean> {
  throw new Error("must not ask");
}

function trustIn(
  dataDirectory: string,
  expectedFingerprint?: string,
  confirmNewServer: () => Promise<boolean> = neverAsk,
): ServerTrust {
  return new ServerTrust({
    dataDirectory,
    expectedFingerprint,
    confirmNewServer,
    now: () => nowMs,
  });
}

async function assertUntrusted(work: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(work, UntrustedServerError);
  assertEquals(error.code, "bad_proof");
  return error.message;
}

Deno.test("a new server is trusted exactly if the user says so", async () => {
  await withFolder(async (folder) => {
    const seen = await makeSeen();
    await trustIn(folder, undefined, () => Promise.resolve(true)).checkServer(seen);
    const refusing = trustIn(folder, undefined, () => Promise.resolve(false));
    assertStringIncludes(await assertUntrusted(() => refusing.checkServer(seen)), seen.fingerprint);
  });
});

Deno.test("checkServer() alone remembers nothing", async () => {
  await withFolder(async (folder) => {
    const trust = trustIn(folder, undefined, () => Promise.resolve(true));
    await trust.checkServer(await makeSeen());
    assertEquals(await trust.find("h", 1), undefined);
  });
});

Deno.test("a remembered server passes without a question, with the day it was first seen", async () => {
  await withFolder(async (folder) => {
    const seen = await makeSeen();
    await trustIn(folder).remember(seen);
    await trustIn(folder).checkServer(seen);
    const { kind, fingerprint, certificatePem, serverName } = seen;
    const firstSeenAt = "2026-11-23T14:05:07.000Z";
    assertEquals(await trustIn(folder).find("h", 1), {
      kind,
      fingerprint,
      certificatePem,
      serverName,
      firstSeenAt,
    });
  });
});

Deno.test("a changed server is refused in a message of many lines that names everything", async () => {
  await withFolder(async (folder) => {
    const before = await makeSeen();
    const now = await makeSeen();
    await trustIn(folder).remember(before);
    const message = await assertUntrusted(() => trustIn(folder).checkServer(now));
    for (const part of ["WARNING", before.fingerprint, now.fingerprint, "2026-11-23", folder]) {
      assertStringIncludes(message, part);
    }
    assertStringIncludes(message, `chat client h 1 NAME --fingerprint ${now.fingerprint}`);
    assertEquals(message.split("\n").length > 10, true);
  });
});

Deno.test("the command that is suggested carries the name and the flags that were given, fit for a shell", async () => {
  await withFolder(async (folder) => {
    const seen = await makeSeen();
    const trust = (given: { name: string; flags: readonly string[] }) =>
      new ServerTrust({
        dataDirectory: folder,
        confirmNewServer: () => Promise.resolve(false),
        given,
      });
    const wayOn = async (name: string, ...flags: string[]) =>
      await assertUntrusted(() => trust({ name, flags }).checkServer(seen));
    const end = `--fingerprint ${seen.fingerprint}`;
    assertStringIncludes(await wayOn("jörg"), `chat client h 1 jörg ${end}`);
    assertStringIncludes(await wayOn("jack", "--plain"), `chat client h 1 jack --plain ${end}`);
    const odd = await wayOn("jack", "--data", "it's \u001b[2J");
    assertStringIncludes(odd, `jack --data 'it'\\''s ␛[2J' ${end}`);
    const given = { name: "jack", flags: ["--data", "/b", "--plain"] };
    await trust(given).remember(seen);
    const changed = await makeSeen();
    const message = await assertUntrusted(() => trust(given).checkServer(changed));
    const wanted = `chat client h 1 jack --data /b --plain --fingerprint ${changed.fingerprint}`;
    assertStringIncludes(message, wanted);
  });
});

Deno.test("remember() refuses what another client has seen differently meanwhile", async () => {
  await withFolder(async (folder) => {
    const [first, second] = [await makeSeen(), await makeSeen()];
    const trust = trustIn(folder, undefined, () => Promise.resolve(true));
    await trust.checkServer(second);
    await trustIn(folder).remember(first);
    await assertUntrusted(() => trust.remember(second));
    await trustIn(folder).checkServer(first);
  });
});

Deno.test("a given fingerprint decides alone, and replaces what was known", async () => {
  await withFolder(async (folder) => {
    const [before, now] = [await makeSeen(), await makeSeen()];
    await trustIn(folder).remember(before);
    const trust = trustIn(folder, now.fingerprint);
    assertEquals(await trust.find("h", 1), undefined);
    assertStringIncludes(await assertUntrusted(() => trust.checkServer(before)), now.fingerprint);
    await trust.checkServer(now);
    await trust.remember(now);
    await trustIn(folder).checkServer(now);
    await assertUntrusted(() => trustIn(folder).checkServer(before));
  });
});

Deno.test("a given fingerprint that is the known one lets the known server be found", async () => {
  await withFolder(async (folder) => {
    const seen = await makeSeen();
    await trustIn(folder).remember(seen);
    assertEquals((await trustIn(folder, seen.fingerprint).find("h", 1))?.kind, "pinned");
  });
});

Deno.test("a server that an authority vouches for passes without a question", async () => {
  await withFolder(async (folder) => {
    const [first, renewed] = [await makeSeen("authority"), await makeSeen("authority")];
    await trustIn(folder).checkServer(first);
    await trustIn(folder).remember(first);
    await trustIn(folder).checkServer(renewed);
  });
});

Deno.test("a server once vouched for by an authority is refused without one", async () => {
  await withFolder(async (folder) => {
    await trustIn(folder).remember(await makeSeen("authority"));
    const seen = await makeSeen();
    const message = await assertUntrusted(() => trustIn(folder).checkServer(seen));
    assertStringIncludes(message, "signed by a trusted authority");
  });
});

Deno.test("an authority does not overrule a pinned certificate, but may vouch for the same", async () => {
  await withFolder(async (folder) => {
    const seen = await makeSeen();
    await trustIn(folder).remember(seen);
    await trustIn(folder).checkServer({ ...seen, kind: "authority" });
    const other = await makeSeen("authority");
    await assertUntrusted(() => trustIn(folder).checkServer(other));
  });
});

Deno.test("addresses are kept with a server that is known, and go with a certificate that is replaced", async () => {
  await withFolder(async (folder) => {
    const trust = trustIn(folder, undefined, () => Promise.resolve(true));
    const addresses = ["b.example:41000"];
    await trust.keepAddresses("h", 1, addresses);
    assertEquals(await trust.addressesOf("h", 1), []);
    const seen = await makeSeen();
    await trust.remember(seen);
    assertEquals(await trust.addressesOf("h", 1), []);
    await trust.keepAddresses("h", 1, addresses);
    // Meeting it again changes nothing.
    await trust.remember(seen);
    assertEquals(await trustIn(folder).addressesOf("h", 1), addresses);
    const after = await makeSeen();
    const replacing = trustIn(folder, after.fingerprint);
    assertEquals(await replacing.addressesOf("h", 1), []);
    await replacing.remember(after);
    assertEquals(await trustIn(folder).addressesOf("h", 1), []);
  });
});
