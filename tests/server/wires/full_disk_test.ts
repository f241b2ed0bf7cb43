/**
 * A full disk is said to be full, over every wire, by whatever first needs it.
 *
 * @module
 */
import { assert, assertMatch } from "@std/assert";
import { deriveWrapKey, openIdentity } from "../../../protocol/e2e/identity.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { keysOfEveryone, registrationOf } from "../../fixtures/accounts.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import type { Message } from "../../fixtures/peer.ts";
import { ClassicFixture } from "./classic/classic_fixture.ts";
import { IrcFixture } from "./irc/irc_fixture.ts";
import { changePassword, NativeFixture } from "./native/native_fixture.ts";

const full = "The server's disk is full: nothing was stored. Tell the person who runs it";

/** What stores something; a vault, keys and passwords only native clients can make. */
const storing = [
  "account",
  "room",
  "membership",
  "enter",
  "remove",
  "topic",
  "law",
  "rule",
  "post",
  "identity",
  "supplement",
  "password",
  "vault",
] as const;

function fill(storage: MemoryStorage): void {
  for (const method of storing) {
    storage.failing.set(method, new StorageError("full", "/secret/path is full"));
  }
}

function saysFull(answer: string, what: string): void {
  assert(answer.includes(full), `${what}: ${answer}`);
  assert(!answer.includes("secret"), answer);
}

/** What an account's own program gives as the supplement of its key record. */
async function supplementOf(storage: MemoryStorage, nameKey: string): Promise<string> {
  const wrapKey = await deriveWrapKey((await keysOfEveryone()).saltedPassword);
  const identity = storage.data.identities.get(nameKey)!;
  return (await openIdentity(nameKey, identity, wrapKey)).supplement.toBase64();
}

Deno.test("a full disk is told to the chat client as such", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack", "jill"] });
  const [jack, jill] = await Promise.all([fixture.member("jack"), fixture.member("jill")]);
  for (const peer of [jack, jill]) await peer.ask("join", { room: "#garden" });
  fill(fixture.storage);
  const requests: Record<string, Message> = {
    post: { room: "#lobby", postId: "1", text: "x" },
    private: { to: "jill", postId: "2", kind: "text", body: "x" },
    join: { room: "#new" },
    leave: { room: "#garden" },
    topic: { room: "#garden", topic: "x" },
    set_rules: { room: "#garden", rules: { invited: true } },
    set_role: { room: "#garden", name: "jill", role: "moderator", held: true },
    set_entry: { room: "#garden", list: "ban", name: "jill", listed: true },
    save_vault: { version: 1, sealed: "AAAA" },
    set_keys: { identity: (await registrationOf("jack"))["identity"] },
    set_supplement: { supplement: await supplementOf(fixture.storage, "jack") },
  };
  for (const [type, content] of Object.entries(requests)) {
    saysFull(JSON.stringify(await jack.ask(type, content)), type);
  }
  saysFull(JSON.stringify(await changePassword(jack, "jack")), "change_password");
  const register = await fixture.peer().ask("register", await registrationOf("joe"));
  saysFull(JSON.stringify(register), "register");
});

Deno.test("a full disk is told to IRC clients as such", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.member("ann");
  await ann.ask("JOIN #garden");
  const bob = await fixture.member("bob");
  await bob.ask("JOIN #garden");
  fill(fixture.storage);
  const lines = [
    "PRIVMSG #garden :x",
    "PRIVMSG ann :x",
    "JOIN #new",
    "TOPIC #garden :x",
    "MODE #garden +m",
    "MODE #garden +b *!*@example.org",
    "KICK #garden bob",
    "PART #garden",
  ];
  for (const line of lines) saysFull((await ann.ask(line)).join("\n"), line);
  const joe = fixture.connect();
  await joe.send("NICK joe", "USER joe 0 * :Joe", "REGISTER * * :long enough");
  saysFull((await joe.until(/ FAIL REGISTER /)).at(-1)!, "REGISTER");
});

Deno.test("a full disk is told to the course project's clients as such", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  fill(fixture.storage);
  saysFull(await jack.broadcast("x"), "BM");
  saysFull(await jack.whisper("jack", "x"), "PM");
  const joe = fixture.connect();
  await joe.send("joe");
  await joe.expect("key");
  await joe.expect("Confirmation");
  await joe.send(await fixture.password("long enough"));
  saysFull(await joe.expect("Confirmation"), "a new account");
});

Deno.test("a store that cannot even read is told, over every wire, and no name passes for unknown", async () => {
  const broken = new StorageError("failed", "/secret/path");
  const said = /The server could not store or read this\. Try again\./;
  await using native = await NativeFixture.start({ accountNames: ["jack"] });
  const jack = await native.member("jack");
  native.storage.failing.set("findAccount", broken);
  native.storage.failing.set("findIdentity", broken);
  assertMatch(JSON.stringify(await jack.ask("user", { name: "joe" })), said);
  assertMatch(JSON.stringify(await jack.ask("keys", { name: "jack" })), said);
  assertMatch(JSON.stringify(await native.peer().ask("lookup", { name: "joe" })), said);
  await using irc = await IrcFixture.start();
  const ann = await irc.member("ann");
  irc.storage.failing.set("findAccount", broken);
  assertMatch((await ann.ask("PRIVMSG joe :x")).join("\n"), said);
  await using classic = await ClassicFixture.start();
  const jill = await classic.member("jill");
  classic.storage.failing.set("findAccount", broken);
  assertMatch(await jill.whisper("joe", "x"), said);
});
