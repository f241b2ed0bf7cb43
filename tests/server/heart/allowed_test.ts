import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { AllowancePolicies } from "../../../server/common/allowances.ts";
import { Chat } from "../../../server/heart/chat.ts";
import type { Session } from "../../../server/heart/session.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { rejectsWith } from "../../fixtures/heart.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { noConnection } from "../../fixtures/session_connection.ts";

/** A heart that allows so much, and how people enter it, in no room. */
async function start(policies: Partial<AllowancePolicies>) {
  const storage = new MemoryStorage();
  const chat = await Chat.open(storage, { allowances: makeAllowances(policies) });
  const enter = (name: string, address = "192.0.2.1"): Session =>
    chat.connect({ name, nameKey: name, account: !name.startsWith("~") }, {
      followsAccount: false,
      deliver: () => {},
      connection: { ...noConnection, address },
    });
  let posts = 0;
  const post = (session: Session, body = "x") =>
    chat.post(session, { room: "#lobby", id: `${++posts}`, kind: "text", body });
  return { chat, storage, enter, post };
}

const times = (burst: number) => ({ perSecond: 1, burst });

Deno.test("what is done is counted for the user, by whichever session, and refused before it is done", async () => {
  const { chat, storage, enter, post } = await start({ posts: times(7) });
  const [jack, elsewhere, jill] = [enter("jack"), enter("jack", "192.0.2.2"), enter("jill")];
  await chat.join(jack, "#lobby");
  await chat.join(jack, "#garden");
  await chat.setTopic(jack, "#garden", "roses");
  await post(jack);
  await chat.sendPrivate(elsewhere, jill.user, { id: "a", kind: "text", body: "x" });
  chat.ruling.invite(jack, "#garden", jill.user);
  await chat.leave(jack, "#garden");
  const refused: (() => Promise<unknown>)[] = [
    () => chat.join(elsewhere, "#other"),
    () => chat.setTopic(jack, "#lobby", "tea"),
    () => post(jack),
    () => chat.sendPrivate(elsewhere, jill.user, { id: "b", kind: "text", body: "x" }),
    () => chat.leave(jack, "#lobby"),
    () => chat.ruling.change(jack, "#garden", [{ kind: "rules", rules: { invited: true } }]),
    () => chat.ruling.remove(jack, "#garden", jill.user),
    () => chat.ruling.ban(jack, "#garden", jill.user),
  ];
  for (const action of refused) await rejectsWith("slow_down", action);
  const invite = () => chat.ruling.invite(jack, "#lobby", jill.user);
  assertEquals(assertThrows(invite, ChatError).code, "slow_down");
  assertThrows(() => chat.accountSessions.end(jack, elsewhere.id), ChatError, "faster");
  assertEquals([storage.data.posts.length, storage.data.rooms.length], [2, 2]);
  await chat.join(jill, "#lobby");
  await post(jill);
});

Deno.test("guests of one network share what they may say, and enter rooms without it", async () => {
  const { chat, enter, post } = await start({ posts: times(2), guestEntries: times(3) });
  const guests = ["~ann", "~bob", "~cid"].map((name) => enter(name));
  for (const guest of guests) await chat.join(guest, "#lobby");
  await rejectsWith("slow_down", () => chat.join(enter("~dan"), "#lobby"));
  await post(guests[0]!);
  await post(guests[1]!);
  await rejectsWith("slow_down", () => post(guests[2]!));
  const elsewhere = enter("~eve", "192.0.2.2");
  await chat.join(elsewhere, "#lobby");
  await post(elsewhere);
});

Deno.test("rooms are counted for the network that makes them; to enter one is free", async () => {
  const { chat, enter } = await start({ rooms: times(2) });
  const [jack, guest] = [enter("jack"), enter("~ann")];
  await chat.join(jack, "#one");
  await chat.join(guest, "#two");
  await rejectsWith("slow_down", () => chat.join(jack, "#three"));
  await chat.join(jack, "#TWO");
  await chat.join(enter("jill", "192.0.2.2"), "#three");
});

Deno.test("a post takes its bytes of a day from whoever sends it", async () => {
  const { chat, enter, post } = await start({ bytes: { perSecond: 1, burst: 1_000 } });
  const jack = enter("jack");
  await chat.join(jack, "#lobby");
  await post(jack, "x".repeat(700));
  await rejectsWith("slow_down", () => post(jack, "x"));
});
