import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { ScramClient } from "../../../protocol/scram/scram.ts";
import { Accounts } from "../../../server/accounts/accounts.ts";
import { type PasswordAttempt, SignIn } from "../../../server/accounts/sign_in.ts";
import { SignInGuard } from "../../../server/accounts/sign_in_guard.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { addAccounts, keysOfEveryone } from "../../fixtures/accounts.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";

const channelBinding = new Uint8Array(32).fill(5);
const address = "192.0.2.1";
const password = "password of jack";

/** The way in over a store in memory, what it logs, and who was registered by it. */
async function start(options: { registrationsAtOnce?: number } = {}) {
  const storage = new MemoryStorage();
  const log: string[] = [];
  const registered: string[] = [];
  const accounts = await Accounts.open(storage, { registration: "open", iterations: 1 });
  const guard = await SignInGuard.open(storage, () => 0);
  const { registrationsAtOnce } = options;
  const perSecond = registrationsAtOnce === undefined ? 0 : 1;
  const signIn = new SignIn({
    accounts,
    guard,
    allowances: makeAllowances({ registrations: { perSecond, burst: registrationsAtOnce ?? 0 } }),
    logger: {
      debug: () => {},
      info: (text, properties = {}) =>
        void log.push(text.replace(/\{(\w+)\}/g, (_, key) => String(properties[key]))),
      warn: () => {},
      error: () => {},
    },
    channelBinding,
    onRegistered: (nameKey) => void registered.push(nameKey),
  });
  return { storage, accounts, guard, signIn, log, registered };
}

const attemptOf = (text: string, more: Partial<PasswordAttempt> = {}): PasswordAttempt => ({
  name: "Jack",
  address,
  read: () => text,
  ...more,
});

async function refused(code: ErrorCode, action: () => Promise<unknown>): Promise<void> {
  assertEquals((await assertRejects(action, ChatError)).code, code);
}

/** A client that proves to know the password of everyone. */
function scramOf(userName: string): ScramClient {
  const keysFor = keysOfEveryone;
  return new ScramClient({ userName, keysFor, binding: channelBinding, iterationsMin: 1 });
}

Deno.test("who registers is told of and logged once, and may sign in", async () => {
  const { signIn, log, registered } = await start();
  await signIn.registerWithPassword(attemptOf(password));
  assertEquals([registered, log], [["jack"], ["Registered Jack."]]);
  assertEquals((await signIn.lookup("JACK", address)).known, true);
  assertEquals((await signIn.checkPassword(attemptOf(password)))?.name, "Jack");
  await refused("name_taken", () => signIn.registerWithPassword(attemptOf(password)));
  assertEquals(registered, ["jack"]);
});

Deno.test("accounts of one network are counted before anything is opened", async () => {
  const { signIn, storage } = await start({ registrationsAtOnce: 1 });
  await refused("bad_text", () => signIn.registerWithPassword(attemptOf("short")));
  let opened = 0;
  const read = () => {
    opened++;
    return password;
  };
  await refused("slow_down", () => signIn.registerWithPassword(attemptOf(password, { read })));
  assertEquals([opened, storage.data.accounts.size], [0, 0]);
  await signIn.registerWithPassword(attemptOf(password, { address: "192.0.2.2" }));
});

Deno.test("a wrong password is logged, held back and counted, and so is one that nobody can have", async () => {
  const { signIn, log } = await start();
  await signIn.registerWithPassword(attemptOf(password));
  const pauses: number[] = [];
  const waiting = { closed: false, pause: (ms: number) => Promise.resolve(void pauses.push(ms)) };
  const notSealed = () => Promise.reject(new ChatError("bad_message", "not sealed"));
  for (const read of [() => "password of jill", () => "\u0000", notSealed]) {
    assertEquals(await signIn.checkPassword(attemptOf("", { read, waiting })), null);
  }
  assertEquals(pauses, [250, 500, 1_000]);
  const line = "Refused a sign-in as Jack: wrong name or password.";
  assertEquals(log.slice(1), [line, line, line]);
  for (let i = 0; i < 2; i++) await signIn.checkPassword(attemptOf("wrong one", { waiting }));
  let opened = false;
  const read = () => {
    opened = true;
    return password;
  };
  await refused("slow_down", () => signIn.checkPassword(attemptOf("", { read, waiting })));
  assertEquals(opened, false, "nothing is opened for a try that is refused");
});

Deno.test("what was not tried is no wrong try: a store that fails, a server that is busy", async () => {
  const { signIn, storage, accounts, log } = await start();
  await signIn.registerWithPassword(attemptOf(password));
  storage.failing.set("findAccount", new StorageError("failed", "broken"));
  for (let i = 0; i < 6; i++) {
    await refused("storage_failed", () => signIn.checkPassword(attemptOf(password)));
    const proof = { data: scramOf("jack").first, address, bindings: "required" as const };
    await refused("storage_failed", () => signIn.begin(proof));
  }
  storage.failing.clear();
  const check = accounts.checkPassword;
  accounts.checkPassword = () => Promise.reject(new ChatError("slow_down", "busy"));
  for (let i = 0; i < 6; i++) {
    await refused("slow_down", () => signIn.checkPassword(attemptOf(password)));
  }
  accounts.checkPassword = check;
  assert(await signIn.checkPassword(attemptOf(password)) !== null);
  assertEquals(log.length, 1);
});

Deno.test("the server waits for a client that cannot come back, while it is there, and for no other", async () => {
  const { signIn, accounts } = await start();
  let triesLeft = 3;
  accounts.registerWithPassword = () => {
    triesLeft--;
    const error = new ChatError("slow_down", "busy", { retryAfterMs: 70 });
    return triesLeft > 0 ? Promise.reject(error) : Promise.reject(new Error("asked again"));
  };
  const pauses: number[] = [];
  const client = { closed: false, pause: (ms: number) => Promise.resolve(void pauses.push(ms)) };
  const register = (waiting?: PasswordAttempt["waiting"]) =>
    signIn.registerWithPassword(attemptOf(password, waiting === undefined ? {} : { waiting }));
  await assertRejects(() => register(client), Error, "asked again");
  assertEquals(pauses, [70, 70]);
  triesLeft = 3;
  await refused("slow_down", () => register({ ...client, closed: true }));
  await refused("slow_down", () => register());
  assertEquals([triesLeft, pauses.length], [1, 2]);
});

Deno.test("a proof signs in, a wrong one is logged and counted, an unknown name only where it may be told", async () => {
  const { signIn, storage, log } = await start();
  await addAccounts(storage, ["jack"]);
  const begin = (client: ScramClient, more: { tellsUnknown?: boolean } = {}) =>
    signIn.begin({ data: client.first, address, bindings: "required", ...more });
  const jack = scramOf("jack");
  const proof = await begin(jack, { tellsUnknown: true });
  const proven = await proof.finish(await jack.respond(proof.data));
  assertEquals(proven?.account.nameKey, "jack");
  await jack.verify(proven!.data);
  await refused("no_such_user", () => begin(scramOf("joe"), { tellsUnknown: true }));
  const joe = scramOf("joe");
  const strange = await begin(joe);
  assertEquals(await strange.finish(await joe.respond(strange.data)), null);
  assertEquals(log, ["Refused a sign-in as joe: no such account."]);
  const broken = scramOf("jack");
  const begun = await begin(broken);
  await refused("bad_message", () => begun.finish("c=,r=,p="));
});

Deno.test("a password is changed by its owner only, and a wrong old one is counted and not logged", async () => {
  const { signIn, storage, log } = await start();
  await addAccounts(storage, ["jack", "jill"]);
  const begin = (name: string) =>
    signIn.beginChange("jack", { data: scramOf(name).first, address, bindings: "required" });
  await refused("forbidden", () => begin("jill"));
  for (let i = 0; i < 5; i++) await begin("jack");
  await refused("slow_down", () => begin("jack"));
  assertEquals(log, []);
});
