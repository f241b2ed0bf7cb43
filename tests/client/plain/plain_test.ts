import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatClient } from "../../../client/core/chat/chat_client.ts";
import { PlainInterface, prompt } from "../../../client/plain/plain.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { ClientFixture } from "../core/client_fixture.ts";
import { HostileServer } from "../core/hostile_server.ts";
import { Script, talk } from "./script.ts";
import { credentialsOfEveryone } from "../../fixtures/accounts.ts";
import { noConnection } from "../../fixtures/session_connection.ts";

Deno.test("the prompt is the course project's, and EX or the end of input ends the dialogue", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(fixture, "jack", "EX", "BM", "never");
  assertEquals(script.shown, ["Welcome, jack. HELP lists all operations.", prompt]);
  const silent = await talk(fixture, "jack");
  assertEquals(silent.script.answers, []);
});

Deno.test("BM asks, posts, and says so after the acknowledgement; the words may come with it", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(
    fixture,
    "jack",
    "bm",
    "hello  there",
    "Bm at once",
    "BM",
    "  ",
    "ex",
  );
  assertEquals(script.answers, [
    "Enter the public message:",
    "Public message sent.",
    "Public message sent.",
    "Enter the public message:",
    "Nothing was sent.",
  ]);
  const bodies = fixture.native.storage.data.posts.map(({ post }) => post.body);
  assertEquals(bodies, ["hello  there", "at once"]);
});

Deno.test("PM lists who is there, refuses unknown names, and gives up on an empty line", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill", "joe"]);
  await fixture.open("jill");
  const { script } = await talk(
    fixture,
    "jack",
    ...["PM", "nobody", "../x", "\u001b[2J", "JILL", "psst", "PM", ""],
  );
  const said = script.answers.filter((line) => !/encrypt|safety|VERIFY/i.test(line));
  assertEquals(said, [
    "Peers online:",
    "jill",
    "Peer to message:",
    'No user named "nobody".',
    "(Enter alone goes back.)",
    "Peer to message:",
    'No user named "../x".',
    "(Enter alone goes back.)",
    "Peer to message:",
    'No user named "␛[2J".',
    "(Enter alone goes back.)",
    "Peer to message:",
    "Enter the private message:",
    "Private message sent.",
    "Peers online:",
    "jill",
    "Peer to message:",
  ]);
});

Deno.test("an operation that failed is remembered, one that went well is not", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const failedAfter = async (...answers: string[]) => {
    const view = new PlainInterface(new Script(answers, false));
    const test = await fixture.open("jack", { onEvent: view.onEvent });
    await view.run(test.client);
    return view.failed;
  };
  assertEquals(await failedAfter("BM hello", "PM jill hello", "CH", "CH jill", "WHO", "EX"), false);
  for (const line of ["BMM hello", "BM a\u001bb", "PM nobody x", "CH nobody", "LEAVE #nowhere"]) {
    assertEquals(await failedAfter(line, "BM hello", "EX"), true, line);
  }
  assertEquals(await failedAfter("PASSWD", "a password", "another one", "do not match"), true);
});

Deno.test("PM to someone offline is stored, and says so", async () => {
  await using fixture = await ClientFixture.start(["jack", "Jill"]);
  const { script } = await talk(fixture, "jack", "PM jill for later");
  assertEquals(
    script.answers.at(-1),
    "Private message stored; Jill will get it at the next sign-in.",
  );
});

Deno.test("PM to someone whose only program cannot open it says so", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const { chat } = fixture.native;
  const user = await chat.user("jill");
  chat.connect(user, { deliver: () => {}, followsAccount: false, connection: noConnection });
  const { script } = await talk(fixture, "jack", "PM jill psst");
  assertEquals(
    script.answers.at(-1),
    "Private message stored; jill is online with a program that cannot open it: it is kept for the chat client.",
  );
  await fixture.open("jill");
  const again = await talk(fixture, "jack", "PM jill psst");
  assertEquals(again.script.answers.at(-1), "Private message sent.");
});

Deno.test("an unknown operation is named, harmlessly, and the prompt comes again", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const words = ["xyzzy", "__proto__ x", "toString", "\u001b[31mred", "\u202eBM"];
  const { script } = await talk(fixture, "jack", ...words, "", "   ");
  assertEquals(script.answers, [
    'Unknown operation "xyzzy". HELP lists all operations.',
    'Unknown operation "__proto__". HELP lists all operations.',
    'Unknown operation "toString". HELP lists all operations.',
    'Unknown operation "␛[31mred". HELP lists all operations.',
    'Unknown operation "\ufffdBM". HELP lists all operations.',
  ]);
});

Deno.test("HELP names every operation", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(fixture, "jack", "help");
  const names = script.answers.map((line) => line.split(" ")[0]);
  for (
    const name of ["BM", "PM", "CH", "EX", "WHO", "ROOMS", "JOIN", "LEAVE", "SEARCH", "HELP"]
  ) assert(names.includes(name), name);
});

Deno.test("an error of the server is one harmless line, and the dialogue goes on", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  fixture.native.storage.failing.set("post", new StorageError("full", "full"));
  const { script } = await talk(fixture, "jack", "BM x", "BM a\u001bb", "LEAVE #nowhere", "WHO");
  assertEquals(script.answers.length, 5);
  assertMatch(script.answers[0]!, /disk is full/);
  assertMatch(script.answers[1]!, /control characters/);
  assertMatch(script.answers[2]!, /no room/);
  assertEquals(script.answers.slice(3), ["1 online:", "jack"]);
});

Deno.test("JOIN and LEAVE move BM between rooms, however the name is written", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(
    fixture,
    "jack",
    ...["JOIN", "garden", "BM roses", "ROOMS", "LEAVE GARDEN", "BM tea", "JOIN #Garden", "LEAVE"],
  );
  assertEquals(script.answers, [
    "Room to join:",
    "You have created #garden. BM goes there now.",
    "Public message sent.",
    "#garden (1 online, joined)",
    "#lobby (1 online, joined)",
    "You have left #garden: BM goes to #lobby.",
    "Public message sent.",
    "You have joined #garden. BM goes there now.",
    "You have left #garden: BM goes to #lobby.",
  ]);
  const rooms = fixture.native.storage.data.posts.map(({ post }) => post.to);
  assertEquals(rooms, ["#garden", "#lobby"]);
});

Deno.test("BM asks for the message for the room that it goes to", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(fixture, "jack", ...[
    "JOIN garden",
    "BM",
    "roses",
    "LEAVE",
    "BM",
    "",
  ]);
  assertEquals(script.answers, [
    "You have created #garden. BM goes there now.",
    "Enter the message for #garden:",
    "Public message sent.",
    "You have left #garden: BM goes to #lobby.",
    "Enter the public message:",
    "Nothing was sent.",
  ]);
});

Deno.test("leaving another room does not move BM", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(fixture, "jack", "JOIN a", "JOIN b", "LEAVE A", "BM x");
  assertEquals(script.answers.slice(-2), [
    "You have left #A: BM goes to #b.",
    "Public message sent.",
  ]);
});

Deno.test("what arrives is shown at once, what one has sent oneself is not", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const script = new Script([]);
  const view = new PlainInterface(script);
  const jill = await fixture.open("jill", { onEvent: view.onEvent });
  await view.run(jill.client);
  const jack = await fixture.open("jack");
  await jack.client.rooms.join("#garden");
  await jill.client.rooms.join("#garden");
  await jack.client.post("#lobby", "two\nlines");
  await jack.client.post("#garden", "roses");
  await jack.client.sendPrivate("jill", "psst");
  await jill.client.post("#lobby", "my own");
  await jill.client.ping();
  await script.until("**** Incoming private message from jack ****: psst");
  assertEquals(script.answers, [
    "**** Incoming public message from jack ****: two ⏎ lines",
    "**** Incoming public message from jack in #garden ****: roses",
    "**** Incoming private message from jack ****: psst",
  ]);
});

Deno.test("what one says by another program appears, and what one says here does not", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const script = new Script(["BM from here", "PM jill from here"]);
  const view = new PlainInterface(script);
  const here = await fixture.open("jack", { onEvent: view.onEvent });
  await view.run(here.client);
  const elsewhere = await fixture.open("jack");
  await elsewhere.client.post("#lobby", "from elsewhere");
  await elsewhere.client.sendPrivate("jill", "psst");
  await script.until("**** Your own private message to jill, from elsewhere ****: psst");
  await here.client.ping();
  assertEquals(script.shown.filter((line) => line.includes("****")), [
    "**** Your own public message, from elsewhere ****: from elsewhere",
    "**** Your own private message to jill, from elsewhere ****: psst",
  ]);
});

Deno.test("a lost connection is told once, and its return", () => {
  const script = new Script([]);
  const view = new PlainInterface(script);
  for (const retryMs of [1, 2, 3]) view.onEvent({ type: "offline", retryMs, mayHurry: true });
  view.onEvent({ type: "online", again: true, movedTo: null });
  view.onEvent({ type: "offline", retryMs: 1, mayHurry: true });
  assertEquals(script.shown, [
    "**** The connection was lost; trying again (Enter tries at once). ****",
    "**** Connected again. ****",
    "**** The connection was lost; trying again (Enter tries at once). ****",
  ]);
  const piped = new Script([], false);
  new PlainInterface(piped).onEvent({ type: "offline", retryMs: 1, mayHurry: true });
  assertEquals(piped.shown, ["**** The connection was lost; trying again. ****"]);
});

Deno.test("an empty line tries at once to connect", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const script = new Script(["", "  ", "EX"]);
  const jack = await fixture.open("jack");
  let tries = 0;
  Object.assign(jack.client, { retryNow: () => void tries++ });
  await new PlainInterface(script).run(jack.client);
  assertEquals([tries, script.answers], [2, []]);
});

Deno.test("moving to another server is one line, and nothing where the same one is back before that is told", () => {
  const script = new Script([]);
  const view = new PlainInterface(script);
  view.onEvent({ type: "moving" });
  view.onEvent({ type: "online", again: true, movedTo: "b.example:41000" });
  view.onEvent({ type: "moving" });
  view.onEvent({ type: "online", again: true, movedTo: null });
  view.onEvent({ type: "moving" });
  view.onEvent({ type: "offline", retryMs: 100, mayHurry: true });
  view.onEvent({ type: "online", again: true, movedTo: "c.example\x1b[31m:41000" });
  assertEquals(script.shown, [
    "**** Moved to b.example:41000. ****",
    "**** The connection was lost; trying again (Enter tries at once). ****",
    "**** Moved to c.example␛[31m:41000. ****",
  ]);
});

Deno.test("an invitation is told in a harmless line", () => {
  const script = new Script([]);
  const view = new PlainInterface(script);
  view.onEvent({ type: "invited", room: "#roses", by: "ann\x1b[31m" });
  assertEquals(script.shown, [
    "**** ann␛[31m invites you to #roses: JOIN #roses enters it. ****",
  ]);
});

Deno.test("who left the room elsewhere posts to the lobby again", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const elsewhere = await fixture.open("jack");
  const script = new Script(["JOIN garden", "BM x"]);
  const read = () => Script.prototype.read.call(script);
  const view = new PlainInterface(script);
  const here = await fixture.open("jack", { onEvent: view.onEvent });
  // Between the two lines.
  const leaveElsewhere = async () => {
    Object.assign(script, { read });
    await elsewhere.client.rooms.leave("#garden");
    await here.client.ping();
    return await read();
  };
  Object.assign(script, {
    read: () => {
      Object.assign(script, { read: leaveElsewhere });
      return read();
    },
  });
  await view.run(here.client);
  assertEquals(fixture.native.storage.data.posts.map(({ post }) => post.to), ["#lobby"]);
});

Deno.test("PM with nobody else there says so, and goes on with the dialogue", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const { script } = await talk(fixture, "jack", "PM", "jill", "for later");
  assertEquals(script.answers.slice(0, 3), [
    "Peers online:",
    "(Nobody else. A message to someone who is away is kept until they sign in.)",
    "Peer to message:",
  ]);
  assertEquals(
    script.answers.at(-1),
    "Private message stored; jill will get it at the next sign-in.",
  );
});

Deno.test("PM without a connection waits, and goes sealed when the connection is back", async () => {
  await using fixture = await ClientFixture.start(["jack", "Jill"]);
  const jill = await fixture.open("Jill");
  const script = new Script(["PM ../x", "", "PM jill psst"]);
  const view = new PlainInterface(script);
  const test = await fixture.open("jack");
  const connect = test.holdNetwork();
  test.pipe.close();
  await test.until("offline");
  const talking = view.run(test.client);
  await script.until("Not connected: the message will be sent when the connection is back.");
  connect();
  await talking;
  assertEquals(script.answers, [
    'No user named "../x".',
    "(Enter alone goes back.)",
    "Peer to message:",
    "Not connected: the message will be sent when the connection is back.",
    "Private message sent.",
  ]);
  await jill.until("live jack: psst");
  assertEquals(fixture.native.storage.data.posts.map(({ post }) => post.kind), ["sealed"]);
});

Deno.test("without a connection BM waits, and what wants an answer says why there is none", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const script = new Script(["WHO", "CH", "BM hello"]);
  const view = new PlainInterface(script);
  const test = await fixture.open("jack");
  const connect = test.holdNetwork();
  test.pipe.close();
  await test.until("offline");
  const talking = view.run(test.client);
  const waits = "Not connected: the message will be sent when the connection is back.";
  await script.until(waits);
  connect();
  await talking;
  const noAnswer = "There is no connection to the server at the moment. Try again when it is back.";
  assertEquals(script.answers, [noAnswer, noAnswer, waits, "Public message sent."]);
  assertEquals(fixture.native.storage.data.posts.map(({ post }) => post.body), ["hello"]);
});

Deno.test("PASSWD checks each answer before the next question", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const short = await talk(fixture, "jack", "PASSWD", "short", "EX");
  assertEquals(short.script.answers, [
    "Your old password:",
    "The old password is wrong. Nothing was changed.",
  ]);
  const { script } = await talk(fixture, "jack", "PASSWD", "a password", "short", "EX");
  assertEquals(script.answers, [
    "Your old password:",
    "Your new password:",
    "A password must have at least 8 characters. Your password was not changed.",
  ]);
});

Deno.test("SESSIONS lists where one is signed in, and END ends the one of that number", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const elsewhere = await fixture.open("jack");
  const [{ id } = { id: 0 }] = await (await elsewhere.client.ownSessions()).list();
  const { script } = await talk(fixture, "jack", "SESSIONS", `END ${id}`, "END", "SESSIONS", "EX");
  const [first, second, ended, which, own, ...rest] = script.answers;
  assertEquals([first?.startsWith(`${id}: a chat client from `), rest], [true, []]);
  assertEquals(second?.endsWith("this one"), true);
  assertEquals([ended, own], [`Session ${id} was ended.`, second]);
  assertEquals(which?.startsWith("Which session?"), true);
  await elsewhere.until(
    "ended This session was ended from another session of your account.",
  );
});

Deno.test("the lobby is the room that the server names", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const [before, jill] = [await server.client("jack"), await server.client("jill")];
  for (const { client } of [before, jill]) await client.rooms.join("#hall");
  server.tamper = ({ type, message }) => {
    if (type === "sign_in_proof") message["lobby"] = "#hall";
  };
  const script = new Script(["HELP", "BM hello", "JOIN garden", "LEAVE"]);
  const view = new PlainInterface(script);
  const client = await ChatClient.open({
    credentials: await credentialsOfEveryone("jack"),
    connect: () => Promise.resolve(server.connect("jack")),
    onEvent: view.onEvent,
    ready: view.ready,
  });
  await view.run(client);
  await client.close(5_000);
  assert(script.shown.some((line) => line.endsWith("JOIN #hall goes back.")), script.shown.join());
  assertEquals(script.answers.slice(-3), [
    "Public message sent.",
    "You have created #garden. BM goes there now.",
    "You have left #garden: BM goes to #hall.",
  ]);
  assertEquals(server.fixture.storage.data.posts.map(({ post }) => post.to), ["#hall"]);
});
