import { assertEquals, assertRejects } from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { Identities } from "../../../server/accounts/key_directory.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { makeIdentity, weakRecord, weakSigningRecord } from "../../fixtures/identities.ts";
import { addAccounts, makeAccountRecord } from "../../fixtures/accounts.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { createAccount } from "../../fixtures/changes.ts";

const { sealed: own, supplement } = await makeIdentity("jack");
const { sealed: foreign } = await makeIdentity("jill");
const jack = { id: 1, user: { nameKey: "jack", account: true }, site: "192.0.2.1" };
const bytes = (length: number) => new Uint8Array(length).fill(1);
const change = {
  salt: bytes(16),
  iterations: 600_000,
  storedKey: bytes(32),
  serverKey: bytes(32),
  wrappedKey: bytes(60),
};

async function refused(code: ErrorCode, action: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(action, ChatError);
  assertEquals(error.code, code, error.message);
}

Deno.test("keys are given to an account once; who comes second gets those of the first", async () => {
  const storage = new MemoryStorage();
  await createAccount(storage, await makeAccountRecord("jack"));
  const identities = new Identities(storage, makeAllowances());
  assertEquals(await identities.of("jack"), null);
  const kept = { ...own, supplement: null };
  assertEquals(await identities.add("jack", own), kept);
  const { sealed: second } = await makeIdentity("jack");
  assertEquals(await identities.add("jack", second), kept);
  const { sealed: nobody } = await makeIdentity("nobody");
  await refused("no_such_user", () => identities.add("nobody", nobody));
});

Deno.test("what is no signed record of this name, protects nothing, or has another length, is not kept", async () => {
  const storage = new MemoryStorage();
  await createAccount(storage, await makeAccountRecord("jack"));
  const identities = new Identities(storage, makeAllowances());
  const altered = own.record.slice();
  altered[20]! ^= 1;
  await refused("bad_proof", () => identities.add("jack", foreign));
  await refused("bad_proof", () => identities.add("jack", { ...own, record: altered }));
  for (const weak of [await weakRecord("jack"), await weakSigningRecord("jack")]) {
    await refused("bad_proof", () => identities.add("jack", { ...own, record: weak }));
  }
  await refused("bad_message", () => identities.add("jack", { ...own, record: bytes(0) }));
  await refused("bad_message", () => identities.add("jack", { ...own, record: bytes(9_999) }));
  await refused("bad_message", () => identities.add("jack", { ...own, sealedKeys: bytes(123) }));
  await refused("bad_message", () => identities.add("jack", { ...own, wrappedKey: bytes(61) }));
  assertEquals(await identities.of("jack"), null);
});

Deno.test("a key record grows once, by what its owner signed; who comes second gets what is there", async () => {
  const storage = new MemoryStorage();
  await createAccount(storage, await makeAccountRecord("jack"));
  const identities = new Identities(storage, makeAllowances());
  await refused("not_found", () => identities.supplement("jack", supplement));
  await refused("not_found", () => identities.supplement("nobody", supplement));
  await identities.add("jack", own);
  const altered = supplement.slice();
  altered[100]! ^= 1;
  const other = await makeIdentity("jack");
  await refused("bad_proof", () => identities.supplement("jack", altered));
  await refused("bad_proof", () => identities.supplement("jack", other.supplement));
  await refused("bad_message", () => identities.supplement("jack", bytes(0)));
  await refused("bad_message", () => identities.supplement("jack", bytes(1_249)));
  assertEquals((await identities.of("jack"))?.supplement, null);
  // Two sessions at once, and one that asks later: whatever it asks for, it learns what is there.
  const asked = [supplement, supplement].map((one) => identities.supplement("jack", one));
  assertEquals(await Promise.all(asked), [supplement, supplement]);
  assertEquals(await identities.supplement("jack", other.supplement), supplement);
  assertEquals((await identities.of("jack"))?.supplement, supplement);
});

Deno.test("a supplement whose keys were made anew meanwhile is a conflict", async () => {
  const storage = new MemoryStorage();
  await createAccount(storage, await makeAccountRecord("jack"), own);
  const identities = new Identities(storage, makeAllowances());
  storage.refusing.set("supplement", { refused: "other_keys" });
  await refused("conflict", () => identities.supplement("jack", supplement));
});

Deno.test("a password is changed to well-formed keys only, and by the last one who proved the old one", async () => {
  const storage = new MemoryStorage();
  await addAccounts(storage, ["jack"]);
  const identities = new Identities(storage, makeAllowances());
  const { storedKey } = (await storage.findAccount("jack"))!;
  const to = (more: Partial<typeof change>) =>
    identities.changePassword(jack, {
      storedKey,
      change: { ...change, ...more },
      keepSessions: true,
    });
  await refused("bad_message", () => to({ salt: bytes(15) }));
  await refused("bad_message", () => to({ salt: bytes(65) }));
  await refused("bad_message", () => to({ iterations: 599_999 }));
  await refused("bad_message", () => to({ storedKey: bytes(31) }));
  await refused("bad_message", () => to({ serverKey: bytes(33) }));
  await refused("bad_message", () => to({ wrappedKey: bytes(59) }));
  await to({});
  await refused("conflict", () => to({}));
});

Deno.test("an old vault is refused, and one whose version is far above the stored one", async () => {
  const storage = new MemoryStorage();
  await createAccount(storage, await makeAccountRecord("jack"));
  const identities = new Identities(storage, makeAllowances());
  assertEquals(await identities.vault("jack"), null);
  await identities.saveVault(jack, { version: 3, sealed: bytes(9) });
  await refused("conflict", () => identities.saveVault(jack, { version: 3, sealed: bytes(8) }));
  await refused("conflict", () => identities.saveVault(jack, { version: 2, sealed: bytes(8) }));
  for (const version of [1_004, 2 ** 40]) {
    await refused("conflict", () => identities.saveVault(jack, { version, sealed: bytes(8) }));
  }
  assertEquals(await identities.vault("jack"), { version: 3, sealed: bytes(9) });
  assertEquals(await identities.vaultVersion("jack"), 3);
});

Deno.test("what waits for the disk counts as a post: a vault that is saved, and a new password", async () => {
  const storage = new MemoryStorage();
  await addAccounts(storage, ["jack"]);
  const allowances = makeAllowances({ posts: { perSecond: 1, burst: 1 } });
  const identities = new Identities(storage, allowances);
  await identities.saveVault(jack, { version: 1, sealed: bytes(9) });
  await refused("slow_down", () => identities.saveVault(jack, { version: 2, sealed: bytes(9) }));
  await refused(
    "slow_down",
    () => identities.changePassword(jack, { storedKey: bytes(32), change, keepSessions: true }),
  );
  assertEquals(await identities.vaultVersion("jack"), 1);
});

Deno.test("a store that fails is told without its details", async () => {
  const storage = new MemoryStorage();
  const identities = new Identities(storage, makeAllowances());
  storage.failing.set("findIdentity", new StorageError("full", "/secret/path"));
  const error = await assertRejects(() => identities.of("jack"), ChatError);
  assertEquals(error.code, "storage_failed");
  assertEquals(error.message.includes("secret"), false);
});
