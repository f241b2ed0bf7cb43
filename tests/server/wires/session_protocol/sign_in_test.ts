import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { aliveIntervalMs, sessionsPerAccountMax } from "../../../../protocol/wire/limits.ts";
import { encodeBase64 } from "@std/encoding/base64";
import { ScramClient } from "../../../../protocol/scram/scram.ts";
import { codeOf, type Message, type Peer } from "../../../fixtures/peer.ts";
import { addAccounts, keysOfEveryone, registrationOf } from "../../../fixtures/accounts.ts";
import { TestCluster } from "../../../fixtures/cluster_view.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { binding, NativeFixture } from "../native/native_fixture.ts";
import { noConnection } from "../../../fixtures/session_connection.ts";

async function start(): Promise<NativeFixture> {
  return await NativeFixture.start({ accountNames: ["Jack"] });
}

/** Signs in with a client key that is wrong by one bit. */
async function signInWrongly(peer: Peer, name: string, device?: string): Promise<Message> {
  const keysFor = async () => {
    const keys = await keysOfEveryone();
    const clientKey = keys.clientKey.slice();
    clientKey[0]! ^= 1;
    return { ...keys, clientKey };
  };
  const scram = new ScramClient({ userName: name, keysFor, binding });
  const first = await peer.ask("sign_in", { data: scram.first, ...(device ? { device } : {}) });
  if (codeOf(first) !== undefined) return first;
  return await peer.ask("sign_in_proof", { data: await scram.respond(String(first["data"])) });
}

Deno.test("a name that is not known registers, and then signs in", async () => {
  await using fixture = await NativeFixture.start();
  const peer = fixture.peer();
  assertEquals((await peer.ask("lookup", { name: "Jack" }))["known"], false);
  assertEquals(codeOf(await peer.ask("register", await registrationOf("Jack"))), undefined);
  assertEquals((await peer.ask("lookup", { name: "JACK" }))["known"], true);
  const welcome = await peer.signIn("jack", binding);
  assertEquals([welcome["name"], welcome["lobby"]], ["Jack", "#lobby"]);
  assertEquals(welcome["rooms"], [{ name: "#lobby", topic: "" }]);
  assertEquals(codeOf(await peer.ask("who")), undefined);
});

Deno.test("the welcome proves that the server knows the account", async () => {
  await using fixture = await start();
  const peer = fixture.peer();
  const scram = new ScramClient({ userName: "jack", keysFor: keysOfEveryone, binding });
  const { data } = await peer.ask("sign_in", { data: scram.first });
  const final = await scram.respond(String(data));
  await scram.verify(String((await peer.ask("sign_in_proof", { data: final }))["data"]));
});

Deno.test("a wrong password is refused, and the connection may try again", async () => {
  await using fixture = await start();
  const peer = fixture.peer();
  assertEquals(codeOf(await signInWrongly(peer, "jack")), "sign_in_refused");
  assertEquals(codeOf(await peer.ask("who")), "not_signed_in");
  assertEquals((await peer.signIn("jack", binding))["name"], "Jack");
});

Deno.test("a proof for another channel, or for none, is refused", async () => {
  await using fixture = await start();
  const elsewhere = await fixture.peer().signIn("jack", new Uint8Array(32).fill(4));
  assert(["sign_in_refused", "bad_proof"].includes(String(codeOf(elsewhere))));
  for (const flag of ["n,,", "y,,", "p=tls-unique,,", "p=tls-exporter,,"]) {
    const reply = await fixture.peer().ask("sign_in", { data: `${flag}n=jack,r=abcdefghijkl` });
    assertNotEquals(codeOf(reply), undefined, flag);
  }
});

Deno.test("a proof without its beginning, or a second time, is refused", async () => {
  await using fixture = await start();
  const peer = fixture.peer();
  assertEquals(codeOf(await peer.ask("sign_in_proof", { data: "c=,r=,p=" })), "bad_message");
  const scram = new ScramClient({ userName: "jack", keysFor: keysOfEveryone, binding });
  const { data } = await peer.ask("sign_in", { data: scram.first });
  const final = await scram.respond(String(data));
  const altered = final.replace(/p=(.)/, (_, letter) => `p=${letter === "A" ? "B" : "A"}`);
  assertNotEquals(codeOf(await peer.ask("sign_in_proof", { data: altered })), undefined);
  assertEquals(codeOf(await peer.ask("sign_in_proof", { data: final })), "bad_message");
});

Deno.test("an unknown name is told where registration is open, and looks known where it is closed", async () => {
  await using open = await start();
  assertEquals(codeOf(await open.peer().signIn("nobody", binding)), "no_such_user");
  await using closed = await NativeFixture.start({
    registration: "closed",
    accountNames: ["jack"],
  });
  const peer = closed.peer();
  assertEquals((await peer.ask("lookup", { name: "nobody" }))["known"], true);
  assertEquals(codeOf(await peer.signIn("nobody", binding)), "sign_in_refused");
  const refused = await peer.ask("register", await registrationOf("nobody"));
  assertEquals(codeOf(refused), "registration_closed");
  assertEquals((await peer.signIn("jack", binding))["name"], "jack");
});

Deno.test("a taken name, or one that looks like it, cannot be registered", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["paypal"] });
  const peer = fixture.peer();
  for (const name of ["paypal", "PayPal", "paypa1", "раураl"]) {
    const code = codeOf(await peer.ask("register", await registrationOf(name)));
    assert(code === "name_taken" || code === "bad_name", `${name}: ${code}`);
  }
  assertEquals(fixture.storage.data.accounts.size, 1);
});

Deno.test("a registration with weak or misshapen keys is refused", async () => {
  await using fixture = await NativeFixture.start();
  const peer = fixture.peer();
  const good = await registrationOf("jack");
  const bad: Message[] = [
    { iterations: 599_999 },
    { iterations: 5_000_001 },
    { iterations: 600_000.5 },
    { salt: encodeBase64(new Uint8Array(15)) },
    { salt: "not base64!" },
    { storedKey: encodeBase64(new Uint8Array(31)) },
    { serverKey: "" },
    { identity: { ...(good["identity"] as Message), record: encodeBase64(new Uint8Array(100)) } },
    { name: "../jack" },
    { name: "" },
  ];
  for (const change of bad) {
    const code = codeOf(await peer.ask("register", { ...good, ...change }));
    assertNotEquals(code, undefined, JSON.stringify(change));
  }
  assertEquals(fixture.storage.data.accounts.size, 0);
});

Deno.test("five wrong passwords for one account from one address, then it must wait; a known device need not", async () => {
  await using fixture = await start();
  const device = String((await fixture.peer().signIn("jack", binding))["device"]);
  const codes = await Promise.all(Array.from({ length: 6 }, async () => {
    return codeOf(await signInWrongly(fixture.peer(), "jack"));
  }));
  assertEquals(codes.toSorted(), [...Array(5).fill("sign_in_refused"), "slow_down"]);
  const own = fixture.peer();
  const scram = new ScramClient({ userName: "jack", keysFor: keysOfEveryone, binding });
  const { data } = await own.ask("sign_in", { data: scram.first, device });
  const final = await scram.respond(String(data));
  assertEquals((await own.ask("sign_in_proof", { data: final }))["name"], "Jack");
});

Deno.test("new accounts are limited for each network: addresses of one IPv6 subscriber count as one", async () => {
  const allowances = makeAllowances({ registrations: { perSecond: 1, burst: 1 } });
  await using fixture = await NativeFixture.start({ allowances });
  const register = async (name: string, address: string) =>
    codeOf(await fixture.peer(address).ask("register", await registrationOf(name)));
  assertEquals(await register("one", "2001:db8::1"), undefined);
  assertEquals(await register("two", "2001:db8::2"), "slow_down");
  assertEquals(await register("three", "2001:db8:1::1"), undefined);
  assertEquals(await register("four", "192.0.2.7"), undefined);
});

Deno.test("who registers has missed nothing; who comes back learns how far everything was read", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  for (const id of ["1", "2"]) await jack.ask("post", { room: "#lobby", postId: id, text: id });
  await jack.send({ type: "read", sequence: 1 });
  await jack.ask("ping");
  const back = await fixture.peer().signIn("jack", binding);
  assertEquals([back["readSequence"], back["lastSequence"]], [1, 2]);
  const jill = fixture.peer();
  await jill.ask("register", await registrationOf("jill"));
  const welcome = await jill.signIn("jill", binding);
  assertEquals([welcome["readSequence"], welcome["lastSequence"]], [2, 2]);
});

Deno.test("the welcome comes before every post after its last sequence", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  const posting = (async () => {
    for (let id = 1; id <= 50; id++) {
      await jack.ask("post", { room: "#lobby", postId: `${id}`, text: "x" });
    }
  })();
  const peer = fixture.peer();
  await peer.event("hello");
  const scram = new ScramClient({ userName: "jack", keysFor: keysOfEveryone, binding });
  const { data } = await peer.ask("sign_in", { data: scram.first });
  await peer.send({ type: "sign_in_proof", id: 90, data: await scram.respond(String(data)) });
  const welcome = await peer.next();
  assertEquals(welcome?.["reply"], 90);
  await posting;
  await peer.send({ type: "ping", id: 91 });
  const sequences: number[] = [];
  for (let message = await peer.next(); message?.["reply"] !== 91; message = await peer.next()) {
    if (message?.["event"] === "post") {
      sequences.push(Number((message["post"] as Message)["sequence"]));
    }
  }
  const last = Number(welcome?.["lastSequence"]);
  assertEquals(sequences, Array.from({ length: 50 - last }, (_, index) => last + 1 + index));
});

Deno.test("no secret comes back: neither the account's keys nor its salt to who cannot sign in", async () => {
  await using fixture = await start();
  const reply = await signInWrongly(fixture.peer(), "jack");
  const { storedKey } = await keysOfEveryone();
  assert(!JSON.stringify(reply).includes(encodeBase64(storedKey)));
});

Deno.test("an account that is connected too often is told so, with when to try again", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack"] });
  const user = { name: "jack", nameKey: "jack", account: true };
  const sessions = Array.from({ length: sessionsPerAccountMax }, () => {
    return fixture.chat.connect(user, {
      deliver: () => {},
      followsAccount: true,
      connection: noConnection,
    });
  });
  const { error } = await fixture.peer().signIn("jack", binding) as {
    error: { code: string; retryAfterMs: number };
  };
  assertEquals([error.code, error.retryAfterMs], ["too_many", 30_000]);
  fixture.chat.disconnect(sessions[0]!);
  await fixture.member("jack");
});

Deno.test("a server of a cluster tells where the others are, and how far it is; one that is alone says nothing of it", async () => {
  await using alone = await start();
  const welcome = await alone.peer().signIn("jack", binding);
  assertEquals(
    ["servers", "aliveMs", "place"].map((field) => welcome[field]),
    [undefined, undefined, undefined],
  );
  const cluster = new TestCluster();
  cluster.addresses = ["b.example:41000"];
  cluster.place = 7;
  await using fixture = await NativeFixture.start({ accountNames: ["Jack"], cluster });
  const greeted = await fixture.peer().signIn("jack", binding);
  assertEquals(
    ["servers", "aliveMs", "place"].map((field) => greeted[field]),
    [["b.example:41000"], aliveIntervalMs, 7],
  );
});

Deno.test("who has seen more on another server waits until this one has it, and not for ever", async () => {
  const cluster = new TestCluster();
  await using fixture = await NativeFixture.start({ cluster });
  const { first } = new ScramClient({ userName: "jack", keysFor: keysOfEveryone, binding });
  const peer = fixture.peer();
  const signingIn = peer.ask("sign_in", { data: first, place: 3 });
  while (!cluster.wanted.includes(3)) await settled();
  // The account comes with what was waited for.
  await addAccounts(fixture.storage, ["jack"]);
  cluster.advance(3);
  assertEquals(codeOf(await signingIn), undefined);
  const impatient = fixture.peer();
  const answered = impatient.ask("sign_in", { data: first, place: 9 });
  while (!cluster.wanted.includes(9)) await settled();
  cluster.giveUp();
  assertEquals(codeOf(await answered), undefined);
});

Deno.test("a place that is no number is refused", async () => {
  await using fixture = await NativeFixture.start({ cluster: new TestCluster() });
  for (const place of ["3", -1, 0.5, null]) {
    const reply = await fixture.peer().ask("sign_in", { data: "", place });
    assertEquals(codeOf(reply), "bad_message", String(place));
  }
});
