import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { textBytesMax } from "../../../protocol/wire/limits.ts";
import { Credentials } from "../../../client/core/link/credentials.ts";
import { weakRecord } from "../../fixtures/identities.ts";
import { makeAccountRecord, passwordOfEveryone } from "../../fixtures/accounts.ts";
import type { Message } from "../../fixtures/peer.ts";
import { HostileServer, MemoryText, said, type Tamper, type TestClient } from "./hostile_server.ts";
import { createAccount } from "../../fixtures/changes.ts";

async function refused(code: ErrorCode, action: () => Promise<unknown>): Promise<ChatError> {
  const error = await assertRejects(action, ChatError);
  assertEquals(error.code, code, error.message);
  return error;
}

async function texts({ client }: TestClient, peer: string): Promise<(string | null)[]> {
  const { posts } = await client.history({ with: peer, limit: 100 });
  return posts.map((post) => post.message.text);
}

Deno.test("a private message is read at both ends, live and in the history, and nowhere between", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const seen: string[] = [];
  server.tamperRequest = (request) => void seen.push(JSON.stringify(request));
  server.tamper = ({ message }) => void seen.push(JSON.stringify(message));
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const { online } = await jack.client.sendPrivate("Jill", "meet me at noon");
  assertEquals(online, true);
  const { message, kind } = await jill.incoming(1);
  assertEquals(kind, "text");
  const expected = {
    text: "meet me at noon",
    encrypted: true,
    verified: false,
    problem: null,
  };
  assertEquals(message, expected);
  await jack.until(() => jack.posts.length === 1);
  assertEquals(jack.posts[0]!.message.text, "meet me at noon");
  for (const one of [jack, jill]) {
    const { posts } = await one.client.history({ limit: 10 });
    assertEquals(posts.map((post) => post.message), [expected]);
  }
  assert(seen.some((text) => text.includes('"private"')));
  assert(!seen.some((text) => text.includes("noon")));
  const stored = server.fixture.storage.data.posts.map(({ post }) => post.body).join();
  assert(!stored.includes("noon"));
});

/** The suites of all sealed messages that the server has, the oldest first. */
function suitesIn({ fixture }: HostileServer): number[] {
  const sealed = fixture.storage.data.posts.filter(({ post }) => post.kind === "sealed");
  return sealed.map(({ post }) => Uint8Array.fromBase64(post.body)[1]!);
}

/** What a program from before there was ML-KEM would be given, for each of these people. */
function olderProgramsOf(...names: string[]): Tamper {
  return ({ name, message }) => {
    if (!names.includes(name)) return;
    delete message["supplement"];
    delete (message["identity"] as Message | null | undefined)?.["supplement"];
  };
}

Deno.test("an account from before gets a key of ML-KEM-768 at its next sign-in, and is written to in suite 2 from then on", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const { identities } = server.fixture.storage.data;
  server.tamper = olderProgramsOf("jack", "jill");
  const [oldJack, oldJill] = [await server.client("jack"), await server.client("jill")];
  await oldJack.client.sendPrivate("jill", "one");
  await oldJill.client.sendPrivate("jack", "two");
  for (const name of ["jack", "jill"]) assertEquals(identities.get(name)!.supplement, null);
  for (const { client } of [oldJack, oldJill]) await client.close(5_000);

  server.tamper = () => {};
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  const first = identities.get("jill")!.supplement!;
  await jack.client.sendPrivate("jill", "three");
  await jill.client.sendPrivate("jack", "four");
  assertEquals(suitesIn(server), [1, 1, 2, 2]);
  for (const one of [jack, jill]) {
    assertEquals(await texts(one, one === jack ? "jill" : "jack"), ["one", "two", "three", "four"]);
    assertEquals(one.notices, []);
  }
  const elsewhere = await server.client("jill");
  assertEquals(identities.get("jill")!.supplement, first);
  assertEquals(await texts(elsewhere, "jack"), ["one", "two", "three", "four"]);
});

Deno.test("programs that know suite 1 only and newer ones write to each other, and read all of it", async () => {
  await using server = await HostileServer.start("jack", "jill");
  server.tamper = olderProgramsOf("jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "from a newer one");
  await jill.client.sendPrivate("jack", "from an older one");
  await jack.client.sendPrivate("jack", "a note");
  await jill.client.sendPrivate("jill", "a note");
  // The older one knows no keys of ML-KEM-768, and has none. One's own key is at hand.
  assertEquals(suitesIn(server).slice(0, 3), [1, 1, 2]);
  assertEquals(await texts(jill, "jack"), ["from a newer one", "from an older one"]);
  assertEquals(await texts(jack, "jill"), ["from a newer one", "from an older one"]);
  // A newer program of jill's: what is sealed for her from now on is of suite 2, without a question.
  server.tamper = () => {};
  await server.client("jill");
  server.laterMs += 61_000;
  await jack.client.sendPrivate("jill", "to a newer one");
  assertEquals(suitesIn(server).at(-1), 2);
  assertEquals(jack.notices, []);
});

Deno.test("a server that stores no keys of ML-KEM-768 changes nothing but that messages are of suite 1", async () => {
  await using server = await HostileServer.start("jack", "jill");
  for (const code of ["unsupported", "storage_failed", "slow_down"]) {
    server.tamper = ({ type, message }) => {
      const { reply } = message;
      const error = { code, message: "no" };
      return type === "set_supplement" ? [{ reply, error }] : undefined;
    };
    server.tamperRequest = (request) => {
      if (request["type"] === "set_supplement") request["supplement"] = "AAAA";
    };
    const jack = await server.client("jack");
    const jill = await server.client("jill");
    await jack.client.sendPrivate("jill", code);
    assertEquals((await jill.incoming(1)).message.text, code);
    for (const one of [jack, jill]) {
      assertEquals(one.notices, []);
      await one.client.close(5_000);
    }
  }
  assertEquals(suitesIn(server), [1, 1, 1]);
});

Deno.test("many messages at once arrive in the order in which they were sent, also at the first contact", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const sent = Array.from({ length: 30 }, (_, at) => `number ${at}`);
  await Promise.all(sent.map((text) => jack.client.sendPrivate("jill", text)));
  await jill.incoming(sent.length);
  assertEquals(jill.posts.map((post) => post.message.text), sent);
  assertEquals(jill.posts.filter((post) => post.message.problem !== null), []);
  assertEquals(jill.notices, []);
});

Deno.test("what was sent to someone who is away is read after the next sign-in, in order", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  for (const text of ["one", "two", "three"]) {
    assertEquals((await jack.client.sendPrivate("jill", text)).online, false);
  }
  const jill = await server.client("jill");
  assertEquals(await texts(jill, "jack"), ["one", "two", "three"]);
});

Deno.test("a message to a peer whose keys were asked for lately waits for no answer about them", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  await jack.client.sendPrivate("jill", "one");
  const requests: unknown[] = [];
  server.tamperRequest = ({ type }) => {
    if (type !== "read") requests.push(type);
  };
  await jack.client.sendPrivate("jill", "two");
  assertEquals(requests.splice(0), ["private"]);
  // Later the question goes beside the message, which does not wait for its answer.
  server.laterMs = 6_000;
  server.tamper = ({ type }) => type === "keys" ? null : undefined;
  await jack.client.sendPrivate("jill", "three");
  assertEquals(requests.splice(0), ["keys", "private"]);
  // And later still the answer comes first.
  server.tamper = () => {};
  server.laterMs = 61_000;
  await jack.client.sendPrivate("jill", "four");
  assertEquals(requests.splice(0), ["keys", "private"]);
});

Deno.test("a peer without keys is asked for before each message: it may have some by now", async () => {
  await using server = await HostileServer.start("jack");
  await createAccount(server.fixture.storage, await makeAccountRecord("irc"));
  const jack = await server.client("jack");
  await jack.client.allowReadable("irc");
  const requests: unknown[] = [];
  server.tamperRequest = ({ type }) => void requests.push(type);
  for (const text of ["one", "two"]) await jack.client.sendPrivate("irc", text);
  assertEquals(requests.filter((type) => type === "keys").length, 2);
});

Deno.test("a note to oneself is read again", async () => {
  await using server = await HostileServer.start("jack");
  const jack = await server.client("jack");
  await jack.client.sendPrivate("jack", "buy milk");
  await jack.client.sendPrivate("jack", "and bread");
  await jack.until(() => jack.posts.length === 2);
  assertEquals(jack.posts.map((post) => post.message.problem), [null, null]);
  assertEquals(await texts(jack, "jack"), ["buy milk", "and bread"]);
});

Deno.test("the largest text can be sent, and one byte more is refused before anything is sent", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const largest = "ü".repeat(textBytesMax / 2);
  await jack.client.sendPrivate("jill", largest);
  assertEquals((await jill.incoming(1)).message.text, largest);
  await refused("bad_text", () => jack.client.sendPrivate("jill", largest + "x"));
  await refused("bad_text", () => jack.client.sendPrivate("jill", "\u001b[2J"));
  await refused("no_such_user", () => jack.client.sendPrivate("nobody", "x"));
  await refused("bad_name", () => jack.client.sendPrivate("not a name", "x"));
  assertEquals(jill.posts.length, 1);
});

Deno.test("a registration makes account and keys in one request", async () => {
  await using server = await HostileServer.start("jill");
  const credentials = await server.register("jack");
  assertEquals(server.fixture.storage.data.identities.has("jack"), true);
  const jack = await server.client("jack", { credentials });
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "hello");
  assertEquals((await jill.incoming(1)).message.text, "hello");
});

Deno.test("a registration with keys of another name, or of another form, makes no account", async () => {
  await using server = await HostileServer.start();
  const weak = await weakRecord("jack");
  const changes: ((identity: Record<string, string>) => void)[] = [
    (identity) =>
      identity["record"] = server.fixture.storage.data.identities.get("joe")!.record.toBase64(),
    (identity) => identity["record"] = weak.toBase64(),
    (identity) => identity["sealedKeys"] = "AAAA",
    (identity) => identity["wrappedKey"] = "",
  ];
  await server.register("joe");
  for (const change of changes) {
    server.tamperRequest = (request) => {
      if (request["type"] === "register") change(request["identity"] as Record<string, string>);
    };
    await assertRejects(() => server.register("jack"), ChatError);
  }
  assertEquals([...server.fixture.storage.data.accounts.keys()], ["joe"]);
});

Deno.test("an account without keys gets them at its first sign-in that can make them, once", async () => {
  await using server = await HostileServer.start("jill");
  const { storage } = server.fixture;
  await createAccount(storage, await makeAccountRecord("irc"));
  const [one, two] = await Promise.all([server.client("irc"), server.client("irc")]);
  const first = storage.data.identities.get("irc")!.record.toHex();
  const three = await server.client("irc");
  assertEquals(storage.data.identities.get("irc")!.record.toHex(), first);
  const jill = await server.client("jill");
  await jill.client.sendPrivate("irc", "you can read this everywhere");
  for (const session of [one, two, three]) {
    assertEquals((await session.incoming(1)).message.text, "you can read this everywhere");
  }
});

Deno.test("to a peer without keys nothing is sent until the person has agreed, and then it is marked", async () => {
  await using server = await HostileServer.start("jack");
  const { storage } = server.fixture;
  await createAccount(storage, await makeAccountRecord("irc"));
  const jack = await server.client("jack");
  assertEquals(await jack.client.protection("irc"), "readable");
  const error = await refused("not_encrypted", () => jack.client.sendPrivate("irc", "secret"));
  assertStringIncludes(said(error), "irc uses a program without end-to-end encryption");
  assertEquals(storage.data.posts.length, 0);
  await jack.client.allowReadable("irc");
  await jack.client.sendPrivate("irc", "not secret");
  await jack.until(() => jack.posts.length === 1);
  const expected = { text: "not secret", encrypted: false, verified: false, problem: null };
  assertEquals(jack.posts[0]!.message, expected);
  // The agreement is for this peer and this person, on every machine.
  const other = await server.client("jack");
  await other.client.sendPrivate("irc", "again");
  await createAccount(storage, await makeAccountRecord("other"));
  await refused("not_encrypted", () => jack.client.sendPrivate("other", "secret"));
});

Deno.test("a peer without keys that gets some is written to with them from then on, and the person is told", async () => {
  await using server = await HostileServer.start("jack");
  const { storage } = server.fixture;
  await createAccount(storage, await makeAccountRecord("irc"));
  const jack = await server.client("jack");
  await jack.client.allowReadable("irc");
  await jack.client.sendPrivate("irc", "plain");
  const irc = await server.client("irc");
  await jack.client.sendPrivate("irc", "sealed");
  assertEquals((await irc.incoming(1)).message.encrypted, true);
  assertEquals(jack.notices.map(({ peer }) => peer), ["irc"]);
  assertStringIncludes(jack.notices[0]!.text, "irc has keys now");
  assertEquals(storage.data.posts.map(({ post }) => post.kind), ["text", "sealed"]);
});

Deno.test("a safety number is the same at both ends, and a verified peer is so on every machine", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  const { number, verified } = await jack.client.safetyNumber("jill");
  assertEquals(verified, false);
  assertEquals((await jill.client.safetyNumber("jack")).number, number);
  assertMatch(number, /^(\d{5} ){11}\d{5}$/);
  await refused("key_changed", () => jack.client.verify("jill", number.replace(/\d/, "x")));
  assertEquals(await jack.client.protection("jill"), "encrypted");
  await jack.client.verify("jill", number);
  assertEquals(await jack.client.protection("jill"), "verified");
  const elsewhere = await server.client("jack");
  assertEquals(await elsewhere.client.protection("jill"), "verified");
  await jill.client.sendPrivate("jack", "it is me");
  assertEquals((await jack.incoming(1)).message.verified, true);
  assertEquals((await elsewhere.incoming(1)).message.verified, true);
  await refused("bad_name", () => jack.client.safetyNumber("jack"));
});

Deno.test("what one session trusts another session of the account knows without a new sign-in", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const elsewhere = await server.client("jack");
  const { number } = await jack.client.safetyNumber("jill");
  await jack.client.verify("jill", number);
  assertEquals(await elsewhere.client.protection("jill"), "verified");
});

Deno.test("many sessions of one account change the vault at once, and nothing is lost", async () => {
  const names = Array.from({ length: 8 }, (_, at) => `peer${at}`);
  await using server = await HostileServer.start("jack", ...names);
  const sessions: TestClient[] = [];
  for (const _ of names) sessions.push(await server.client("jack"));
  await Promise.all(sessions.map((session, at) => session.client.sendPrivate(names[at]!, "hello")));
  const fresh = await server.client("jack");
  assertEquals(server.fixture.storage.data.vaults.get("jack")!.version, names.length);
  for (const name of names) assertEquals(await fresh.client.protection(name), "encrypted");
  assertEquals(server.fixture.storage.data.vaults.get("jack")!.version, names.length);
  for (const session of [...sessions, fresh]) assertEquals(session.notices, []);
});

Deno.test("a new password opens everything on a fresh machine, the old one no more, and sessions that are kept go on", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const here = await server.client("jack");
  const there = await server.client("jack");
  const jill = await server.client("jill");
  await jill.client.sendPrivate("jack", "before");
  const passwords = { old: passwordOfEveryone, new: "quite another one" };
  assertEquals(await here.client.changePassword(passwords, { keepSessions: true }), 0);
  await jill.client.sendPrivate("jack", "after");
  for (const session of [here, there]) {
    assertEquals((await session.incoming(2)).message.text, "after");
    await session.client.sendPrivate("jill", "still here");
  }
  await refused("sign_in_refused", () => server.client("jack"));
  const credentials = new Credentials("jack", passwords.new);
  const fresh = await server.client("jack", { credentials });
  assertEquals(await texts(fresh, "jill"), ["before", "after", "still here", "still here"]);
});

Deno.test("a session whose password was changed here reconnects; one elsewhere ends and says why", async () => {
  await using server = await HostileServer.start("jack");
  const here = await server.client("jack");
  const there = await server.client("jack");
  const passwords = { old: passwordOfEveryone, new: "quite another one" };
  await here.client.changePassword(passwords, { keepSessions: true });
  for (const socket of server.fixture.servers) if (!socket.closed) socket.close();
  await here.until(() => here.events.some((event) => event.type === "online"));
  await there.until(() => there.events.some((event) => event.type === "ended"));
  const ended = there.events.find((event) => event.type === "ended");
  assertEquals(ended?.error.code, "sign_in_refused");
  assertStringIncludes(said(ended!.error), "was changed on another machine");
});

Deno.test("a new password ends the other sessions, which say why and do not come back", async () => {
  await using server = await HostileServer.start("jack");
  const here = await server.client("jack");
  const there = await server.client("jack");
  const connections = server.fixture.servers.length;
  const passwords = { old: passwordOfEveryone, new: "quite another one" };
  assertEquals(await here.client.changePassword(passwords), 1);
  await there.until(() => there.events.some((event) => event.type === "ended"));
  const ended = there.events.find((event) => event.type === "ended");
  assertEquals(ended?.error.code, "sign_in_refused");
  assertStringIncludes(said(ended!.error), "The password of this account was changed.");
  assertEquals(there.events.filter((event) => event.type === "offline"), []);
  await refused("sign_in_refused", () => there.client.sendPrivate("jack", "still here"));
  assertEquals(server.fixture.servers.length, connections);
  assertEquals((await (await here.client.ownSessions()).list()).length, 1);
});

Deno.test("a session ends another one by its number, which does not come back", async () => {
  await using server = await HostileServer.start("jack");
  const here = await server.client("jack");
  const there = await server.client("jack");
  const [own, other] = (await (await there.client.ownSessions()).list()).toReversed();
  assertEquals([own?.own, other?.own], [true, false]);
  await refused("forbidden", async () => await (await here.client.ownSessions()).end(other!.id));
  await (await here.client.ownSessions()).end(own!.id);
  await there.until(() => there.events.some((event) => event.type === "ended"));
  const ended = there.events.find((event) => event.type === "ended");
  assertStringIncludes(said(ended!.error), "ended from another session of your account");
  await refused("not_found", async () => await (await here.client.ownSessions()).end(own!.id));
});

Deno.test("a server that is older ends no sessions, and the client says so", async () => {
  await using server = await HostileServer.start("jack");
  const jack = await server.client("jack");
  server.tamper = ({ type, message }) => {
    if (type === "change_password") delete message["ended"];
    if (type !== "sessions" && type !== "end_session") return;
    delete message["sessions"];
    message["error"] = { code: "unsupported", message: "Unknown." };
  };
  const own = await jack.client.ownSessions();
  for (const ask of [() => own.list(), () => own.end(1)]) {
    const error = await refused("unsupported", ask);
    assertStringIncludes(said(error), "This server is older than your program");
  }
  const passwords = { old: passwordOfEveryone, new: "quite another one" };
  assertEquals(await jack.client.changePassword(passwords), undefined);
});

Deno.test("a server that is older has no rules of rooms, and the client says so", async () => {
  await using server = await HostileServer.start("jack");
  const { client: { rooms } } = await server.client("jack");
  server.tamper = ({ type, message }) => {
    if (type === "presence") return;
    message["error"] = { code: "unsupported", message: "Unknown." };
  };
  for (
    const ask of [
      () => rooms.rules("#lobby"),
      () => rooms.setRules("#lobby", { invited: true }),
      () => rooms.setRole("#lobby", "jack", "voiced", true),
      () => rooms.setEntry("#lobby", "ban", { name: "jill" }, true),
      () => rooms.remove("#lobby", "jill", ""),
      () => rooms.invite("#lobby", "jill"),
    ]
  ) {
    const error = await refused("unsupported", ask);
    assertStringIncludes(said(error), "its rooms have no rules");
  }
  server.tamper = () => {};
});

Deno.test("a password is changed only by who knows the old one, to one that can be a password", async () => {
  await using server = await HostileServer.start("jack");
  const jack = await server.client("jack");
  const change = (old: string, fresh: string) => jack.client.changePassword({ old, new: fresh });
  await refused("sign_in_refused", () => change("not the password", "quite another one"));
  await refused("sign_in_refused", () => change("short", "quite another one"));
  await refused("bad_text", () => change(passwordOfEveryone, "short"));
  await server.client("jack");
});

Deno.test("a proof for another account, or none, changes no password", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const peer = await server.fixture.member("jack");
  const code = (reply: Record<string, unknown>) => (reply["error"] as { code?: string })?.code;
  const first = await peer.ask("begin_password", {
    data: "p=tls-server-end-point,,n=jill,r=abcdef",
  });
  assertEquals(code(first), "forbidden");
  const content = {
    data: "c=AAAA,r=abcdef,p=AAAA",
    salt: "A".repeat(24),
    iterations: 600_000,
    storedKey: "A".repeat(43) + "=",
    serverKey: "A".repeat(43) + "=",
    wrappedKey: "A".repeat(80),
  };
  assertEquals(code(await peer.ask("change_password", content)), "bad_message");
  await peer.ask("begin_password", { data: "p=tls-server-end-point,,n=jack,r=abcdef" });
  assertEquals(code(await peer.ask("change_password", content)) !== undefined, true);
  await server.client("jack");
});

Deno.test("a message that was sealed while the connection was lost is stored once", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  const jill = await server.client("jill");
  await jack.client.sendPrivate("jill", "one");
  let cut = true;
  server.tamper = ({ name, type }) => {
    if (name !== "jack" || type !== "private" || !cut) return;
    cut = false;
    // It is stored, and the acknowledgement is lost with the connection.
    server.fixture.servers[0]!.close();
    return null;
  };
  await jack.client.sendPrivate("jill", "two");
  await jack.client.sendPrivate("jill", "three");
  await jill.incoming(3);
  assertEquals(await texts(jill, "jack"), ["one", "two", "three"]);
  assertEquals(jill.posts.map((post) => post.message.problem), [null, null, null]);
});

Deno.test("what is sent without a connection waits, in order, and is not lost by close()", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const jack = await server.client("jack");
  server.fixture.servers[0]!.close();
  const sent = ["one", "two"].map((text) => jack.client.sendPrivate("jill", text));
  assertEquals(jack.client.unacknowledged, 2);
  await Promise.all(sent);
  const last = jack.client.sendPrivate("jill", "three");
  assertEquals(await jack.client.close(5_000), true);
  await last;
  const jill = await server.client("jill");
  assertEquals(await texts(jill, "jack"), ["one", "two", "three"]);
});

Deno.test("three machines read the whole history, and a message of each comes without a false alarm", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const memories = [new MemoryText(), new MemoryText(), new MemoryText()];
  const jill = await server.client("jill");
  for (const round of [1, 2, 3]) {
    const machines = await Promise.all(memories.map((memory) => server.client("jack", { memory })));
    await Promise.all(
      machines.map((machine, at) => machine.client.sendPrivate("jill", `${round} from ${at}`)),
    );
    for (const machine of machines) await machine.client.close(5_000);
  }
  await jill.incoming(9);
  assertEquals(jill.posts.filter((post) => post.message.problem !== null), []);
  const fresh = await server.client("jack");
  const read = await texts(fresh, "jill");
  assertEquals(read.toSorted().length, 9);
  assertEquals(new Set(read).size, 9);
  assertEquals([...fresh.notices, ...jill.notices], []);
});
