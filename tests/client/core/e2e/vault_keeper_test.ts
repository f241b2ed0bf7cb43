import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeText, joinFields } from "../../../../protocol/e2e/byte_fields.ts";
import { deriveWrapKey, type Identity, openIdentity } from "../../../../protocol/e2e/identity.ts";
import { deriveSealingKey, openBox, sealBox } from "../../../../protocol/e2e/sealed_box.ts";
import { type OpenedVault, openVault, sealVault } from "../../../../protocol/e2e/vault.ts";
import type { VaultRecord } from "../../../../server/storage/identity_storage.ts";
import { keysOfEveryone } from "../../../fixtures/accounts.ts";
import { HostileServer, MemoryText } from "../hostile_server.ts";

async function jacksIdentity({ fixture }: HostileServer): Promise<Identity> {
  const wrapKey = await deriveWrapKey((await keysOfEveryone()).saltedPassword);
  return await openIdentity("jack", fixture.storage.data.identities.get("jack")!, wrapKey);
}

/** The vault of jack as it is stored. */
async function openedVault(server: HostileServer): Promise<OpenedVault> {
  const { version, sealed } = server.fixture.storage.data.vaults.get("jack")!;
  return await openVault(new Uint8Array(sealed), version, await jacksIdentity(server));
}

/** The same, sealed again by his own keys as another version. */
async function sealedAs(
  version: number,
  server: HostileServer,
  how: "as it is" | "by an older program" = "as it is",
): Promise<VaultRecord> {
  const identity = await jacksIdentity(server);
  const { contents } = await openedVault(server);
  const sealed = await sealVault(contents, version, identity);
  if (how === "as it is") return { version, sealed };
  const key = await deriveSealingKey(identity.masterKey, "chat vault v1");
  const context = joinFields("chat vault v1", "jack", String(version));
  const { peers } = JSON.parse(decodeText(await openBox(key, sealed, context)));
  for (const peer of peers) peer.keys = peer.keys?.slice(0, 2) ?? null;
  const text = new TextEncoder().encode(JSON.stringify({ peers }));
  return { version, sealed: await sealBox(key, text, context) };
}

Deno.test("an account goes on whose vault was once stored under a version that nobody reaches", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const { vaults } = server.fixture.storage.data;
  const [memory, elsewhere] = [new MemoryText(), new MemoryText()];
  const jack = await server.client("jack", { memory });
  const other = await server.client("jack", { memory: elsewhere });
  const { number } = await jack.client.safetyNumber("jill");
  await jack.client.verify("jill", number);
  await jack.client.close(5_000);
  await other.client.close(5_000);
  // An earlier server took any version.
  const version = 2 ** 40;
  vaults.set("jack", await sealedAs(version, server));
  for (const kept of [memory, elsewhere, new MemoryText(), memory]) {
    const again = await server.client("jack", { memory: kept });
    assertEquals(again.notices, []);
    assertEquals(await again.client.protection("jill"), "verified");
    await again.client.sendPrivate("joe", "still there");
    assert(vaults.get("jack")!.version < 100);
    await again.client.close(5_000);
  }
});

Deno.test("what an older program of the account leaves out of the vault is put back by a newer one", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const { vaults } = server.fixture.storage.data;
  const memory = new MemoryText();
  for (const name of ["jill", "joe"]) await server.client(name);
  const first = await server.client("jack", { memory });
  await first.client.sendPrivate("jill", "x");
  const digest = (await openedVault(server)).contents.get("jill")!.keys!.encapsulationDigest;
  assert(digest !== null);
  const writeAsOlder = async () => {
    const version = vaults.get("jack")!.version + 1;
    vaults.set("jack", await sealedAs(version, server, "by an older program"));
    assertEquals((await openedVault(server)).contents.get("jill")!.keys!.encapsulationDigest, null);
  };
  // While a session is there, and before its next start.
  await writeAsOlder();
  await first.client.sendPrivate("joe", "x");
  assertEquals((await openedVault(server)).contents.get("jill")!.keys!.encapsulationDigest, digest);
  await first.client.close(5_000);
  await writeAsOlder();
  const second = await server.client("jack", { memory });
  const { contents, fromOlderProgram } = await openedVault(server);
  assertEquals(contents.get("jill")!.keys!.encapsulationDigest, digest);
  assertEquals(fromOlderProgram, false);
  assertEquals([first.notices, second.notices], [[], []]);
});

Deno.test("a vault that a server lost thousands of versions of is put right in steps", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const { vaults } = server.fixture.storage.data;
  const memory = new MemoryText();
  const first = await server.client("jack", { memory });
  await first.client.sendPrivate("jill", "x");
  await first.client.close(5_000);
  const early = vaults.get("jack")!;
  const version = 3_500;
  vaults.set("jack", await sealedAs(version, server));
  const second = await server.client("jack", { memory });
  await second.client.close(5_000);
  vaults.set("jack", early);
  const third = await server.client("jack", { memory });
  assertStringIncludes(third.notices[0]!.text, "an old list of the keys that you trust");
  assertEquals(vaults.get("jack")!.version, version + 1);
});
