import { assertEquals, assertRejects } from "@std/assert";
import type {
  StoredIdentity,
  StoredPasswordChange,
} from "../../../../../server/storage/identity_storage.ts";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { makeAccount, makeIdentity, tamper, withFolder, withStorage } from "../storage_fixture.ts";
import {
  addIdentity,
  addSupplement,
  changePassword,
  createAccount,
  RefusedError,
  saveVault,
} from "../../../../fixtures/changes.ts";

function bytes(value: number, length = 32): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

/** Keys as they are stored. */
function stored(value: number, supplement: Uint8Array<ArrayBuffer> | null = null): StoredIdentity {
  return { ...makeIdentity(value), supplement };
}

const ann = makeAccount("ann");
const change: StoredPasswordChange = {
  salt: bytes(11, 16),
  iterations: 700_000,
  storedKey: bytes(12),
  serverKey: bytes(13),
  wrappedKey: bytes(14, 60),
};

Deno.test("createAccount() stores account and keys together, or neither", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann, makeIdentity(1));
    assertEquals(await storage.findIdentity("ann"), stored(1));
    const double = makeAccount("bob", { skeleton: ann.skeleton });
    await assertRejects(() => createAccount(storage, double, makeIdentity(2)), RefusedError);
    assertEquals(await storage.findAccount("bob"), null);
    assertEquals(await storage.findIdentity("bob"), null);
  });
});

Deno.test("an account whose keys cannot be stored is not made", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    tamper(
      folder,
      "CREATE TRIGGER fails BEFORE INSERT ON identities BEGIN SELECT raise(ABORT, 'x'); END",
    );
    await assertRejects(() => createAccount(storage, ann, makeIdentity(1)), StorageError);
    assertEquals(await storage.findAccount("ann"), null);
    await createAccount(storage, ann);
    await storage.close();
  });
});

Deno.test("addIdentity() gives keys once, and none to an account that is not there", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann);
    assertEquals(await storage.findIdentity("ann"), null);
    const added = [1, 2, 3].map((value) => addIdentity(storage, "ann", makeIdentity(value)));
    const first = stored(1);
    assertEquals(await Promise.all(added), [first, first, first]);
    assertEquals(await addIdentity(storage, "nobody", makeIdentity(1)), null);
    assertEquals(await storage.findIdentity("nobody"), null);
  });
});

Deno.test("a key record gets its supplement once, outlives a restart with it, and keeps it when the password is changed", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    await createAccount(first, ann, makeIdentity(1));
    const { record } = makeIdentity(1);
    const [one, two] = [bytes(5, 1_248), bytes(6, 1_248)];
    const added = await Promise.all(
      [one, two].map((value) => addSupplement(first, "ann", record, value)),
    );
    assertEquals(added, [true, false]);
    assertEquals(await first.findIdentity("ann"), stored(1, one));
    assertEquals(await changePassword(first, "ann", ann.storedKey, change), 1);
    await first.close();
    const second = await openStorage(folder);
    const { wrappedKey } = change;
    assertEquals(await second.findIdentity("ann"), { ...stored(1, one), wrappedKey });
    assertEquals(await second.verify(), []);
    await second.close();
  });
});

Deno.test("a supplement of other keys is refused, and one for nobody", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann, makeIdentity(1));
    await createAccount(storage, makeAccount("bob"));
    const { record } = makeIdentity(2);
    for (const name of ["ann", "bob", "nobody"]) {
      const command = { type: "supplement", version: 1, nameKey: name } as const;
      const outcome = await storage.submit({ ...command, record, supplement: bytes(5, 1_248) });
      assertEquals(outcome, { refused: "other_keys" });
    }
    assertEquals(await storage.findIdentity("ann"), stored(1));
  });
});

Deno.test("changePassword() changes the account and its wrapped key, and outlives a restart", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    await createAccount(first, ann, makeIdentity(1));
    assertEquals(await changePassword(first, "ann", ann.storedKey, change), 1);
    await first.close();
    const second = await openStorage(folder);
    const { wrappedKey, ...account } = change;
    assertEquals(await second.findAccount("ann"), { ...ann, ...account, passwordGeneration: 1 });
    assertEquals(await second.findIdentity("ann"), { ...stored(1), wrappedKey });
    assertEquals(await second.verify(), []);
    await second.close();
  });
});

Deno.test("changePassword() changes nothing for another old password, without keys, or for nobody", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann, makeIdentity(1));
    await createAccount(storage, makeAccount("bob"));
    assertEquals(await changePassword(storage, "ann", bytes(99), change), null);
    assertEquals(await changePassword(storage, "bob", makeAccount("bob").storedKey, change), null);
    assertEquals(await changePassword(storage, "nobody", bytes(7), change), null);
    assertEquals(await storage.findAccount("ann"), ann);
    assertEquals(await storage.findAccount("bob"), makeAccount("bob"));
    assertEquals(await storage.findIdentity("ann"), stored(1));
  });
});

Deno.test("of many changes of one password at once exactly one wins", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann, makeIdentity(1));
    const changes = Array.from(
      { length: 10 },
      (_, at) =>
        changePassword(storage, "ann", ann.storedKey, { ...change, storedKey: bytes(100 + at) }),
    );
    const done = await Promise.all(changes);
    assertEquals(done.filter((one) => one).length, 1);
  });
});

Deno.test("a password change that cannot be stored whole is not stored at all", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    await createAccount(first, ann, makeIdentity(1));
    await first.close();
    const second = await openStorage(folder);
    tamper(
      folder,
      "CREATE TRIGGER fails BEFORE UPDATE ON identities BEGIN SELECT raise(ABORT, 'x'); END",
    );
    await assertRejects(() => changePassword(second, "ann", ann.storedKey, change), StorageError);
    assertEquals(await second.findAccount("ann"), ann);
    // And the store goes on.
    await createAccount(second, makeAccount("bob"));
    await second.close();
  });
});

Deno.test("a vault's version only grows", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann);
    assertEquals(await storage.findVault("ann"), null);
    assertEquals(await storage.vaultVersion("ann"), 0);
    const save = (version: number) =>
      saveVault(storage, "ann", { version, sealed: bytes(version % 256) });
    assertEquals(await save(2), true);
    for (const version of [2, 1]) assertEquals(await save(version), false);
    assertEquals(await storage.findVault("ann"), { version: 2, sealed: bytes(2) });
    for (const version of [1_003, 2 ** 40]) assertEquals(await save(version), false);
    assertEquals(await save(1_002), true);
    assertEquals(await storage.vaultVersion("ann"), 1_002);
    assertEquals(await save(3), false);
    assertEquals(await saveVault(storage, "nobody", { version: 1, sealed: bytes(1) }), false);
  });
});

Deno.test("a version that nobody reaches, stored by an earlier server, gives way to small ones", async () => {
  await withStorage(async (storage, folder) => {
    await createAccount(storage, ann);
    const save = (version: number) => saveVault(storage, "ann", { version, sealed: bytes(1) });
    assertEquals(await save(1), true);
    tamper(folder, `UPDATE vaults SET version = ${2 ** 40}`);
    for (const version of [2 ** 40, 2 ** 40 + 1, 1_001]) assertEquals(await save(version), false);
    assertEquals(await save(7), true);
    assertEquals(await storage.vaultVersion("ann"), 7);
    assertEquals(await save(7), false);
  });
});

Deno.test("of many vaults of one version exactly one is stored", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, ann);
    const saves = Array.from(
      { length: 10 },
      (_, at) => saveVault(storage, "ann", { version: 1, sealed: bytes(at) }),
    );
    assertEquals((await Promise.all(saves)).filter((saved) => saved).length, 1);
  });
});
