import { assertEquals } from "@std/assert";
import { parseRoomName } from "../../../protocol/names/names.ts";
import type { Chat } from "../../../server/heart/chat.ts";
import { noOrigin } from "../../../server/storage/command_log.ts";
import { LocalWhispers } from "../../../server/storage/whispers.ts";
import { createAccount, createRoom } from "../../fixtures/changes.ts";
import { FakeTime } from "../../fixtures/fake_time.ts";
import { accountRecord, Heart } from "../../fixtures/heart.ts";
import { newPassword } from "../../fixtures/new_password.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { CuttableWhispers } from "../../fixtures/shared_log.ts";

/** Two servers over stores that hold the same. */
async function twoServers() {
  const all = new LocalWhispers();
  const open = async () => {
    const storage = new MemoryStorage();
    for (const name of ["jack", "jill"]) await createAccount(storage, accountRecord(name));
    const way = new CuttableWhispers(all);
    const heart = await Heart.open(storage, { whispers: way });
    await createRoom(storage, parseRoomName("#den"));
    return { heart, way };
  };
  const [here, there] = [await open(), await open()];
  const stop = () => Promise.all([here.heart.chat.stop(), there.heart.chat.stop()]);
  return { here, there, stop };
}

const onlineAt = ({ presence }: Chat) => Array.from(presence.users(), ({ name }) => name);
/** More than changes wait to be told, and more than it takes until a server that is silent is gone. */
const tickMs = 100;
const silenceMs = 9_000;

Deno.test("people on another server are seen as those here, come and go", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const irc = await here.heart.enter("jack", false);
  await time.advance(tickMs);
  assertEquals(there.heart.news, ["jack connected #lobby"]);
  assertEquals(onlineAt(there.heart.chat), ["jack"]);
  assertEquals(there.heart.chat.lobby.people, 1);
  here.heart.chat.disconnect(jack.session);
  await time.advance(tickMs);
  here.heart.chat.disconnect(irc.session);
  await time.advance(tickMs);
  assertEquals(there.heart.news, [
    "jack connected #lobby",
    "jack left #lobby",
    "jack disconnected ",
  ]);
  assertEquals(there.heart.chat.lobby.people, 0);
  await stop();
});

Deno.test("a guest on another server is seen in its rooms, and under its new name", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const guest = here.heart.enterGuest("~ann");
  await time.advance(tickMs);
  await here.heart.chat.join(guest.session, "#den");
  await time.advance(tickMs);
  const user = { name: "~bea", nameKey: "~bea", account: false };
  here.heart.chat.rename(guest.session, user);
  await time.advance(tickMs);
  await here.heart.chat.leave(guest.session, "#den");
  await time.advance(tickMs);
  assertEquals(there.heart.news, [
    "~ann connected ",
    "~ann joined #den",
    "~ann disconnected #den",
    "~bea connected #den",
    "~bea left #den",
  ]);
  await stop();
});

Deno.test("who comes later hears of everyone, and nobody on a server that stops stays", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  there.way.cut = true;
  await here.heart.enter("jack");
  await time.advance(tickMs);
  there.way.cut = false;
  const late = await Heart.open(new MemoryStorage(), { whispers: there.way });
  await time.advance(tickMs);
  assertEquals(onlineAt(late.chat), ["jack"]);
  await here.heart.chat.stop();
  assertEquals(onlineAt(late.chat), []);
  await late.chat.stop();
  await stop();
});

Deno.test("a server that is silent is gone with everyone on it, and back with everyone as soon as it is heard", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  await here.heart.enter("jack");
  await there.heart.enter("jill");
  await time.advance(tickMs);
  assertEquals(onlineAt(there.heart.chat), ["jack", "jill"]);
  there.way.cut = true;
  await time.advance(silenceMs);
  assertEquals([onlineAt(here.heart.chat), onlineAt(there.heart.chat)], [["jack"], ["jill"]]);
  there.way.cut = false;
  await time.advance(silenceMs);
  const everyone = ["jack", "jill"];
  assertEquals([onlineAt(here.heart.chat), onlineAt(there.heart.chat)], [everyone, everyone]);
  await stop();
});

Deno.test("a change that was not heard is asked for again", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  await time.advance(tickMs);
  there.way.cut = true;
  here.heart.chat.disconnect(jack.session);
  await time.advance(tickMs);
  there.way.cut = false;
  assertEquals(onlineAt(there.heart.chat), ["jack"]);
  await here.heart.enter("jill");
  await time.advance(silenceMs);
  assertEquals(onlineAt(there.heart.chat), ["jill"]);
  await stop();
});

Deno.test("a session is ended, and its user invited, from another server", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const jill = await there.heart.enter("jill");
  const own = await there.heart.enter("jack");
  await time.advance(tickMs);
  const [user] = [await there.heart.chat.user("jack")];
  await there.heart.chat.join(jill.session, "#den");
  there.heart.chat.ruling.invite(jill.session, "#den", user);
  assertEquals(jack.told, ["invited #den by jill"]);
  const listed = there.heart.chat.accountSessions.list(own.session);
  assertEquals(listed.length, 2);
  there.heart.chat.accountSessions.end(own.session, listed.find((one) => !one.own)!.id);
  assertEquals([jack.session.revoked, jack.session.ended], [true, true]);
  await time.advance(tickMs);
  assertEquals(there.heart.chat.accountSessions.list(own.session).length, 1);
  await stop();
});

Deno.test("where the password is changed each server ends its own sessions, and the one that has asked stays", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const asking = await here.heart.enter("jack");
  const other = await there.heart.enter("jack");
  await time.advance(tickMs);
  const { accountSessions } = there.heart.chat;
  assertEquals(accountSessions.others(other.session).length, 1);
  // The change comes to the other server by the log, where nobody has asked for it.
  const [elsewhere] = accountSessions.others(other.session);
  await newPassword(there.heart.storage, elsewhere!, { origin: noOrigin });
  assertEquals([asking.session.revoked, other.session.revoked], [false, true]);
  await stop();
});
