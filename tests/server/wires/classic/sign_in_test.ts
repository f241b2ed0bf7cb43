import { assert, assertEquals, assertMatch } from "@std/assert";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { ClassicFixture, type Peer } from "./classic_fixture.ts";
import { keyPair } from "./keys.ts";

const create = "Now please create your password!";
const typeIn = "Now please type in your password!";
const created = "Your account has been successfully created!";
const signedIn = "You successfully log into your account!";
const wrong = "Wrong password!";

/** Says a name and reads the server's key. */
async function sayName(fixture: ClassicFixture, name: string): Promise<Peer> {
  const peer = fixture.connect();
  await peer.send(name);
  assertEquals(await peer.expect("key"), fixture.serverKey.text);
  return peer;
}

Deno.test("a new name creates a password, and an old one types it in", async () => {
  await using fixture = await ClassicFixture.start();
  const first = await sayName(fixture, "Jack");
  await first.confirmed(create);
  await first.send(await fixture.password("password of jack"));
  await first.confirmed(created);
  const second = await sayName(fixture, "jack");
  await second.confirmed(typeIn);
  await second.send(await fixture.password("password of jack"));
  await second.confirmed(signedIn);
  assertEquals(fixture.chat.presence.size, 0, "nobody is here without a key");
});

Deno.test("the password is stored as the keys of SCRAM, and nowhere as it is", async () => {
  await using fixture = await ClassicFixture.start();
  await fixture.member("jack");
  const account = fixture.storage.data.accounts.get("jack")!;
  assertEquals([account.storedKey.length, account.serverKey.length, account.salt.length], [
    32,
    32,
    16,
  ]);
  const record = await fixture.accounts.checkPassword("jack", "password of jack");
  assertEquals(record?.name, "jack");
  assert(!fixture.log.some((line) => line.includes("password of jack")));
});

Deno.test("a wrong password is answered letter for letter, and may be typed again", async () => {
  await using fixture = await ClassicFixture.start();
  await fixture.member("jack");
  await fixture.member("jill");
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(typeIn);
  const tries = ["password of jill", "short"];
  for (const text of tries) {
    await peer.send(await fixture.password(text));
    await peer.confirmed(wrong);
  }
  await peer.send(await fixture.password("password of jack"));
  await peer.confirmed(signedIn);
});

Deno.test("what is not sealed for the server is a wrong password, and counted as one", async () => {
  await using fixture = await ClassicFixture.start();
  await fixture.member("jack");
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(typeIn);
  // Two of five tries were used up before.
  for (let count = 0; count < 2; count++) {
    await fixture.guard.admit({ accountKey: "jack", address: "192.0.2.1" });
  }
  for (const bytes of ["password of jack", "", new Uint8Array([0xff, 0, 0xc3])]) {
    await peer.send(bytes);
    await peer.confirmed(wrong);
  }
  await peer.send(await fixture.password("password of jack"));
  assertMatch(await peer.expect("Confirmation"), /^Too many tries to sign in: try again in \d+ /);
  await peer.send(await fixture.password("password of jack"));
  assertMatch(await peer.expect("Confirmation"), /^Too many tries/, "the client can go on trying");
});

Deno.test("a password that cannot be one is refused with the reason, and another may be created", async () => {
  await using fixture = await ClassicFixture.start();
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(create);
  await peer.send(await fixture.password("short"));
  await peer.confirmed("A password must have at least 8 characters.");
  await peer.send(await fixture.password("with \u001b control"));
  assertMatch(await peer.expect("Confirmation"), /^A password cannot contain control characters/);
  await peer.send(await fixture.password("long enough"));
  await peer.confirmed(created);
});

Deno.test("a client that takes a refused password for a good one is let go", async () => {
  await using fixture = await ClassicFixture.start();
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(create);
  await peer.send(await fixture.password("short"));
  await peer.expect("Confirmation");
  await peer.send((await keyPair("jack")).publicKey.text);
  // What it shows last says what to do.
  await peer.confirmed(
    "Your account was not created: A password must have at least 8 characters. Start again with another password.",
  );
  await peer.ended();
  assertEquals(fixture.storage.data.accounts.size, 0);
});

Deno.test("a name that nobody can have is refused with the reason, and the end", async () => {
  await using fixture = await ClassicFixture.start();
  for (const name of ["", "../x", "a b", "#lobby", "\u001b[2J", "server", "x".repeat(33)]) {
    const peer = await sayName(fixture, name);
    const reason = await peer.expect("Confirmation");
    assertMatch(reason, /name/);
    assert(!/\p{Cc}/u.test(reason));
    await peer.ended();
  }
  const broken = fixture.connect();
  await broken.send(new Uint8Array([0x6a, 0xff]));
  await broken.expect("key");
  assertMatch(await broken.expect("Confirmation"), /UTF-8/);
  await broken.ended();
});

Deno.test("a name that looks like somebody's is refused once a password was created", async () => {
  await using fixture = await ClassicFixture.start();
  await fixture.member("jack");
  const peer = await sayName(fixture, "jасk");
  await peer.confirmed(create);
  await peer.send(await fixture.password("long enough"));
  assertMatch(await peer.expect("Confirmation"), /^This name, or one that looks like it, is taken/);
  await peer.ended();
});

Deno.test("of two that create the same account at once one wins, and the other is told", async () => {
  await using fixture = await ClassicFixture.start();
  const peers = [await sayName(fixture, "jack"), await sayName(fixture, "jack")];
  for (const peer of peers) {
    await peer.confirmed(create);
    await peer.send(await fixture.password("long enough"));
  }
  const answers = await Promise.all(peers.map((peer) => peer.expect("Confirmation")));
  assertEquals(answers.filter((answer) => answer === created).length, 1, String(answers));
});

Deno.test("where registration is closed every name is asked for its password", async () => {
  await using fixture = await ClassicFixture.start({ registration: "closed" });
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(typeIn);
  await peer.send(await fixture.password("long enough"));
  await peer.confirmed(wrong);
});

Deno.test("accounts from one address are limited, and patience helps", async () => {
  await using fixture = await ClassicFixture.start({ registrationsPerSecond: 0.000_001 });
  await fixture.member("jack");
  const peer = await sayName(fixture, "jill");
  await peer.confirmed(create);
  for (let count = 0; count < 2; count++) {
    await peer.send(await fixture.password("long enough"));
    await peer.confirmed("Too many new accounts from your address. Try again in a moment.");
  }
  await peer.send("opened neither");
  await peer.confirmed("Too many new accounts from your address. Try again in a moment.");
  assertEquals(fixture.storage.data.accounts.size, 1);
});

Deno.test("a store that fails is told, costs no try, and the client can go on", async () => {
  const storage = new MemoryStorage();
  await using fixture = await ClassicFixture.start({ storage });
  await fixture.member("jack");
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(typeIn);
  storage.failing.set("findAccount", new StorageError("failed", "secret path"));
  for (let count = 0; count < 6; count++) {
    await peer.send(await fixture.password("password of jack"));
    await peer.confirmed("The server could not store or read this. Try again.");
  }
  storage.failing.clear();
  await peer.send(await fixture.password("password of jack"));
  await peer.confirmed(signedIn);
});

Deno.test("a key that is none ends the connection before anybody sees its user", async () => {
  await using fixture = await ClassicFixture.start();
  await fixture.member("jack");
  for (const key of ["", "BM", "x".repeat(1_024)]) {
    const peer = await sayName(fixture, "jack");
    await peer.confirmed(typeIn);
    await peer.send(await fixture.password("password of jack"));
    await peer.confirmed(signedIn);
    await peer.send(key);
    await peer.ended();
  }
  await settled();
  assertEquals(fixture.listener.size, 1);
});

Deno.test("a second sign-in under one name leaves the first one alone; both get what is posted", async () => {
  await using fixture = await ClassicFixture.start();
  const first = await fixture.member("jack");
  const second = await fixture.member("jack", "jack elsewhere");
  const jill = await fixture.member("jill");
  assertEquals(await jill.broadcast("to both"), "Public message sent!");
  assertEquals(await first.peer.expect("BM"), "to both");
  assertEquals(await second.peer.expect("BM"), "to both");
  assertEquals(fixture.chat.presence.size, 2);
});

Deno.test("a new account has missed nothing", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  await jack.broadcast("before jill came");
  await fixture.member("jill");
  assertEquals(await fixture.chat.readPosition("jill"), 1);
});

Deno.test("the answer to a wrong password is held back only as long as somebody waits for it", async () => {
  await using fixture = await ClassicFixture.start();
  await fixture.member("jack");
  const peer = await sayName(fixture, "jack");
  await peer.confirmed(typeIn);
  await peer.send(await fixture.password("not the password"));
  await settled();
  // The leak check of the test sees a timer that goes on.
  await fixture.listener.stop();
  assertEquals(await peer.next(), null);
});

Deno.test("a class that comes in together waits for its turn, and nobody is turned away", async () => {
  await using fixture = await ClassicFixture.start();
  const peers = await Promise.all(
    Array.from({ length: 15 }, (_, index) => sayName(fixture, `student${index}`)),
  );
  for (const peer of peers) {
    await peer.confirmed(create);
  }
  const goOn = fixture.storage.hold();
  for (const peer of peers) await peer.send(await fixture.password("long enough"));
  await settled();
  goOn();
  for (const peer of peers) await peer.confirmed(created);
  assertEquals(fixture.storage.data.accounts.size, 15);
});
