import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deriveWrapKey, openIdentity } from "../../../../protocol/e2e/identity.ts";
import { openVault, sealVault } from "../../../../protocol/e2e/vault.ts";
import type { VaultRecord } from "../../../../server/storage/identity_storage.ts";
import { keysOfEveryone } from "../../../fixtures/accounts.ts";
import { HostileServer, MemoryText } from "../hostile_server.ts";

/** The vault of jack as it is stored, sealed again by his own keys as another version. */
async function sealedAs(version: number, server: HostileServer): Promise<VaultRecord> {
  const { identities, vaults } = server.fixture.storage.data;
  const wrapKey = await deriveWrapKey((await keysOfEveryone()).saltedPassword);
  const identity = await openIdentity("jack", identities.get("jack")!, wrapKey);
  const stored = vaults.get("jack")!;
  const contents = await openVault(new Uint8Array(stored.sealed), stored.version, identity);
  return { version, sealed: await sealVault(contents, version, identity) };
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
