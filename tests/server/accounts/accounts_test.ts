import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import {
  iterationsMax,
  iterationsServerMax,
  passwordBytesMax,
} from "../../../protocol/wire/limits.ts";
import { deriveKeys, ScramClient, startScram } from "../../../protocol/scram/scram.ts";
import {
  Accounts,
  type AccountsOptions,
  type AccountSources,
  type Registration,
} from "../../../server/accounts/accounts.ts";
import type { AccountRecord } from "../../../server/storage/account_storage.ts";
import type { Command, OutcomeOf } from "../../../server/storage/commands.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { settled } from "../../fixtures/fake_time.ts";

/** Accounts in memory; like the real store it waits, and refuses a key or skeleton that is there. */
class MemoryStorage implements AccountSources {
  readonly accounts: AccountRecord[] = [];
  readonly secrets = new Map<string, Uint8Array<ArrayBuffer>>();
  broken = false;
  lookups = 0;
  creations = 0;

  async findAccount(nameKey: string): Promise<AccountRecord | null> {
    this.lookups += 1;
    await this.#wait();
    return this.accounts.find((account) => account.nameKey === nameKey) ?? null;
  }

  async submit<C extends Command>(command: C): Promise<OutcomeOf<C["type"]>> {
    if (command.type === "secret") this.secrets.set(command.name, command.value);
    if (command.type === "account") {
      this.creations += 1;
      await this.#wait();
      const { account } = command;
      const same = (other: AccountRecord) =>
        other.nameKey === account.nameKey || other.skeleton === account.skeleton;
      if (this.accounts.some(same)) return { refused: "name_taken" } as OutcomeOf<C["type"]>;
      this.accounts.push(account);
    }
    return { refused: null, repeated: false } as OutcomeOf<C["type"]>;
  }

  findSecret(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return Promise.resolve(this.secrets.get(name) ?? null);
  }

  async #wait(): Promise<void> {
    await Promise.resolve();
    if (this.broken) throw new StorageError("full", "The disk at /secret/path is full.");
  }
}

async function makeAccounts(options: Partial<AccountsOptions> = {}, storage = new MemoryStorage()) {
  const settled = { registration: "open", iterations: 1, nowMs: () => 1234, ...options } as const;
  return { storage, accounts: await Accounts.open(storage, settled) };
}

function makeRegistration(changes: Partial<Registration> = {}): Registration {
  return {
    name: "Jack",
    salt: new Uint8Array(16).fill(1),
    iterations: 600_000,
    storedKey: new Uint8Array(32).fill(2),
    serverKey: new Uint8Array(32).fill(3),
    ...changes,
  };
}

async function assertRefused(promise: Promise<unknown>, code: ErrorCode): Promise<ChatError> {
  const error = await assertRejects(() => promise, ChatError);
  assertEquals(error.code, code);
  return error;
}

/** Signs in by SCRAM with a password; returns whether the server believed it. */
async function signIn(accounts: Accounts, userName: string, password: string): Promise<boolean> {
  const client = new ScramClient({
    userName,
    keysFor: (salt, iterations) => deriveKeys(password, salt, iterations),
    binding: "not_supported",
    iterationsMin: 1,
  });
  const server = startScram(client.first, { bindings: "none" });
  const credentials = await accounts.credentials(server.userName);
  const serverFirst = server.serverFirst(credentials.salt, credentials.iterations);
  return (await server.finish(await client.respond(serverFirst), credentials)).ok;
}

Deno.test("register() stores the account with its folded name and the time", async () => {
  const { accounts, storage } = await makeAccounts();
  const record = await accounts.register(makeRegistration());
  assertEquals(storage.accounts, [record]);
  assertEquals(record.name, "Jack");
  assertEquals(record.nameKey, "jack");
  assertEquals(record.createdMs, 1234);
  assertEquals(record.salt, new Uint8Array(16).fill(1));
  assertEquals(record.storedKey, new Uint8Array(32).fill(2));
  assertEquals(record.serverKey, new Uint8Array(32).fill(3));
});

Deno.test("register() refuses a name that is taken, in any spelling", async () => {
  const { accounts } = await makeAccounts();
  await accounts.register(makeRegistration());
  for (const name of ["Jack", "jack", "JACK"]) {
    await assertRefused(accounts.register(makeRegistration({ name })), "name_taken");
  }
});

Deno.test("register() refuses a name that looks like one that is taken", async () => {
  const { accounts } = await makeAccounts();
  await accounts.register(makeRegistration({ name: "jill" }));
  await assertRefused(accounts.register(makeRegistration({ name: "ji1l" })), "name_taken");
});

Deno.test("register() lets exactly one of many win a name", async () => {
  const { accounts, storage } = await makeAccounts();
  const tries = Array.from({ length: 100 }, () => accounts.register(makeRegistration()));
  const results = await Promise.allSettled(tries);
  assertEquals(results.filter((result) => result.status === "fulfilled").length, 1);
  assertEquals(storage.accounts.length, 1);
});

Deno.test("register() refuses names that cannot be", async () => {
  const { accounts } = await makeAccounts();
  for (const name of ["", "a b", "../x", "a\u0000b", "x".repeat(33)]) {
    await assertRefused(accounts.register(makeRegistration({ name })), "bad_name");
  }
});

Deno.test("register() refuses salts and keys of wrong lengths", async () => {
  const { accounts, storage } = await makeAccounts();
  const bytes = (length: number) => new Uint8Array(length);
  for (const length of [0, 15, 65, 1000]) {
    await assertRefused(
      accounts.register(makeRegistration({ salt: bytes(length) })),
      "bad_message",
    );
  }
  for (const length of [0, 31, 33]) {
    const storedKey = accounts.register(makeRegistration({ storedKey: bytes(length) }));
    await assertRefused(storedKey, "bad_message");
    const serverKey = accounts.register(makeRegistration({ serverKey: bytes(length) }));
    await assertRefused(serverKey, "bad_message");
  }
  assertEquals(storage.accounts, []);
});

Deno.test("register() accepts salts of 16 and of 64 bytes", async () => {
  const { accounts } = await makeAccounts();
  await accounts.register(makeRegistration({ salt: new Uint8Array(16) }));
  await accounts.register(makeRegistration({ name: "Jill", salt: new Uint8Array(64) }));
});

Deno.test("register() refuses iterations out of range or that are no whole number", async () => {
  const { accounts } = await makeAccounts();
  for (const iterations of [0, 1, 599_999, 5_000_001, 600_000.5, NaN, Infinity, -600_000]) {
    await assertRefused(accounts.register(makeRegistration({ iterations })), "bad_message");
  }
  await accounts.register(makeRegistration({ iterations: 5_000_000 }));
});

Deno.test("where registration is closed nobody registers, by keys or by password", async () => {
  const { accounts, storage } = await makeAccounts({ registration: "closed" });
  await assertRefused(accounts.register(makeRegistration()), "registration_closed");
  await assertRefused(accounts.register(makeRegistration({ name: "" })), "registration_closed");
  await assertRefused(accounts.registerWithPassword("Jack", "password"), "registration_closed");
  assertEquals(storage.accounts, []);
});

Deno.test("lookup() tells known names from unknown ones where registration is open", async () => {
  const { accounts } = await makeAccounts();
  await accounts.register(makeRegistration());
  assertEquals(await accounts.lookup("jAcK"), { known: true });
  assertEquals(await accounts.lookup("Jill"), { known: false });
  await assertRefused(accounts.lookup("a b"), "bad_name");
});

Deno.test("lookup() says yes to every name, without looking, where registration is closed", async () => {
  const { accounts, storage } = await makeAccounts({ registration: "closed" });
  assertEquals(await accounts.lookup("Jill"), { known: true });
  assertEquals(storage.lookups, 0);
  await assertRefused(accounts.lookup("a b"), "bad_name");
});

Deno.test("credentials() of an account are the registered ones, for any spelling", async () => {
  const { accounts } = await makeAccounts();
  const record = await accounts.register(makeRegistration());
  const { salt, iterations, storedKey, serverKey } = record;
  const expected = { record, salt, iterations, storedKey, serverKey };
  assertEquals(await accounts.credentials("JACK"), expected);
});

Deno.test("credentials() of an unknown name look like an account's and stay the same", async () => {
  const { accounts, storage } = await makeAccounts({ iterations: 600_000 });
  const credentials = await accounts.credentials("Jill");
  assertEquals(credentials.record, null);
  assertEquals(credentials.salt.length, 16);
  assertEquals(credentials.iterations, 600_000);
  assertEquals(credentials.storedKey.length, 32);
  assertEquals(credentials.serverKey.length, 32);
  assertEquals(await accounts.credentials("JILL"), credentials);
  const restarted = await makeAccounts({ iterations: 600_000 }, storage);
  assertEquals(await restarted.accounts.credentials("jill"), credentials);
});

Deno.test("credentials() of unknown names differ by name and by server", async () => {
  const { accounts } = await makeAccounts();
  const other = await makeAccounts();
  const { salt } = await accounts.credentials("jill");
  assertNotEquals((await accounts.credentials("joan")).salt, salt);
  assertNotEquals((await other.accounts.credentials("jill")).salt, salt);
});

Deno.test("credentials() asks the store once, whether the name is known or not", async () => {
  const { accounts, storage } = await makeAccounts();
  await accounts.register(makeRegistration());
  for (const name of ["jack", "jill"]) {
    const before = storage.lookups;
    await accounts.credentials(name);
    assertEquals(storage.lookups, before + 1);
  }
});

Deno.test("SCRAM lets the right password in, and neither a wrong one nor an unknown name", async () => {
  const { accounts } = await makeAccounts();
  await accounts.registerWithPassword("Jack", "correct horse");
  assert(await signIn(accounts, "jack", "correct horse"));
  assertEquals(await signIn(accounts, "jack", "correct horsf"), false);
  assertEquals(await signIn(accounts, "jill", "correct horse"), false);
});

Deno.test("checkPassword() returns the account only for the right name and password", async () => {
  const { accounts } = await makeAccounts();
  const record = await accounts.registerWithPassword("Jack", "correct horse");
  assertEquals(await accounts.checkPassword("JACK", "correct horse"), record);
  for (const password of ["", "correct hors", "correct horse ", "Correct horse"]) {
    assertEquals(await accounts.checkPassword("jack", password), null);
  }
  assertEquals(await accounts.checkPassword("jill", "correct horse"), null);
  await assertRefused(accounts.checkPassword("a b", "correct horse"), "bad_name");
});

Deno.test("checkPassword() knows accounts that were registered by keys", async () => {
  const { accounts } = await makeAccounts();
  const salt = new Uint8Array(16).fill(9);
  const { storedKey, serverKey } = await deriveKeys("correct horse", salt, 600_000);
  const record = await accounts.register(makeRegistration({ salt, storedKey, serverKey }));
  assertEquals(await accounts.checkPassword("jack", "correct horse"), record);
});

Deno.test("checkPassword() derives nothing for an account with more iterations than the server computes", async () => {
  const { accounts } = await makeAccounts();
  const weights: number[] = [];
  const weigh = (checks: number) => void weights.push(checks);
  await accounts.register(makeRegistration({ iterations: iterationsMax }));
  const refused = await assertRefused(
    accounts.checkPassword("jack", "correct horse", "", weigh),
    "forbidden",
  );
  assertEquals(weights, []);
  assert(refused.message.includes("SCRAM-SHA-256"));
});

Deno.test("of very many who look names up at once, few questions are with the store, and another network has its turn", async () => {
  const { accounts, storage } = await makeAccounts();
  const held: PromiseWithResolvers<AccountRecord | null>[] = [];
  const asked: string[] = [];
  storage.findAccount = (nameKey) => {
    asked.push(nameKey);
    held.push(Promise.withResolvers());
    return held.at(-1)!.promise;
  };
  const all = Array.from({ length: 1_000 }, (_, i) => accounts.lookup(`user${i}x`, "192.0.2.1"));
  const other = accounts.lookup("jack", "192.0.2.2");
  await Promise.resolve();
  assertEquals(asked, ["user0x", "user1x", "user2x", "user3x", "jack"]);
  held[4]!.resolve(null);
  assertEquals(await other, { known: false });
  for (let i = 0; i < asked.length; i++) {
    held[i]!.resolve(null);
    await settled();
  }
  await Promise.all(all);
});

Deno.test("checkPassword() says what it costs before it costs that", async () => {
  const { accounts } = await makeAccounts();
  const weights: number[] = [];
  const weigh = (checks: number) => void weights.push(checks);
  await accounts.register(makeRegistration({ iterations: iterationsServerMax }));
  assertEquals(await accounts.checkPassword("jack", "correct horse", "", weigh), null);
  assertEquals(await accounts.checkPassword("jill", "correct horse", "", weigh), null);
  assertEquals(weights, [2, 1]);
});

Deno.test("checkPassword() refuses a password above the cap without deriving anything", async () => {
  const { accounts, storage } = await makeAccounts();
  const result = await accounts.checkPassword("jack", "x".repeat(passwordBytesMax + 1));
  assertEquals(result, null);
  assertEquals(storage.lookups, 0);
});

Deno.test("checkPassword() of known and unknown names waits in one queue of nine", async () => {
  const { accounts } = await makeAccounts();
  await accounts.registerWithPassword("Jack", "correct horse");
  const tries = Array.from(
    { length: 20 },
    (_, i) => accounts.checkPassword(i % 2 ? "jack" : "jill", "wrong password"),
  );
  const results = await Promise.allSettled(tries);
  const codes = results.map((result) =>
    result.status === "fulfilled" ? result.value : (result.reason as ChatError).code
  );
  assertEquals(codes, [...Array(9).fill(null), ...Array(11).fill("slow_down")]);
});

Deno.test("registerWithPassword() uses a new salt each time and the iterations it was given", async () => {
  const { accounts } = await makeAccounts({ iterations: 7 });
  const jack = await accounts.registerWithPassword("Jack", "correct horse");
  const jill = await accounts.registerWithPassword("Jill", "correct horse");
  assertEquals([jack.iterations, jack.salt.length], [7, 16]);
  assertNotEquals(jack.salt, jill.salt);
  assertNotEquals(jack.storedKey, jill.storedKey);
});

Deno.test("registerWithPassword() derives with 600,000 iterations unless told otherwise", async () => {
  const accounts = await Accounts.open(new MemoryStorage(), { registration: "open" });
  const record = await accounts.registerWithPassword("Jack", "correct horse");
  assertEquals(record.iterations, 600_000);
  assert(Math.abs(record.createdMs - Date.now()) < 3_600_000);
});

Deno.test("registerWithPassword() refuses passwords that are too short or too long", async () => {
  const { accounts } = await makeAccounts();
  for (const password of ["", "1234567", "🙂".repeat(7), "x".repeat(passwordBytesMax + 1)]) {
    const error = await assertRefused(accounts.registerWithPassword("Jack", password), "bad_text");
    assert(password === "" || !error.message.includes(password));
  }
  await accounts.registerWithPassword("Jack", "🙂".repeat(8));
  await accounts.registerWithPassword("Jill", "x".repeat(passwordBytesMax));
});

Deno.test("registerWithPassword() refuses a name that is taken or cannot be", async () => {
  const { accounts, storage } = await makeAccounts();
  const tries = [1, 2, 3].map(() => accounts.registerWithPassword("Jack", "correct horse"));
  const results = await Promise.allSettled(tries);
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "rejected"]);
  await assertRefused(accounts.registerWithPassword("JACK", "correct horse"), "name_taken");
  assertEquals(storage.creations, 1, "nothing is derived for a name that is taken");
  await assertRefused(accounts.registerWithPassword("a b", "correct horse"), "bad_name");
});

Deno.test("a store that fails is a typed error that shows nothing of the server's disk", async () => {
  const { accounts, storage } = await makeAccounts();
  storage.broken = true;
  const calls = [
    accounts.lookup("jack"),
    accounts.register(makeRegistration()),
    accounts.credentials("jack"),
    accounts.checkPassword("jack", "correct horse"),
    accounts.registerWithPassword("jack", "correct horse"),
  ];
  const results = await Promise.allSettled(calls);
  for (const result of results) {
    assert(result.status === "rejected" && result.reason instanceof ChatError);
    assertEquals(result.reason.code, "storage_failed");
    assert(!result.reason.message.includes("/secret"));
  }
});

Deno.test("a name that is kept back is registered by nobody, and said so before a password is chosen", async () => {
  const { accounts, storage } = await makeAccounts();
  const tries = [
    () => accounts.lookup("Root"),
    () => accounts.register(makeRegistration({ name: "ADMIN" })),
    () => accounts.registerWithPassword("0perator", "a long password"),
  ];
  for (const attempt of tries) {
    const error = await assertRejects(attempt, ChatError, "is reserved");
    assertEquals(error.code, "bad_name");
  }
  assertEquals(storage.accounts, []);
});

Deno.test("an account that had a name before it was kept back keeps it", async () => {
  const { accounts, storage } = await makeAccounts();
  await accounts.register(makeRegistration({ name: "rope" }));
  const [account] = storage.accounts;
  storage.accounts[0] = { ...account!, name: "root", nameKey: "root", skeleton: "root" };
  assertEquals(await accounts.lookup("ROOT"), { known: true });
  assertEquals((await accounts.credentials("root")).record?.name, "root");
  await accounts.requireOperator("root");
});
