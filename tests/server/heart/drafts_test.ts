import { assertEquals } from "@std/assert";
import { Chat } from "../../../server/heart/chat.ts";
import type { Session, SessionEvent } from "../../../server/heart/session.ts";
import { LocalWhispers } from "../../../server/storage/whispers.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { createAccount } from "../../fixtures/changes.ts";
import { FakeTime } from "../../fixtures/fake_time.ts";
import { accountRecord, throwsWith } from "../../fixtures/heart.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { newPassword } from "../../fixtures/new_password.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import { CuttableWhispers } from "../../fixtures/shared_log.ts";

/** A session that notes the drafts that it is told. */
interface Listening {
  readonly session: Session;
  readonly drafts: string[];
}

/** Somebody signs in with a program that opens what is sealed, or with another one. */
function enter(chat: Chat, name: string, opensSealed = true): Listening {
  const drafts: string[] = [];
  const deliver = (event: SessionEvent) => {
    if (event.type === "draft") drafts.push(structuredClone(event).sealed);
  };
  const user = { name, nameKey: name, account: !name.startsWith("~") };
  const options = { deliver, followsAccount: user.account, opensSealed, connection: noConnection };
  return { session: chat.connect(user, options), drafts };
}

async function open(options: Parameters<typeof Chat.open>[1] = {}): Promise<Chat> {
  const storage = new MemoryStorage();
  for (const name of ["jack", "jill"]) await createAccount(storage, accountRecord(name));
  return await Chat.open(storage, options);
}

Deno.test("a draft goes to the other sessions of the account, and to nobody else", async () => {
  const chat = await open();
  const [desk, phone, page] = [enter(chat, "jack"), enter(chat, "jack"), enter(chat, "jack")];
  const others = [
    enter(chat, "jill"),
    enter(chat, "~jack"),
    // An IRC client of the same account could not open it.
    enter(chat, "jack", false),
  ];
  assertEquals(chat.drafts.pass(desk.session, "sealed"), true);
  assertEquals([desk, phone, page].map(({ drafts }) => drafts), [[], ["sealed"], ["sealed"]]);
  for (const { drafts } of others) assertEquals(drafts, []);
  await chat.stop();
});

Deno.test("a draft is not stored, and changes nothing that is", async () => {
  const storage = new MemoryStorage();
  const chat = await Chat.open(storage);
  const before = JSON.stringify([storage.data, [...storage.calls]]);
  const [desk, phone] = [enter(chat, "jack"), enter(chat, "jack")];
  const afterEntering = JSON.stringify([storage.data, [...storage.calls]]);
  chat.drafts.pass(desk.session, "sealed");
  assertEquals(phone.drafts, ["sealed"]);
  assertEquals(JSON.stringify([storage.data, [...storage.calls]]), afterEntering);
  assertEquals(before.includes("sealed"), false);
  await chat.stop();
});

Deno.test("whoever is alone, or with programs that open nothing, is told so", async () => {
  const chat = await open();
  const desk = enter(chat, "jack");
  enter(chat, "jack", false);
  enter(chat, "jill");
  assertEquals(chat.drafts.pass(desk.session, "sealed"), false);
  await chat.stop();
});

Deno.test("a session that was ended passes nothing on", async () => {
  const chat = await open();
  const [desk, phone] = [enter(chat, "jack"), enter(chat, "jack")];
  desk.session.revoked = true;
  throwsWith("not_signed_in", () => chat.drafts.pass(desk.session, "sealed"));
  assertEquals(phone.drafts, []);
  await chat.stop();
});

Deno.test("a session that was ended, or has proved a password that holds no more, is told of no draft", async () => {
  const storage = new MemoryStorage();
  await createAccount(storage, accountRecord("jack"));
  const chat = await Chat.open(storage);
  const [desk, thief, other] = [enter(chat, "jack"), enter(chat, "jack"), enter(chat, "jack")];
  chat.accountSessions.end(desk.session, thief.session.id);
  chat.drafts.pass(desk.session, "after END");
  await newPassword(storage, desk.session);
  assertEquals(chat.drafts.pass(desk.session, "after PASSWD"), false);
  assertEquals([thief.drafts, other.drafts], [[], ["after END"]]);
  throwsWith("not_signed_in", () => chat.drafts.pass(other.session, "of a thief"));
  await chat.stop();
});

Deno.test("the sessions of an account share what they may pass on; another account has its own", async () => {
  const nowMs = { now: 0 };
  const allowances = makeAllowances({ drafts: { perSecond: 1, burst: 2 } }, () => nowMs.now);
  const chat = await open({ allowances });
  const [desk, phone, jill] = [enter(chat, "jack"), enter(chat, "jack"), enter(chat, "jill")];
  chat.drafts.pass(desk.session, "one");
  chat.drafts.pass(phone.session, "two");
  throwsWith("slow_down", () => chat.drafts.pass(desk.session, "three"));
  chat.drafts.pass(jill.session, "one of jill's");
  nowMs.now = 1_000;
  chat.drafts.pass(desk.session, "three");
  assertEquals(phone.drafts, ["one", "three"]);
  await chat.stop();
});

Deno.test("a long draft counts as several, one for each KiB", async () => {
  const allowances = makeAllowances({ drafts: { perSecond: 1, burst: 24 } }, () => 0);
  const chat = await open({ allowances });
  const [desk, phone] = [enter(chat, "jack"), enter(chat, "jack")];
  const long = "A".repeat(22 * 1024);
  chat.drafts.pass(desk.session, long);
  throwsWith("slow_down", () => chat.drafts.pass(desk.session, long));
  chat.drafts.pass(desk.session, "A".repeat(1024));
  chat.drafts.pass(desk.session, "short");
  throwsWith("slow_down", () => chat.drafts.pass(desk.session, "short"));
  assertEquals(phone.drafts.map(({ length }) => length), [22 * 1024, 1024, 5]);
  await chat.stop();
});

Deno.test("a draft reaches the account's sessions on another server once, also those that have just come", async () => {
  using time = new FakeTime();
  const all = new LocalWhispers();
  const ways = [new CuttableWhispers(all), new CuttableWhispers(all)];
  const [here, there] = await Promise.all(ways.map((whispers) => open({ whispers })));
  const desk = enter(here!, "jack");
  const [phone, jill] = [enter(there!, "jack"), enter(there!, "jill")];
  // Sessions of two servers may have the same id.
  assertEquals(desk.session.id, phone.session.id);
  // Nobody has told of who is where yet: whoever passes something on does.
  assertEquals(there!.drafts.pass(phone.session, "from there"), false);
  assertEquals(here!.drafts.pass(desk.session, "from here"), true);
  assertEquals([desk.drafts, phone.drafts], [["from there"], ["from here"]]);
  await time.advance(1_000);
  assertEquals(there!.drafts.pass(phone.session, ""), true);
  assertEquals(jill.drafts, []);
  await Promise.all([here!.stop(), there!.stop()]);
});
