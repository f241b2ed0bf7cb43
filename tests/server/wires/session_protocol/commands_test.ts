import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { requestsUnderWayMax } from "../../../../protocol/wire/limits.ts";
import { parseReply } from "../../../../protocol/wire/messages.ts";
import type { RequestType } from "../../../../protocol/wire/requests.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { codeOf, type Message, type Peer } from "../../../fixtures/peer.ts";
import { NativeFixture } from "../native/native_fixture.ts";

const base64 = (length: number) => encodeBase64(new Uint8Array(length));
const passwordKeys = {
  salt: base64(16),
  iterations: 600_000,
  storedKey: base64(32),
  serverKey: base64(32),
};
const identity = { record: base64(100), sealedKeys: base64(100), wrappedKey: base64(48) };

/** A request of each type that is answered to members. */
const memberRequests = {
  post: { room: "#lobby", postId: "a", text: "hello" },
  private: { to: "jill", postId: "b", kind: "text", body: "psst" },
  history: { limit: 1 },
  search: { words: "hello", limit: 1 },
  who: {},
  user: { name: "jill" },
  rooms: {},
  join: { room: "#garden" },
  topic: { room: "#garden", topic: "roses" },
  rules: { room: "#garden" },
  set_rules: { room: "#garden", rules: { invited: true, roomKey: "sesame" } },
  invite: { room: "#garden", name: "jill" },
  set_role: { room: "#garden", name: "jack", role: "voiced", held: true },
  set_entry: { room: "#garden", list: "ban", name: "jill", listed: true },
  leave: { room: "#garden" },
  keys: { name: "jill" },
  vault: {},
  set_pages: { refused: false },
  sessions: {},
  draft: { sealed: base64(284) },
} satisfies Partial<Record<RequestType, Message>>;

/** Well-formed requests of members that need more than this to be answered, or are not answered. */
const furtherRequests = {
  read: { sequence: 1 },
  remove: { room: "#garden", name: "jill" },
  annotate: { room: "#lobby", postId: "id-2", kind: "reply", target: 1, body: "yes" },
  end_session: { session: 1 },
  send_file: { room: "#lobby", postId: "id-3", bytes: 23 },
  get_file: { file: "0".repeat(32) },
  drop_file: { file: "0".repeat(32) },
  set_keys: { identity },
  set_supplement: { supplement: base64(1_248) },
  save_vault: { version: 1, sealed: base64(100) },
  begin_password: { data: "p=tls-server-end-point,,n=jack,r=abcdefgh" },
  change_password: { data: "c=,r=,p=", ...passwordKeys, wrappedKey: base64(48) },
} satisfies Partial<Record<RequestType, Message>>;

/** What only those may ask who are not signed in. */
const newcomerRequests = {
  lookup: { name: "jack" },
  register: { name: "joe", ...passwordKeys, identity },
  sign_in: { data: "p=tls-server-end-point,,n=jack,r=abcdefgh" },
  sign_in_proof: { data: "c=,r=,p=" },
  file_bytes: { ticket: "none", offset: 0 },
} satisfies Partial<Record<RequestType, Message>>;

/** What may be done twice, and then once a second. */
const twoAtOnce = { perSecond: 1, burst: 2 };

/** The compiler sees that every request is in one of the tables. */
const allRequests: Record<Exclude<RequestType, "ping" | "sign_out">, Message> = {
  ...memberRequests,
  ...furtherRequests,
  ...newcomerRequests,
};

async function start(): Promise<NativeFixture> {
  return await NativeFixture.start({ accountNames: ["jack", "jill"] });
}

async function postAs(peer: Peer, postId: string, text: string): Promise<Message> {
  return await peer.ask("post", { room: "#lobby", postId, text });
}

for (const [type, content] of Object.entries(allRequests)) {
  if (type in newcomerRequests) continue;
  Deno.test(`"${type}" wants a session`, async () => {
    await using fixture = await start();
    assertEquals(codeOf(await fixture.peer().ask(type, content)), "not_signed_in");
    assertEquals(fixture.storage.data.posts, []);
  });
}

for (const [type, content] of Object.entries(newcomerRequests)) {
  Deno.test(`"${type}" is refused to who is signed in`, async () => {
    await using fixture = await start();
    const jack = await fixture.member("jack");
    assertEquals(codeOf(await jack.ask(type, content)), "signed_in_already");
  });
}

Deno.test("each request of a member is answered in the form that the schema says", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  for (const [type, content] of Object.entries(memberRequests)) {
    const reply = await jack.ask(type, content);
    assertEquals(codeOf(reply), undefined, `${type}: ${JSON.stringify(reply)}`);
    parseReply(type as RequestType, reply);
  }
});

Deno.test("a post is acknowledged with its sequence and told to everyone, the sender too", async () => {
  await using fixture = await start();
  const [jack, jill] = await Promise.all([fixture.member("jack"), fixture.member("jill")]);
  const reply = await postAs(jack, "id-1", "hello");
  assertEquals(reply["sequence"], 1);
  const expected = {
    sequence: 1,
    timeMs: reply["timeMs"],
    from: "jack",
    to: "#lobby",
    id: "id-1",
    kind: "text",
    body: "hello",
  };
  assertEquals((await jill.event("post"))["post"], expected);
  const again = await postAs(jack, "id-1", "hello");
  assertEquals([again["sequence"], again["timeMs"]], [1, reply["timeMs"]]);
});

Deno.test("posts are pipelined: a slow disk does not keep the next request waiting, and the order stays", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  const release = fixture.storage.hold();
  const replies = Array.from({ length: 20 }, (_, index) => postAs(jack, `${index}`, `${index}`));
  await fixture.storage.called("post", 20);
  release();
  const sequences = (await Promise.all(replies)).map((reply) => reply["sequence"]);
  assertEquals(sequences, Array.from({ length: 20 }, (_, index) => index + 1));
});

Deno.test("one client may have no more posts under way than the cap; another is not held up by it", async () => {
  await using fixture = await start();
  const [jack, jill] = await Promise.all([fixture.member("jack"), fixture.member("jill")]);
  const release = fixture.storage.hold();
  const replies = Array.from(
    { length: requestsUnderWayMax + 50 },
    (_, index) => postAs(jack, `${index}`, `${index}`),
  );
  await fixture.storage.called("post", requestsUnderWayMax);
  assertEquals((await jill.ask("who"))["names"], ["jack", "jill"]);
  await settled();
  assertEquals(fixture.storage.calls.get("post"), requestsUnderWayMax);
  release();
  assertEquals((await Promise.all(replies)).at(-1)!["sequence"], requestsUnderWayMax + 50);
});

Deno.test("who posts too fast is told to slow down, and for how long", async () => {
  const clock = { nowMs: 0 };
  const allowances = makeAllowances({ posts: twoAtOnce }, () => clock.nowMs);
  await using fixture = await NativeFixture.start({ accountNames: ["jack"], allowances });
  const [jack, elsewhere] = await Promise.all([fixture.member("jack"), fixture.member("jack")]);
  await postAs(jack, "1", "one");
  await postAs(elsewhere, "2", "two");
  const refused = await postAs(jack, "3", "three");
  assertEquals(refused["error"], {
    code: "slow_down",
    message: "You are posting faster than this server allows. Wait a moment.",
    retryAfterMs: 1_000,
  });
  const whisper = { to: "jack", postId: "4", kind: "text", body: "four" };
  assertEquals(codeOf(await elsewhere.ask("private", whisper)), "slow_down");
  clock.nowMs = 1_000;
  assertEquals((await postAs(jack, "3", "three"))["sequence"], 3);
});

Deno.test("setting topics counts toward the rate of posts", async () => {
  const allowances = makeAllowances({ posts: twoAtOnce });
  await using fixture = await NativeFixture.start({ accountNames: ["jack"], allowances });
  const jack = await fixture.member("jack");
  const topic = () => jack.ask("topic", { room: "#lobby", topic: "roses" });
  assertEquals([codeOf(await topic()), codeOf(await topic())], [undefined, undefined]);
  assertEquals(codeOf(await topic()), "slow_down");
});

Deno.test("entering and leaving rooms counts toward the rate of posts", async () => {
  const allowances = makeAllowances({ posts: twoAtOnce });
  await using fixture = await NativeFixture.start({ accountNames: ["jack"], allowances });
  const jack = await fixture.member("jack");
  const room = "#roses";
  assertEquals(codeOf(await jack.ask("join", { room })), undefined);
  assertEquals(codeOf(await jack.ask("leave", { room })), undefined);
  assertEquals(codeOf(await jack.ask("join", { room })), "slow_down");
  assertEquals(codeOf(await jack.ask("leave", { room })), "slow_down");
});

Deno.test("one network makes a few rooms at once, whatever its accounts; entering one is free", async () => {
  const allowances = makeAllowances({ rooms: twoAtOnce });
  const accountNames = ["jack", "jill"];
  await using fixture = await NativeFixture.start({ accountNames, allowances });
  const [jack, jill] = await Promise.all([fixture.member("jack"), fixture.member("jill")]);
  const join = async (peer: Peer, room: string) => codeOf(await peer.ask("join", { room }));
  assertEquals([await join(jack, "#one"), await join(jack, "#two")], [undefined, undefined]);
  assertEquals([await join(jack, "#three"), await join(jill, "#four")], ["slow_down", "slow_down"]);
  assertEquals([await join(jill, "#ONE"), await join(jack, "#one")], [undefined, undefined]);
});

Deno.test("a failing store is told to the sender, and the connection goes on", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  fixture.storage.failing.set("post", new StorageError("full", "/var/lib/chat is full"));
  const reply = await postAs(jack, "1", "lost?");
  assertEquals(codeOf(reply), "storage_failed");
  assert(!JSON.stringify(reply).includes("/var"));
  fixture.storage.failing.clear();
  assertEquals((await postAs(jack, "1", "lost?"))["sequence"], 1);
});

Deno.test("bad texts and names are refused with the code that says so", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  for (
    const text of ["\u001b[31mred", "a" + "\u0301".repeat(10_000), "\u0000", "", "a".repeat(8193)]
  ) {
    assertEquals(codeOf(await postAs(jack, "1", text)), "bad_text");
  }
  for (const name of ["../x", "#../x", "#a/b", "#", "#\u202e", "lobby"]) {
    assertEquals(codeOf(await jack.ask("join", { room: name })), "bad_name", name);
  }
  assertEquals(codeOf(await postAs(jack, "../../id", "x")), "bad_message");
  assertEquals(fixture.storage.data.rooms.length, 1);
});

Deno.test("rooms tell their topic, how many are in them, and whether one is", async () => {
  await using fixture = await start();
  const [jack, jill] = await Promise.all([fixture.member("jack"), fixture.member("jill")]);
  await jack.ask("join", { room: "#garden" });
  await jack.ask("topic", { room: "#garden", topic: "roses" });
  assertEquals((await jill.ask("rooms"))["rooms"], [
    { name: "#garden", topic: "roses", online: 1, joined: false },
    { name: "#lobby", topic: "", online: 2, joined: true },
  ]);
});

Deno.test("a private message tells whether the recipient is online", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  const message = { to: "JILL", postId: "1", kind: "text", body: "psst" };
  assertEquals((await jack.ask("private", message))["online"], false);
  const jill = await fixture.member("jill");
  assertEquals((await jack.ask("private", { ...message, postId: "2" }))["online"], true);
  assertEquals(((await jill.event("post"))["post"] as Message)["to"], "jill");
  assertEquals(codeOf(await jack.ask("private", { ...message, to: "nobody" })), "no_such_user");
});

Deno.test("read is not answered; it is remembered for the next sign-in", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  for (const id of ["1", "2", "3"]) await postAs(jack, id, id);
  await jack.send({ type: "read", sequence: 2 });
  await jack.ask("ping");
  assertEquals(await fixture.chat.readPosition("jack"), 2);
  assertEquals(jack.waiting.filter((message) => message["reply"] === 0), []);
});

Deno.test("sign_out is answered, and ends the session", async () => {
  await using fixture = await start();
  const [jack, jill] = await Promise.all([fixture.member("jack"), fixture.member("jill")]);
  const reply = await jack.ask("sign_out");
  assertEquals(codeOf(reply), undefined);
  await jack.closed;
  await settled();
  assertEquals((await jill.ask("who"))["names"], ["jill"]);
});

Deno.test("errors of requests say what to do, in a sentence, and nothing of our insides", async () => {
  await using fixture = await start();
  const jack = await fixture.member("jack");
  const bad: [string, Message][] = [
    ["join", { room: "x" }],
    ["history", { limit: 1, room: "#nowhere" }],
    ["leave", { room: "#lobby" }],
    ["search", { words: " ", limit: 1 }],
    ["user", { name: "nobody" }],
    ["__proto__", {}],
    ["constructor", {}],
  ];
  for (const [type, content] of bad) {
    const { error } = await jack.ask(type, content) as { error: { message: string } };
    assertMatch(error.message, /^[A-Z].*\.$/s);
    assert(!/\bat \w+|\.ts\b|undefined|Error/.test(error.message), error.message);
  }
});
