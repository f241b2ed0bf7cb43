import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { TokenBucket } from "../../../server/common/token_bucket.ts";
import type { Session, SessionConnection, User } from "../../../server/heart/session.ts";
import { addAccounts } from "../../fixtures/accounts.ts";
import { newPassword } from "../../fixtures/new_password.ts";
import { Heart, rejectsWith, throwsWith } from "../../fixtures/heart.ts";

/** A session over a connection that notes why it was ended. */
function enter(heart: Heart, user: User, more: Partial<SessionConnection> = {}) {
  const reasons: string[] = [];
  const told: string[] = [];
  const session: Session = heart.chat.connect(user, {
    followsAccount: true,
    deliver: (event) => void told.push(event.type),
    connection: {
      wire: "native",
      address: "192.0.2.1",
      questions: new TokenBucket({ perSecond: 1, burst: 10 }),
      silentMs: () => 0,
      endBecause: (reason) => void reasons.push(reason),
      ...more,
    },
  });
  return { session, reasons, told };
}

const jack: User = { name: "Jack", nameKey: "jack", account: true };

Deno.test("an account sees its own sessions and nobody else's, the oldest first", async () => {
  const heart = await Heart.open();
  const first = enter(heart, jack, { wire: "irc", silentMs: () => 90_000.4 });
  enter(heart, { name: "Jill", nameKey: "jill", account: true });
  const second = enter(heart, jack, { address: "2001:db8:1:2:3:4:5:6" });
  const sinceMs = 1_764_000_000_000;
  const seenMs = sinceMs - 90_000;
  assertEquals(heart.chat.accountSessions.list(second.session), [
    { id: 1, wire: "irc", sinceMs, seenMs, network: "192.0.2.1", own: false },
    { id: 3, wire: "native", sinceMs, seenMs: sinceMs, network: "2001:db8:1:2::/64", own: true },
  ]);
  heart.chat.disconnect(first.session);
  assertEquals(heart.chat.accountSessions.list(second.session).map(({ id }) => id), [3]);
});

Deno.test("an account that refuses pages loses its sessions in them, and no others", async () => {
  const heart = await Heart.open();
  await addAccounts(heart.storage, ["Jack"]);
  const program = enter(heart, jack);
  const page = enter(heart, jack, { wire: "web" });
  const other = enter(heart, { name: "Jill", nameKey: "jill", account: true }, { wire: "web" });
  assertEquals(heart.chat.presence.isOnPage("jack"), true);
  await heart.chat.accountSessions.setPages(program.session, true);
  assertEquals([program.session.revoked, page.session.revoked, other.session.revoked], [
    false,
    true,
    false,
  ]);
  assertEquals(page.reasons.length, 1);
  assertEquals(heart.chat.presence.isOnPage("jack"), false);
  await heart.chat.accountSessions.setPages(program.session, false);
  assertEquals((await heart.storage.findAccount("jack"))?.refusesPages, undefined);
});

Deno.test("a session that its account ends is told why, and is gone for everybody at once", async () => {
  const heart = await Heart.open();
  const here = enter(heart, jack);
  const there = enter(heart, jack);
  await heart.chat.join(here.session, "#den");
  there.told.length = 0;
  heart.chat.accountSessions.end(here.session, there.session.id);
  assertEquals(there.reasons, ["This session was ended from another session of your account."]);
  assertEquals([there.session.ended, there.session.rooms.size], [true, 0]);
  await heart.post(here, "#den", "only here");
  assertEquals(there.told, []);
  assertEquals(here.reasons, []);
  heart.chat.disconnect(there.session);
  assert(heart.chat.presence.isOnline("jack"));
});

Deno.test("nothing is done any more for a session that its account has ended", async () => {
  const heart = await Heart.open();
  const here = enter(heart, jack);
  const there = enter(heart, jack);
  const jill = await heart.enter("jill");
  await heart.chat.join(there.session, "#den");
  heart.chat.accountSessions.end(here.session, there.session.id);
  const { session } = there;
  const post = { id: "a", kind: "text", body: "still here" } as const;
  await rejectsWith("not_signed_in", () => heart.chat.post(session, { room: "#lobby", ...post }));
  await rejectsWith(
    "not_signed_in",
    () => heart.chat.sendPrivate(session, jill.session.user, post),
  );
  await rejectsWith("not_signed_in", () => heart.chat.join(session, "#new"));
  await rejectsWith("not_signed_in", () => heart.chat.leave(session, "#den"));
  await rejectsWith("not_signed_in", () => heart.chat.setTopic(session, "#den", "mine"));
  const { ruling } = heart.chat;
  const rules = { kind: "rules", rules: { invited: true } } as const;
  await rejectsWith("not_signed_in", () => ruling.change(session, "#den", [rules]));
  const { user } = jill.session;
  await rejectsWith("not_signed_in", () => ruling.remove(session, "#den", user));
  await rejectsWith("not_signed_in", () => ruling.ban(session, "#den", user));
  throwsWith("not_signed_in", () => ruling.invite(session, "#den", user));
  throwsWith("no_such_room", () => heart.chat.room("#new"));
  assertEquals(here.session.rooms.has(heart.chat.room("#den")), true);
});

Deno.test("nobody ends the session of somebody else, nor learns whether there is one", async () => {
  const heart = await Heart.open();
  const here = enter(heart, jack);
  const jill = enter(heart, { name: "Jill", nameKey: "jill", account: true });
  const messageOf = (id: number) =>
    assertThrows(() => heart.chat.accountSessions.end(here.session, id), ChatError).message;
  assertEquals(messageOf(jill.session.id), messageOf(4711));
  throwsWith("not_found", () => heart.chat.accountSessions.end(here.session, jill.session.id));
  throwsWith("forbidden", () => heart.chat.accountSessions.end(here.session, here.session.id));
  assertEquals([jill.reasons, jill.session.ended, here.session.ended], [[], false, false]);
});

Deno.test("a new password ends all other sessions of the account, and only them", async () => {
  const heart = await Heart.open();
  const [here, there, far] = [enter(heart, jack), enter(heart, jack), enter(heart, jack)];
  const jill = enter(heart, { name: "Jill", nameKey: "jill", account: true });
  assertEquals(heart.chat.accountSessions.others(here.session), [there.session, far.session]);
  await newPassword(heart.storage, here.session);
  for (const { reasons, session } of [there, far]) {
    assertEquals(session.ended, true);
    assertEquals(reasons, [
      "The password of this account was changed. Start again and sign in with the new one.",
    ]);
  }
  for (const { reasons, session } of [here, jill]) {
    assertEquals([reasons, session.ended], [[], false]);
  }
});

Deno.test("who proved the old password comes in no more once the new one is stored, also where sessions are kept", async () => {
  for (const keepSessions of [true, false]) {
    const heart = await Heart.open();
    const here = enter(heart, jack);
    const there = enter(heart, jack);
    await newPassword(heart.storage, here.session, { keepSessions });
    assertEquals(there.session.ended, !keepSessions);
    throwsWith("sign_in_refused", () => enter(heart, jack));
    throwsWith("sign_in_refused", () => heart.chat.accountSessions.check(jack));
    const guest = heart.enterGuest("~pat");
    await rejectsWith("sign_in_refused", () => heart.chat.signIn(guest.session, jack));
    assertEquals(guest.session.user.name, "~pat");
    enter(heart, { ...jack, passwordGeneration: 1 });
  }
});

Deno.test("a guest who signs in while the password is changed stays a guest", async () => {
  const heart = await Heart.open();
  const here = enter(heart, jack);
  const guest = heart.enterGuest("~pat");
  await heart.chat.join(guest.session, "#den");
  const signingIn = heart.chat.signIn(guest.session, jack);
  await newPassword(heart.storage, here.session);
  await rejectsWith("sign_in_refused", () => signingIn);
  assertEquals(guest.session.user.name, "~pat");
});

Deno.test("sessions of an account on one wire share what they may ask, a guest only after signing in", async () => {
  const heart = await Heart.open();
  const first = enter(heart, jack);
  const second = enter(heart, jack);
  assert(second.session.questions === first.session.questions);
  const others = [
    enter(heart, jack, { wire: "irc" }),
    enter(heart, { name: "Jill", nameKey: "jill", account: true }),
    enter(heart, { name: "~ann", nameKey: "~ann", account: false }, { wire: "irc" }),
    enter(heart, { name: "~ann", nameKey: "~ann", account: false }, { wire: "irc" }),
  ].map(({ session }) => session);
  const buckets = new Set([first.session, ...others].map(({ questions }) => questions));
  assertEquals(buckets.size, 5);
  heart.chat.rename(others[2]!, jack);
  assert(others[2]!.questions === others[0]!.questions);
  // Whoever is left goes on with what was used up.
  heart.chat.disconnect(first.session);
  const third = enter(heart, jack);
  assert(third.session.questions === second.session.questions);
});
