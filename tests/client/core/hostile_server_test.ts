/**
 * What a server could try against its own users, on the real protocol: each is noticed by the client, and named.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { encodeKeptIdentity } from "../../../protocol/e2e/identity_content.ts";
import type { Message } from "../../fixtures/peer.ts";
import { Script } from "../plain/script.ts";
import { makeKeySupplement } from "../../../protocol/e2e/key_supplement.ts";
import {
  makeIdentity,
  makeSigner,
  weakRecord,
  weakSigningRecord,
} from "../../fixtures/identities.ts";
import { makeAccountRecord } from "../../fixtures/accounts.ts";
import { PlainInterface } from "../../../client/plain/plain.ts";
import { HostileServer, MemoryText, type OnTheWay, problemOf, said } from "./hostile_server.ts";
import { createAccount } from "../../fixtures/changes.ts";

async function refused(code: ErrorCode, action: () => Promise<unknown>): Promise<ChatError> {
  const error = await assertRejects(action, ChatError);
  assertEquals(error.code, code, error.message);
  return error;
}

/** Keys that the server has made itself, properly signed for a name. */
async function madeUp(name: string) {
  const { sealed, supplement } = await makeIdentity(name);
  return encodeKeptIdentity({ ...sealed, supplement });
}

/** The public half of such keys, as it stands in a reply to `keys`. */
async function offerMadeUp(name: string) {
  const { record, supplement } = await madeUp(name);
  return { record, supplement };
}

/** The post that an event holds. */
function postOf({ message }: OnTheWay): Message {
  return message["post"] as Message;
}

/** After so long a client asks for a peer's keys before it sends anything. */
const notLatelyMs = 61_000;
/** After so long it asks again beside the message that it sends. */
const notJustNowMs = 6_000;

Deno.test("a swapped key stops sending, is named once, and nothing is readable until the person decides", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "before");
  server.laterMs += notLatelyMs;
  const offer = await offerMadeUp("jill");
  server.tamper = ({ name, type, message }) => {
    if (name === "jack" && type === "keys") Object.assign(message, offer);
  };
  for (let tries = 0; tries < 3; tries++) {
    const error = await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
    assertStringIncludes(said(error), "The key of jill has changed");
  }
  assertEquals(await jack.client.protection("jill"), "changed");
  assertEquals(jack.notices.length, 1);
  assertEquals(jack.notices[0]!.peer, "jill");
  assertStringIncludes(jack.notices[0]!.text, "TRUST jill");
  assertEquals(server.fixture.storage.data.posts.length, 1);
  // What the real jill writes is still opened with the key that was pinned.
  await jill.client.sendPrivate("jack", "hello");
  assertEquals((await jack.incoming(1)).message.text, "hello");
  // The true key again: nothing has happened.
  server.tamper = () => {};
  await jack.client.sendPrivate("jill", "after");
});

Deno.test("a key swapped just after it was asked for is never sealed to: the pinned one is, the person is told, and nothing more is sent", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "before");
  server.laterMs += notJustNowMs;
  const offer = await offerMadeUp("jill");
  server.tamper = ({ name, type, message }) => {
    if (name === "jack" && type === "keys") Object.assign(message, offer);
  };
  await jack.client.sendPrivate("jill", "for the true jill");
  assertEquals((await jill.incoming(2)).message.text, "for the true jill");
  await jack.until(() => jack.notices.length === 1);
  assertStringIncludes(jack.notices[0]!.text, "The key of jill has changed");
  await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
  assertEquals(server.fixture.storage.data.posts.length, 2);
});

Deno.test("a key swapped while the connection was lost stops sending at once", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  await jack.client.sendPrivate("jill", "before");
  const offer = await offerMadeUp("jill");
  server.tamper = ({ type, message }) => {
    if (type === "keys") Object.assign(message, offer);
  };
  for (const socket of server.fixture.servers) if (!socket.closed) socket.close();
  await jack.until(() => jack.events.some((event) => event.type === "online"));
  await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
  assertEquals(server.fixture.storage.data.posts.length, 1);
});

Deno.test("TRUST accepts a changed key, VERIFY too; what was sealed before is still read", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const { identities } = server.fixture.storage.data;
  const jack = await server.client("jack");
  for (const name of ["jill", "joe"]) {
    const peer = await server.client(name);
    await jack.client.sendPrivate(name, `to ${name}`);
    await peer.client.sendPrivate("jack", `from ${name}`);
    await peer.client.close(5_000);
    // The account is made anew under the same name.
    identities.delete(name);
  }
  const jill = await server.client("jill");
  const joe = await server.client("joe");
  server.laterMs += notLatelyMs;
  await refused("key_changed", () => jack.client.sendPrivate("jill", "x"));
  await refused("key_changed", () => jack.client.sendPrivate("joe", "x"));
  assertEquals(await jack.client.trust("jill"), true);
  assertEquals(await jack.client.trust("jill"), false);
  assertEquals(await jack.client.protection("jill"), "encrypted");
  const { number } = await jack.client.safetyNumber("joe");
  await jack.client.verify("joe", number);
  assertEquals(await jack.client.protection("joe"), "verified");
  await jack.client.sendPrivate("jill", "new");
  await jack.client.sendPrivate("joe", "new");
  assertEquals((await jill.incoming(1)).message.text, "new");
  assertEquals((await joe.incoming(1)).message.text, "new");
  const { posts } = await jack.client.history({ limit: 100 });
  assertEquals(posts.map(({ message }) => message.text), [
    "to jill",
    "from jill",
    "to joe",
    "from joe",
    "new",
    "new",
  ]);
  assertStringIncludes(problemOf(posts[1]!.message)!, "sealed with an earlier key of jill");
  assertEquals(posts[3]!.message.verified, false);
});

Deno.test("a verified peer whose key changes is not verified any more", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const { number } = await jack.client.safetyNumber("jill");
  await jack.client.verify("jill", number);
  server.fixture.storage.data.identities.delete("jill");
  await server.client("jill");
  assertEquals(await jack.client.protection("jill"), "changed");
  await jack.client.trust("jill");
  assertEquals(await jack.client.protection("jill"), "encrypted");
});

Deno.test("a key swapped between the questions of one VERIFY is not marked as verified", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const { number } = await jack.client.safetyNumber("jill");
  const offer = await offerMadeUp("jill");
  for (const swapped of [1, 2, 3]) {
    let asked = 0;
    server.tamper = ({ type, message }) => {
      if (type === "keys" && ++asked === swapped) Object.assign(message, offer);
    };
    await jack.client.verify("jill", number).catch((error: ChatError) => {
      assertEquals(error.code, "key_changed");
    });
    server.tamper = () => {};
    const after = await jack.client.safetyNumber("jill");
    assertEquals(after.number, number);
    await jack.client.sendPrivate("jill", "to the real one");
  }
});

Deno.test("TRUST accepts just the key that the person was told of", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  await jack.client.sendPrivate("jill", "before");
  server.laterMs += notLatelyMs;
  const swap = async () => {
    const offer = await offerMadeUp("jill");
    server.tamper = ({ type, message }) => {
      if (type === "keys") Object.assign(message, offer);
    };
  };
  await swap();
  await refused("key_changed", () => jack.client.sendPrivate("jill", "x"));
  await swap();
  await refused("key_changed", () => jack.client.trust("jill"));
  assertEquals(jack.notices.length, 2);
  assertEquals(await jack.client.trust("jill"), true);
});

Deno.test("a message sealed by someone whom the server presents as a peer is not shown", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const joe = await server.client("joe");
  await jill.client.sendPrivate("jack", "I am jill");
  await jack.incoming(1);
  // The server lets joe's message appear as jill's.
  server.tamper = (onTheWay) => {
    if (onTheWay.name === "jack" && onTheWay.type === "post") postOf(onTheWay)["from"] = "jill";
  };
  await joe.client.sendPrivate("jack", "I am jill, too");
  const { message } = await jack.incoming(2);
  assertEquals(message.text, null);
  assertStringIncludes(problemOf(message)!, "cannot be opened");
  // The same with a key of the server's own in jill's place.
  const offer = await offerMadeUp("jill");
  server.tamper = (onTheWay) => {
    if (onTheWay.name !== "jack") return;
    if (onTheWay.type === "keys") Object.assign(onTheWay.message, offer);
    if (onTheWay.type === "post") postOf(onTheWay)["from"] = "jill";
  };
  await joe.client.sendPrivate("jack", "I am jill, too");
  const second = (await jack.incoming(3)).message;
  assertEquals(second.text, null);
  assertStringIncludes(problemOf(second)!, "a key of jill that you have not accepted");
  assertEquals(jack.notices.map(({ peer }) => peer), ["jill"]);
});

Deno.test("a key that its owner did not sign, or of another user, is refused and named", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const jack = await server.client("jack");
  const joe = server.fixture.storage.data.identities.get("joe")!.record;
  const broken = server.fixture.storage.data.identities.get("jill")!.record.slice();
  broken[40]! ^= 1;
  for (const record of [joe, broken]) {
    server.tamper = ({ type, message }) => {
      if (type === "keys") message["record"] = record.toBase64();
    };
    const error = await refused("bad_proof", () => jack.client.sendPrivate("jill", "secret"));
    assertStringIncludes(said(error), "jill did not sign");
  }
  assertEquals(jack.notices.map(({ peer }) => peer), ["jill", "jill"]);
  server.tamper = ({ type, message }) => {
    if (type !== "keys") return;
    message["name"] = "joe";
    message["record"] = joe.toBase64();
  };
  await refused("bad_proof", () => jack.client.sendPrivate("jill", "secret"));
  assertEquals(server.fixture.storage.data.posts.length, 0);
});

Deno.test("a key that protects nothing is refused and named, and ends nothing", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  for (const record of [await weakRecord("jill"), await weakSigningRecord("jill")]) {
    server.tamper = ({ type, message }) => {
      if (type === "keys") message["record"] = record.toBase64();
    };
    const error = await refused("bad_proof", () => jack.client.sendPrivate("jill", "secret"));
    assertStringIncludes(said(error), "protects nothing");
  }
  server.tamper = () => {};
  await jack.client.sendPrivate("jill", "now sealed");
  assertEquals(server.fixture.storage.data.posts.length, 1);
});

Deno.test("a key that is taken away is noticed: nothing is sent in a readable form", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  await jack.client.sendPrivate("jill", "before");
  server.laterMs += notLatelyMs;
  server.tamper = ({ type, message }) => {
    if (type === "keys") Object.assign(message, { record: null, supplement: null });
  };
  const error = await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
  assertStringIncludes(said(error), "no longer gives out a key for jill");
  await jack.client.allowReadable("jill");
  await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
  await refused("not_found", () => jack.client.trust("jill"));
  assertEquals(server.fixture.storage.data.posts.length, 1);
});

/** jill, whose keys the server knows how to sign anew, as if she had made another key of ML-KEM-768. */
async function jillsOffers() {
  const { record, privateKey } = await makeSigner("jill");
  const offers = await Promise.all([1, 2].map(async () => {
    const { decapsulation } = await makeIdentity("jill");
    return await makeKeySupplement(record, decapsulation.encapsulationKey, privateKey);
  }));
  return { record: record.toBase64(), supplements: offers.map((one) => one.toBase64()) };
}

Deno.test("a key of ML-KEM-768 that is taken away or swapped stops sending, in suite 1 too, is named once, and VERIFY does not accept it", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const { record, supplements: [first, second] } = await jillsOffers();
  let supplement: string | null = first!;
  server.tamper = ({ type, message }) => {
    if (type === "keys") Object.assign(message, { record, supplement });
  };
  const { number } = await jack.client.safetyNumber("jill");
  await jack.client.verify("jill", number);
  await jack.client.sendPrivate("jill", "before");
  for (const [other, words] of [[null, "is missing"], [second!, "is a different one"]] as const) {
    supplement = other;
    server.laterMs += notLatelyMs;
    for (let tries = 0; tries < 2; tries++) {
      const error = await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
      assertStringIncludes(said(error), "The key of jill has changed");
      assertStringIncludes(said(error), words);
    }
    assertEquals(await jack.client.protection("jill"), "changed");
    // The number tells nothing of it.
    await refused("key_changed", () => jack.client.safetyNumber("jill"));
    await refused("key_changed", () => jack.client.verify("jill", number));
  }
  assertEquals(jack.notices.map(({ peer }) => peer), ["jill", "jill"]);
  assertEquals(server.fixture.storage.data.posts.length, 1);
  // The true one again: nothing has happened.
  supplement = first!;
  assertEquals(await jack.client.protection("jill"), "verified");
  await jack.client.sendPrivate("jill", "after");
});

Deno.test("a key of ML-KEM-768 that is taken away just after it was asked for is still sealed to, and the person is told", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "before");
  server.tamper = ({ type, message }) => {
    if (type === "keys") message["supplement"] = null;
  };
  server.laterMs += notJustNowMs;
  await jack.client.sendPrivate("jill", "in suite 2 still");
  await jill.incoming(2);
  await jack.until(() => jack.notices.length === 1);
  assertStringIncludes(jack.notices[0]!.text, "is missing");
  await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
  const bodies = server.fixture.storage.data.posts.map(({ post }) => post.body);
  assertEquals(bodies.map((body) => Uint8Array.fromBase64(body)[1]), [2, 2]);
});

Deno.test("TRUST goes on without a key of ML-KEM-768 that is gone, on every machine, and a later one is taken", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const elsewhere = await server.client("jack");
  await jack.client.sendPrivate("jill", "in suite 2");
  assertEquals(await elsewhere.client.protection("jill"), "encrypted");
  server.tamper = ({ type, message }) => {
    if (type === "keys") message["supplement"] = null;
  };
  server.laterMs += notLatelyMs;
  await refused("key_changed", () => jack.client.sendPrivate("jill", "x"));
  assertEquals(await jack.client.trust("jill"), true);
  assertEquals(await jack.client.trust("jill"), false);
  await jack.client.sendPrivate("jill", "in suite 1");
  await elsewhere.client.sendPrivate("jill", "in suite 1 as well");
  server.tamper = () => {};
  server.laterMs += notLatelyMs;
  await elsewhere.client.sendPrivate("jill", "in suite 2 again");
  await jill.incoming(4);
  const bodies = server.fixture.storage.data.posts.map(({ post }) => post.body);
  assertEquals(bodies.map((body) => Uint8Array.fromBase64(body)[1]), [2, 1, 1, 2]);
  server.tamper = ({ type, message }) => {
    if (type === "keys") message["supplement"] = null;
  };
  server.laterMs += notLatelyMs;
  await refused("key_changed", () => jack.client.sendPrivate("jill", "x"));
});

Deno.test("a key of ML-KEM-768 that its owner did not sign for these keys is refused and named", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  await server.client("jill");
  const { supplement: own } = server.fixture.storage.data.identities.get("jill")!;
  const altered = own!.slice();
  altered[7]! ^= 1;
  const others = [altered.toBase64(), (await offerMadeUp("jill")).supplement];
  for (const supplement of others) {
    server.tamper = ({ type, message }) => {
      if (type === "keys") message["supplement"] = supplement;
    };
    const error = await refused("bad_proof", () => jack.client.sendPrivate("jill", "secret"));
    assertStringIncludes(said(error), "jill did not sign");
  }
  assertEquals(server.fixture.storage.data.posts.length, 0);
  server.tamper = () => {};
  await jack.client.sendPrivate("jill", "sealed");
});

Deno.test("a key of ML-KEM-768 that is not this account's, given out as its own, is named", async () => {
  await using server = await HostileServer.start("jack");
  const before = await server.client("jack");
  await before.client.close(5_000);
  const { supplement } = await offerMadeUp("jack");
  server.tamper = ({ type, message }) => {
    if (type === "sign_in_proof") (message["identity"] as Message)["supplement"] = supplement;
  };
  const jack = await server.client("jack");
  assertStringIncludes(jack.notices[0]!.text, "different keys for your account");
  await jack.client.sendPrivate("jack", "a note that is sealed as ever");
  await jack.until(() => jack.posts.length === 1);
  assertEquals(jack.posts[0]!.message.text, "a note that is sealed as ever");
});

Deno.test("a key that is added is used for nobody: a message is sealed to the pinned key alone", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const offer = await offerMadeUp("jill");
  server.tamper = ({ type, message }) => {
    if (type !== "keys") return;
    message["records"] = [message["record"], offer.record];
    message["supplements"] = [message["supplement"], offer.supplement];
    message["also"] = offer.record;
  };
  await jack.client.sendPrivate("jill", "hello");
  assertEquals((await jill.incoming(1)).message.text, "hello");
  server.laterMs += notLatelyMs;
  server.tamper = ({ type, message }) => {
    if (type === "keys") message["record"] = [message["record"], offer.record];
  };
  await refused("bad_message", () => jack.client.sendPrivate("jill", "hello"));
});

Deno.test("a key that is added where there was none is named", async () => {
  await using server = await HostileServer.start("jack");
  await createAccount(server.fixture.storage, await makeAccountRecord("irc"));
  const jack = await server.client("jack");
  await jack.client.allowReadable("irc");
  await jack.client.sendPrivate("irc", "plain");
  const offer = await offerMadeUp("irc");
  server.tamper = ({ type, message }) => {
    if (type === "keys") Object.assign(message, offer);
  };
  await jack.client.sendPrivate("irc", "sealed");
  assertStringIncludes(jack.notices[0]!.text, "irc has keys now");
});

Deno.test("other keys for one's own account, or none, are noticed on a machine that knows them", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const memory = new MemoryText();
  const before = await server.client("jack", { memory });
  await before.client.sendPrivate("jill", "before");
  await before.client.close(5_000);
  const other = await madeUp("jack");
  for (const identity of [null, other]) {
    server.tamper = ({ type, message }) => {
      if (type === "sign_in_proof") message["identity"] = identity;
    };
    const jack = await server.client("jack", { memory });
    assertEquals(jack.notices.map(({ peer }) => peer), [null]);
    assertStringIncludes(jack.notices[0]!.text, "that this machine has seen before");
    await refused("key_changed", () => jack.client.sendPrivate("jill", "secret"));
    const { posts } = await jack.client.history({ with: "jill", limit: 10 });
    assertEquals(posts.map(({ message }) => message.text), [null]);
    // Rooms go on as ever.
    await jack.client.post("#lobby", "hello, everyone");
    await jack.client.close(5_000);
  }
  server.tamper = () => {};
  const after = await server.client("jack", { memory });
  assertEquals(after.notices, []);
  await after.client.sendPrivate("jill", "after");
});

Deno.test("own keys that do not open, on a machine that knows nothing, are named and stop only private messages", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const other = await madeUp("jack");
  server.tamper = ({ type, message }) => {
    if (type === "sign_in_proof") message["identity"] = other;
  };
  const jack = await server.client("jack");
  assertStringIncludes(jack.notices[0]!.text, "keys for this account that cannot be opened");
  await refused("cannot_open", () => jack.client.sendPrivate("jill", "secret"));
  await jack.client.post("#lobby", "hello, everyone");
});

Deno.test("TRUST of one's own name accepts an account that was made anew", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const memory = new MemoryText();
  const before = await server.client("jack", { memory });
  await before.client.close(5_000);
  server.fixture.storage.data.identities.delete("jack");
  const jack = await server.client("jack", { memory });
  await refused("key_changed", () => jack.client.sendPrivate("jill", "x"));
  assertEquals(await jack.client.trust("Jack"), true);
  await jack.client.sendPrivate("jill", "x");
  const again = await server.client("jack", { memory });
  assertEquals(again.notices, []);
});

Deno.test("other keys for one's own account in the middle of a session are named", async () => {
  await using server = await HostileServer.start("jack");
  const jack = await server.client("jack");
  const other = await madeUp("jack");
  server.tamper = ({ type, message }) => {
    if (type === "sign_in_proof") message["identity"] = other;
  };
  server.fixture.servers[0]!.close();
  await jack.until(() => jack.notices.length === 1);
  assertStringIncludes(jack.notices[0]!.text, "different keys for your account");
});

Deno.test("an old vault is noticed by a machine that saw a newer one, named, and put right", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const { vaults } = server.fixture.storage.data;
  const memory = new MemoryText();
  const first = await server.client("jack", { memory });
  await first.client.sendPrivate("joe", "x");
  const old = vaults.get("jack")!;
  const { number } = await first.client.safetyNumber("jill");
  await first.client.verify("jill", number);
  await first.client.close(5_000);
  for (const served of [old, undefined]) {
    if (served === undefined) vaults.delete("jack");
    else vaults.set("jack", served);
    const jack = await server.client("jack", { memory });
    assertEquals(jack.notices.map(({ peer }) => peer), [null]);
    assertStringIncludes(jack.notices[0]!.text, "an old list of the keys that you trust");
    assertEquals(await jack.client.protection("jill"), "verified");
    await jack.client.close(5_000);
    const fresh = await server.client("jack");
    assertEquals(await fresh.client.protection("jill"), "verified");
    await fresh.client.close(5_000);
  }
});

Deno.test("an old vault in the middle of a session is noticed, with another of the same version too", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe", "jim");
  const { vaults } = server.fixture.storage.data;
  const jack = await server.client("jack");
  await jack.client.sendPrivate("joe", "x");
  const one = vaults.get("jack")!;
  await jack.client.sendPrivate("jill", "x");
  vaults.set("jack", one);
  await jack.client.sendPrivate("jim", "x");
  assertEquals(jack.notices.length, 1);
  assertStringIncludes(jack.notices[0]!.text, "an old list");
  // The server forks: another state with the version that this session knows.
  const { version, sealed } = vaults.get("jack")!;
  vaults.set("jack", { version, sealed: sealed.slice().fill(1, 20, 30) });
  server.fixture.servers[0]!.close();
  await jack.until(() => jack.notices.length === 2);
  const fresh = await server.client("jack");
  for (const name of ["joe", "jill", "jim"]) {
    assertEquals(await fresh.client.protection(name), "encrypted");
  }
  assertEquals(fresh.notices, []);
});

Deno.test("a damaged vault is named, and the session goes on", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const { vaults } = server.fixture.storage.data;
  for (const sealed of [new Uint8Array(), new Uint8Array(2_000)]) {
    vaults.set("jack", { version: 7, sealed });
    const jack = await server.client("jack");
    assertEquals(jack.notices.length, 1);
    assertStringIncludes(jack.notices[0]!.text, "a damaged list of the keys that you trust");
    await jack.client.sendPrivate("jill", "hello");
    const next = await server.client("jack");
    assertEquals(next.notices, []);
  }
});

Deno.test("a server that never takes a vault does not keep anyone waiting for ever", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  server.fixture.storage.refusing.set("vault", { refused: "not_next" });
  await refused("conflict", () => jack.client.sendPrivate("jill", "hello"));
  assertEquals(server.fixture.storage.data.posts.length, 0);
});

Deno.test("a dropped message is noticed at the next one, live and in the history", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const dropped = new Set<unknown>();
  server.tamper = (onTheWay) => {
    if (onTheWay.name !== "jill") return;
    if (onTheWay.type === "post" && dropped.has(postOf(onTheWay)["sequence"])) return null;
    if (onTheWay.type === "history") {
      const posts = onTheWay.message["posts"] as Message[];
      onTheWay.message["posts"] = posts.filter((post) => !dropped.has(post["sequence"]));
    }
    return;
  };
  await jack.client.sendPrivate("jill", "one");
  for (const sequence of [2, 3]) dropped.add(sequence);
  for (const text of ["two", "three", "four", "five"]) await jack.client.sendPrivate("jill", text);
  await jill.incoming(3);
  assertEquals(jill.posts.map(({ message }) => message.text), ["one", "four", "five"]);
  const expected =
    "Before this, messages from jack are missing (2): the server left them out, or " +
    "they could not be opened.";
  assertEquals(jill.posts.map(({ message }) => problemOf(message)), [null, expected, null]);
  const { posts } = await jill.client.history({ with: "jack", limit: 10 });
  assertEquals(posts.map(({ message }) => problemOf(message)), [null, expected, null]);
});

Deno.test("a message dropped while its reader was away is noticed at the next live one", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const first = await server.client("jill");
  await jack.client.sendPrivate("jill", "one");
  await first.incoming(1);
  await first.client.close(5_000);
  await jack.client.sendPrivate("jill", "two");
  const { posts } = server.fixture.storage.data;
  const dropped = posts.splice(1, 1);
  // The memory store counts its posts: something else takes the place of the one that is gone.
  posts.splice(0, 0, {
    ...dropped[0]!,
    post: { ...dropped[0]!.post, sequence: 0, from: "joe", to: "jim" },
    destination: { between: ["joe", "jim"] },
  });
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "three");
  const { message } = await jill.incoming(1);
  assertEquals(message.text, "three");
  assertStringIncludes(problemOf(message)!, "missing (1)");
});

Deno.test("messages dropped between two starts of the sender's program are noticed at the next one", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const memory = new MemoryText();
  const jill = await server.client("jill");
  const before = await server.client("jack", { memory });
  await before.client.sendPrivate("jill", "one");
  await jill.incoming(1);
  server.tamper = ({ name, type }) => name === "jill" && type === "post" ? null : undefined;
  await before.client.sendPrivate("jill", "two");
  await before.client.close(5_000);
  server.tamper = () => {};
  const after = await server.client("jack", { memory });
  await after.client.sendPrivate("jill", "three");
  const { message } = await jill.incoming(2);
  assertEquals(message.text, "three");
  assertStringIncludes(problemOf(message)!, "missing (1)");
});

Deno.test("a message left out between two pages, or at the beginning of a conversation, is noticed", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  for (let number = 1; number <= 6; number++) await jack.client.sendPrivate("jill", `${number}`);
  const hide = (...hidden: number[]) => {
    server.tamper = ({ type, message }) => {
      if (type !== "history") return;
      const posts = message["posts"] as Message[];
      message["posts"] = posts.filter((post) => !hidden.includes(post["sequence"] as number));
    };
  };
  const query = { with: "jack", limit: 3 };
  const newest = await jill.client.history(query);
  assertEquals(newest.posts.map(({ sequence }) => sequence), [4, 5, 6]);
  assertEquals(newest.posts.map(({ message }) => problemOf(message)), [null, null, null]);
  hide(3);
  await jill.client.history({ ...query, before: 4 });
  assertEquals(jill.notices.map(({ peer }) => peer), ["jack"]);
  assertStringIncludes(jill.notices[0]!.text, "missing (1)");
  hide(1);
  const oldest = await jill.client.history({ ...query, before: 4 });
  assertStringIncludes(problemOf(oldest.posts[0]!.message)!, "missing (1)");
  hide(1, 2, 3);
  await jill.client.history({ ...query, before: 4 });
  assertStringIncludes(jill.notices.at(-1)!.text, "missing (3)");
});

Deno.test("a repeated message is named and not shown again, live and in the history", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  server.tamper = (onTheWay) => {
    if (onTheWay.name !== "jill" || onTheWay.type !== "post") return;
    const post = postOf(onTheWay);
    const later = { ...post, sequence: (post["sequence"] as number) + 1_000 };
    return [onTheWay.message, { event: "post", post: later }];
  };
  await jack.client.sendPrivate("jill", "pay me 5");
  await jill.incoming(2);
  assertEquals(jill.posts.map(({ message }) => message.text), ["pay me 5", null]);
  assertStringIncludes(problemOf(jill.posts[1]!.message)!, "a message from jack more than once");
  server.tamper = ({ type, message }) => {
    if (type !== "history") return;
    const posts = message["posts"] as Message[];
    message["posts"] = [...posts, ...posts];
  };
  const { posts } = await jill.client.history({ with: "jack", limit: 10 });
  assertEquals(posts.map(({ message }) => message.text), ["pay me 5", null]);
});

Deno.test("messages in another order than they were sent are named", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "one");
  await jill.incoming(1);
  let held: Message | null = null;
  server.tamper = (onTheWay) => {
    if (onTheWay.name !== "jill" || onTheWay.type !== "post") return;
    if (held === null) {
      held = onTheWay.message;
      return null;
    }
    const post = { ...(held["post"] as Message), sequence: 900 };
    const first = { ...postOf(onTheWay), sequence: 800 };
    return [{ event: "post", post: first }, { event: "post", post }];
  };
  await jack.client.sendPrivate("jill", "two");
  await jack.client.sendPrivate("jill", "three");
  await jill.incoming(3);
  assertEquals(jill.posts.map(({ message }) => message.text), ["one", "three", "two"]);
  assertStringIncludes(problemOf(jill.posts[1]!.message)!, "missing (1)");
  assertStringIncludes(problemOf(jill.posts[2]!.message)!, "late");
});

Deno.test("an altered, made-up or misaddressed message is one line that says why, and stops nothing", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const changes: ((post: Message) => void)[] = [
    (post) => post["id"] = "another",
    (post) => post["body"] = "AAAA",
    (post) => post["body"] = "no base64",
    // As if it were of a suite that is not known, or of suite 1.
    (post) => post["body"] = "AAM" + String(post["body"]).slice(3),
    (post) => post["body"] = "AAE" + String(post["body"]).slice(3),
    (post) => post["to"] = "nobody.here",
    (post) => post["from"] = "nobody.here",
    (post) => post["from"] = ".name",
  ];
  for (const [at, change] of changes.entries()) {
    server.tamper = (onTheWay) => {
      if (onTheWay.name === "jill" && onTheWay.type === "post") change(postOf(onTheWay));
    };
    await jack.client.sendPrivate("jill", "hello");
    const { message } = await jill.incoming(at + 1);
    assertEquals(message.text, null);
    assertStringIncludes(problemOf(message)!, "cannot be opened");
  }
  server.tamper = () => {};
  await jack.client.sendPrivate("jill", "hello");
  assertEquals((await jill.incoming(changes.length + 1)).message.text, "hello");
});

Deno.test("a readable message that the server makes up in a peer's name is marked as readable", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jill.client.verify("jack", (await jill.client.safetyNumber("jack")).number);
  server.tamper = (onTheWay) => {
    if (onTheWay.name !== "jill" || onTheWay.type !== "post") return;
    Object.assign(postOf(onTheWay), { kind: "text", body: "trust me" });
  };
  await jack.client.sendPrivate("jill", "hello");
  const { message } = await jill.incoming(1);
  assertEquals(message, { text: "trust me", encrypted: false, verified: false, problem: null });
});

Deno.test("a wrapped key that is not this account's changes no password", async () => {
  await using server = await HostileServer.start("jack");
  const jack = await server.client("jack");
  const { wrappedKey } = await madeUp("jack");
  server.tamper = ({ type, message }) => {
    if (type === "begin_password") message["wrappedKey"] = wrappedKey;
  };
  const passwords = { old: "password of everyone", new: "quite another one" };
  await refused("sign_in_refused", () => jack.client.changePassword(passwords));
  server.tamper = () => {};
  await server.client("jack");
});

Deno.test("an answer for another user, room or account than was asked for is refused", async () => {
  await using server = await HostileServer.start("jack", "jill", "mallory");
  const jack = await server.client("jack");
  for (const name of ["mallory", "#lobby", "~jill"]) {
    server.tamper = ({ type, message }) => {
      if (type === "user" || type === "join") message["name"] = name;
    };
    await assertRejects(() => jack.client.user("jill"), ChatError);
    if (name !== "#lobby") await assertRejects(() => jack.client.rooms.join("#den"), ChatError);
  }
  server.tamper = ({ type, message }) => {
    if (type === "join") message["name"] = "#lobby";
  };
  await refused("bad_proof", () => jack.client.rooms.join("#den"));
  server.tamper = ({ type, message }) => {
    if (type === "user") message["name"] = "JILL";
  };
  assertEquals((await jack.client.user("jill")).name, "JILL");
  server.tamper = ({ type, message }) => {
    if (type === "sign_in_proof") message["name"] = "jill";
  };
  await refused("bad_proof", () => server.client("jack"));
});

Deno.test("a version of the vault that leaves no room for the next one is refused", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  server.tamper = ({ type, message }) => {
    if (type === "vault") message["vault"] = { version: 2 ** 53 - 1, sealed: "AAAA" };
    if (type === "keys") message["vaultVersion"] = 2 ** 53 - 1;
  };
  await jack.client.sendPrivate("jill", "one").catch(() => {});
  server.tamper = () => {};
  await jack.client.sendPrivate("jill", "two");
  const jill = await server.client("jill");
  assertEquals(await jill.client.protection("jack"), "encrypted");
});

Deno.test("an error that only a client says is not taken from a server", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const codes = ["key_changed", "not_encrypted", "cannot_open", "disconnected", "timeout"];
  for (const code of codes) {
    server.tamper = ({ type, message }) => {
      if (type !== "private" && type !== "post") return;
      message["error"] = { code, message: "The key of jill has changed." };
    };
    await refused("forbidden", () => jack.client.sendPrivate("jill", "one"));
    await refused("forbidden", () => jack.client.post("#lobby", "one"));
  }
});

Deno.test("CH ends, though the server says that there is always more", async () => {
  await using server = await HostileServer.start("jack");
  const jack = await server.client("jack");
  let asked = 0;
  server.tamper = ({ type, message }) => {
    if (type !== "history") return;
    asked++;
    Object.assign(message, { posts: [], more: asked < 1_000 });
  };
  await new PlainInterface(new Script(["CH", "EX"])).run(jack.client);
  assertEquals(asked, 1);
});
