import { assertEquals, assertNotEquals } from "@std/assert";
import { settled } from "../../../fixtures/fake_time.ts";
import { codeOf, type Message, type Peer } from "../../../fixtures/peer.ts";
import {
  binding,
  changePassword,
  type FixtureOptions,
  NativeFixture,
  randomText,
  scramOf,
} from "./native_fixture.ts";

async function start(options: FixtureOptions = {}): Promise<NativeFixture> {
  return await NativeFixture.start({ accountNames: ["jack", "jill"], ...options });
}

async function sessionsOf(peer: Peer): Promise<Message[]> {
  return (await peer.ask("sessions"))["sessions"] as Message[];
}

Deno.test("a session lists those of its account and ends one, which is told and closed without having to answer", async () => {
  await using fixture = await start();
  const [here, there, jill] = [
    await fixture.member("jack"),
    await fixture.member("jack"),
    await fixture.member("jill"),
  ];
  const listed = await sessionsOf(here);
  assertEquals(listed.map(({ wire, own }) => [wire, own]), [["native", true], ["native", false]]);
  const other = listed[1]!["id"];
  const [jills] = await sessionsOf(jill);
  assertEquals(codeOf(await here.ask("end_session", { session: jills!["id"] })), "not_found");
  assertEquals(codeOf(await here.ask("end_session", { session: other })), undefined);
  const closing = await there.event("closing");
  assertEquals(closing["final"], true);
  assertEquals(closing["reason"], "This session was ended from another session of your account.");
  await there.closed;
  assertEquals((await sessionsOf(here)).length, 1);
  assertEquals((await sessionsOf(jill)).length, 1);
});

Deno.test("a new password ends the other sessions, and a thief's next requests are not served", async () => {
  await using fixture = await start();
  const owner = await fixture.member("jack");
  const thief = await fixture.member("jack");
  const vaults = fixture.storage.data.vaults;
  const changing = changePassword(owner, "jack");
  assertEquals((await changing)["ended"], 1);
  await thief.send({ type: "save_vault", id: 90, version: 1, sealed: randomText(100) }).catch(
    () => {},
  );
  await thief.send({ type: "post", id: 91, room: "#lobby", postId: "x", text: "ha" })
    .catch(() => {});
  assertEquals((await thief.event("closing"))["final"], true);
  await thief.closed;
  await settled();
  assertEquals(vaults.size, 0);
  assertEquals((await owner.ask("history", { limit: 9 }))["posts"], []);
  assertEquals((await sessionsOf(owner)).length, 1);
});

Deno.test("a thief who reads nothing and has requests waiting is out as soon as the password is changed", async () => {
  await using fixture = await start();
  const owner = await fixture.member("jack");
  const jill = await fixture.member("jill");
  await fixture.member("jack");
  const server = fixture.servers.at(-1)!;
  const release = server.stallWrites();
  const [thief] = [...fixture.chat.presence.sessions("jack")].slice(-1);
  await changePassword(owner, "jack");
  assertEquals([thief!.ended, thief!.rooms.size], [true, 0]);
  await jill.ask("post", { room: "#lobby", postId: "a", text: "for jack" });
  release();
  await owner.event("post");
});

Deno.test("a new password that keeps the other sessions keeps them", async () => {
  await using fixture = await start();
  const owner = await fixture.member("jack");
  const other = await fixture.member("jack");
  assertEquals((await changePassword(owner, "jack", { keepSessions: true }))["ended"], 0);
  assertEquals(codeOf(await other.ask("ping")), undefined);
  assertEquals((await sessionsOf(other)).length, 2);
});

Deno.test("a sign-in that has begun before the password was changed is refused after it", async () => {
  await using fixture = await start();
  const owner = await fixture.member("jack");
  const thief = fixture.peer();
  const scram = scramOf("jack");
  const first = await thief.ask("sign_in", { data: scram.first });
  const data = await scram.respond(String(first["data"]));
  await changePassword(owner, "jack");
  assertEquals(codeOf(await thief.ask("sign_in_proof", { data })), "sign_in_refused");
  assertEquals(codeOf(await thief.ask("who")), "not_signed_in");
  assertEquals((await sessionsOf(owner)).length, 1);
});

Deno.test("sign-ins at the same moment as the change of a password leave nobody in who proved the old one", async () => {
  await using fixture = await start();
  const owner = await fixture.member("jack");
  const peers = Array.from({ length: 20 }, (_, at) => fixture.peer(`192.0.2.${at}`));
  const signIns = peers.map(async (peer) => {
    const scram = scramOf("jack");
    const first = await peer.ask("sign_in", { data: scram.first });
    return { peer, data: await scram.respond(String(first["data"])) };
  });
  const begun = await Promise.all(signIns);
  const changing = changePassword(owner, "jack");
  const proofs = begun.map(({ peer, data }) => {
    return peer.ask("sign_in_proof", { data }).catch(() => null);
  });
  await changing;
  await Promise.all(proofs);
  await settled();
  assertEquals((await sessionsOf(owner)).length, 1);
  assertEquals(fixture.chat.presence.sessions("jack").size, 1);
});

Deno.test("a device token from before the change of the password counts as none, the one of the answer counts", async () => {
  await using fixture = await start();
  const owner = fixture.peer();
  const old = String((await owner.signIn("jack", binding))["device"]);
  const { device } = await changePassword(owner, "jack");
  assertNotEquals(device, old);
  // Five wrong tries from here use up those of a stranger at this address.
  const tryAs = async (token?: string) => {
    const peer = fixture.peer();
    const more = token === undefined ? {} : { device: token };
    return codeOf(await peer.ask("sign_in", { data: scramOf("jack").first, ...more }));
  };
  for (let tries = 0; tries < 5; tries++) assertEquals(await tryAs(), undefined);
  assertEquals(await tryAs(), "slow_down");
  assertEquals(await tryAs(old), "slow_down");
  assertEquals(await tryAs(String(device)), undefined);
});
