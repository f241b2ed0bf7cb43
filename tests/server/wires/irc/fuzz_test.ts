/**
 * Random commands from clients in random states, over a store that fails now and then.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { Random } from "../../../stress/random.ts";
import { IrcFixture, passwordOf, type Peer } from "./irc_fixture.ts";

const rounds = 400;
const linesPerRound = 12;

/** All that a client can send, but for QUIT, KILL and DIE, which are to end connections. */
const commands = [
  ..."ADMIN AUTHENTICATE AWAY BATCH CAP CHATHISTORY HELP INFO INVITE ISON JOIN KICK LINKS LIST"
    .split(" "),
  ..."LUSERS MARKREAD METADATA MODE MONITOR MOTD NAMES NICK NOTICE PART PASS PING PONG".split(" "),
  ..."PRIVMSG REDACT REGISTER REHASH SETNAME TAGMSG TIME TOPIC USER USERHOST VERIFY VERSION WALLOPS"
    .split(
      " ",
    ),
  ..."WHO WHOIS WHOWAS NONSENSE".split(" "),
];

const names = ["ann", "bob", "cid", "dora", "paul", "Guest-7", "nobody", "a\u0131", "x".repeat(40)];
const rooms = ["#lobby", "#a", "#b", "#A", "#new1", "#new2", "#", "#bad name", "@#a", "+#b", "0"];
const tags = [
  "",
  "",
  "",
  "@label=x ",
  "@batch=1 ",
  "@+typing=active ",
  "@label=y;+draft/react=\x1b[1m ",
  "@batch=1;draft/multiline-concat ",
  "@+reply=1 ",
  "@+draft/reply=5;+draft/react=👍 ",
  "@+reply=1;+draft/unreact=👍 ",
];
const texts = [
  "hello",
  "",
  "two words",
  "\x02bold\x02",
  "\x1b[31mred",
  "\u202eoverride",
  "\u2028",
  "\x01VERSION\x01",
  "\x01ACTION waves\x01",
  `a${"\u0301".repeat(60)}`,
  "\ufdd0",
  "x".repeat(350),
  "\u{e0001}",
];
const words = [
  ..."* + - +o -o +v +b -b +e +I +k +l -l +i -i +s -s +m +t -t +C 5 0 10 302 LS REQ LIST END".split(
    " ",
  ),
  ..."SET GET SUB UNSUB SUBS SYNC CLEAR avatar C L S LATEST BETWEEN AROUND AFTER TARGETS".split(
    " ",
  ),
  ..."msgid=1 msgid=9 timestamp=2027-01-15T00:00:00.000Z timestamp=x C<1 !x >0 PLAIN".split(" "),
  ..."SCRAM-SHA-256 +1 -1 draft/multiline long-password %tcnf,42 *!*@* m:*!*@* sasl".split(" "),
  "message-tags batch labeled-response echo-message draft/multiline",
  "draft/chathistory draft/event-playback draft/read-marker",
  "draft/message-redaction draft/metadata-3 setname away-notify extended-join invite-notify",
];
/** What the observer asks for, and where it is. */
const everything = "message-tags batch server-time account-tag away-notify extended-join setname " +
  "invite-notify draft/message-redaction draft/metadata-3 draft/multiline";
const watched = "#lobby,#a,#b,#new1,#new2";

/** Escape sequences and other control characters, and what reorders text. \x01 to \x1f without these are IRC's own codes. */
// deno-lint-ignore no-control-regex -- it finds the control characters
const harmful = /[\x00\x05-\x0e\x12-\x15\x17-\x1c\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069\ufdd0]/;

const methods = [
  "findAccount",
  "isNameTaken",
  "account",
  "readPosition",
  "room",
  "topic",
  "enter",
  "rule",
  "post",
  "annotation",
  "history",
] as const;

function param(random: Random): string {
  const kinds = [names, rooms, words, words, texts];
  const one = random.pick(random.pick(kinds));
  return random.chance(0.1) ? `${one},${random.pick(random.pick(kinds))}` : one;
}

function line(random: Random): string {
  if (random.chance(0.02)) return `AUTHENTICATE ${encodeBase64(`\0ann\0${passwordOf("ann")}`)}`;
  // What works often makes states in which the rest is worth trying.
  if (random.chance(0.25)) return `JOIN ${random.pick(rooms)}`;
  const params = Array.from({ length: random.below(5) }, () => param(random));
  const last = params.pop();
  const rest = last === undefined ? "" : ` :${last}`;
  return `${random.pick(tags)}${random.pick(commands)}${
    params.map((one) => ` ${one}`).join("")
  }${rest}`;
}

async function newPeer(fixture: IrcFixture, random: Random, index: number): Promise<Peer> {
  const capabilities = random.chance(0.5)
    ? "message-tags batch labeled-response echo-message draft/multiline draft/metadata-3 setname"
    : "echo-message";
  switch (random.below(4)) {
    case 0:
      return await fixture.member(random.pick(["ann", "bob", "cid", "dora"]), { capabilities });
    case 1:
      return fixture.connect({ secure: random.chance(0.5) });
    default:
      return await fixture.guest(`guest${index}`, { capabilities });
  }
}

/** Lets some calls to the store fail, or none. */
function spoil(fixture: IrcFixture, random: Random): void {
  fixture.storage.failing.clear();
  if (random.chance(0.5)) return;
  for (const method of methods) {
    if (!random.chance(0.4)) continue;
    const reason = random.pick(["full", "failed", "damaged"] as const);
    fixture.storage.failing.set(method, new StorageError(reason, "The disk is full."));
  }
}

for (let seed = 1; seed <= 4; seed++) {
  Deno.test(`random commands on a disk that fails at times end no connection, log no error and show nothing harmful, seed ${seed}`, async () => {
    const random = new Random(seed);
    await using fixture = await IrcFixture.start({ operator: "ann" });
    for (const name of ["ann", "bob", "cid", "dora"]) await fixture.account(name);
    const operator = await fixture.member("ann");
    await operator.ask(`OPER ann :${passwordOf("ann")}`);
    const peers = [operator];
    const observer = await fixture.member("paul", { capabilities: everything });
    await observer.ask("MODE paul +w", "METADATA * SUB avatar", `JOIN ${watched}`);
    for (let index = 0; index < 5; index++) peers.push(await newPeer(fixture, random, index));
    for (let round = 0; round < rounds; round++) {
      spoil(fixture, random);
      const peer = random.pick(peers);
      const lines = Array.from({ length: linesPerRound }, () => line(random).slice(0, 480));
      const sent = () => `seed ${seed}, round ${round}, after:\n${JSON.stringify(lines, null, 1)}`;
      await peer.ask(...lines).catch((cause) => {
        throw new Error(`${sent()}\n${fixture.visibleLog.join("\n")}`, { cause });
      });
      const errors = fixture.visibleLog.filter((one) => one.startsWith("error"));
      assertEquals(errors, [], sent());
      fixture.storage.failing.clear();
      for (const shown of await observer.ask(`JOIN ${watched}`)) {
        assert(!harmful.test(shown), `${sent()}\n${JSON.stringify(shown)}`);
      }
    }
  });
}
