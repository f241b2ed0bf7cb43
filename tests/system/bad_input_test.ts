/**
 * What bad input gets from the real server: a typed error for that peer and a line in the log, while two others who talk
 * with each other notice nothing.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { encodeFrame, encodeMessage } from "../../protocol/wire/frame.ts";
import { frameBytesMax, frameBytesMaxBeforeSignIn } from "../../protocol/wire/limits.ts";
import { withFolder } from "../fixtures/folders.ts";
import { codeOf, type Message, type Peer } from "../fixtures/peer.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { type ServerProgram, startServerProgram } from "./processes.ts";
import { memoryMiB, Wire } from "./wire.ts";

/** Two people who talk with each other all the time. */
class Witnesses {
  #count = 0;

  constructor(readonly jack: Peer, readonly jill: Peer) {}

  /** Jack says something; jill hears it, and neither has heard anything else. */
  async talk(): Promise<void> {
    const text = `still here ${++this.#count}`;
    const postId = `witness-${this.#count}`;
    const reply = await this.jack.ask("post", { room: "#lobby", postId, text });
    assertEquals([codeOf(reply), reply["sequence"]], [undefined, this.#count]);
    for (const peer of [this.jack, this.jill]) {
      assertEquals(((await this.#nextPost(peer))["post"] as Message)["body"], text);
    }
  }

  /** Comings and goings of other members are no disturbance. */
  async #nextPost(peer: Peer): Promise<Message> {
    const message = await peer.find((one) => one["event"] !== "presence");
    assertEquals(message["event"], "post", JSON.stringify(message));
    return message;
  }
}

interface Context {
  readonly server: ServerProgram;
  readonly wire: Wire;
  readonly witnesses: Witnesses;
}

const header = (length: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
};
const padded = (value: unknown, length: number) => {
  const payload = new Uint8Array(length).fill(0x20);
  payload.set(new TextEncoder().encode(JSON.stringify(value)));
  return encodeFrame(payload);
};

/** One row: what is sent, and what must come of it. */
interface Row {
  readonly name: string;
  readonly run: (context: Context) => Promise<void>;
}

/** A frame with a bad length: a typed error, then the end. */
function badLengthRow(length: number, member: boolean): Row {
  const who = member ? "a member's frame" : "a newcomer's frame";
  return {
    name: `${who} of ${length} bytes`,
    run: async ({ server, wire }) => {
      using peer = member ? await wire.member("joe") : await wire.peer();
      await peer.sendBytes(header(length));
      const error = await peer.find((message) => message["event"] !== "presence");
      assertEquals(codeOf(error), "bad_frame");
      await peer.closed;
      await server.program.errorLine("A frame");
    },
  };
}

/** A request that a newcomer makes: a typed error, and the connection goes on. */
function badRequestRow(name: string, frame: unknown, code: string): Row {
  return {
    name,
    run: async ({ server, wire }) => {
      using peer = await wire.peer();
      if (frame instanceof Uint8Array) await peer.sendBytes(frame);
      else await peer.send(frame);
      assertEquals(codeOf(await peer.next()), code);
      await server.program.errorLine(code);
      assertEquals(codeOf(await peer.ask("ping")), undefined);
    },
  };
}

/** A request that a member makes: a typed error, and the connection goes on. */
function badMemberRow(name: string, type: string, content: Message, code: string): Row {
  return {
    name,
    run: async ({ server, wire }) => {
      using peer = await wire.member("joe");
      assertEquals(codeOf(await peer.ask(type, content)), code);
      await server.program.errorLine(code);
      assertEquals(codeOf(await peer.ask("who")), undefined);
    },
  };
}

/** Bytes without TLS: the connection is closed. What TLS itself answers is an alert, no frame. */
function plainBytesRow(name: string, bytes: Uint8Array): Row {
  return {
    name,
    run: async ({ server, wire }) => {
      using conn = await wire.tcp();
      await conn.write(bytes);
      const buffer = new Uint8Array(1_000);
      let answer = 0;
      for (let count = await readQuietly(conn, buffer); count !== null;) {
        answer += count;
        count = await readQuietly(conn, buffer);
      }
      assertLess(answer, 100);
      await server.program.errorLine("connected without TLS");
    },
  };
}

async function readQuietly(conn: Deno.Conn, buffer: Uint8Array): Promise<number | null> {
  return await conn.read(buffer).catch(() => null);
}

const ping = { type: "ping", id: 1 };
const post = (text: string): Message => ({ room: "#lobby", postId: "bad", text });
const text = (value: string) => new TextEncoder().encode(value);

const rows: readonly Row[] = [
  ...[0, frameBytesMaxBeforeSignIn + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((length) =>
    badLengthRow(length, false)
  ),
  ...[0, frameBytesMax + 1, 2 ** 31 - 1, 2 ** 32 - 1].map((length) => badLengthRow(length, true)),
  {
    name: "frames of just the largest size, before and after signing in, which are welcome",
    run: async ({ wire }) => {
      using newcomer = await wire.peer();
      await newcomer.sendBytes(padded(ping, frameBytesMaxBeforeSignIn));
      assertEquals(await newcomer.next(), { reply: 1 });
      using member = await wire.member("joe");
      await member.sendBytes(padded({ ...ping, id: 99 }, frameBytesMax));
      await member.find((message) => message["reply"] === 99);
    },
  },
  badRequestRow("no JSON", "<xml/>", "bad_message"),
  badRequestRow("JSON that is no object", "[1, 2", "bad_message"),
  badRequestRow("null", "null", "bad_message"),
  badRequestRow("a type of a wrong type", { type: 7 }, "bad_message"),
  badRequestRow("an id of a wrong type", { type: "ping", id: "1" }, "bad_message"),
  badRequestRow("a name of a wrong type", { type: "lookup", id: 1, name: {} }, "bad_message"),
  badRequestRow(
    "invalid UTF-8",
    encodeFrame(new Uint8Array([0x22, 0xc3, 0x28, 0x22])),
    "bad_message",
  ),
  badRequestRow("bytes at random", encodeFrame(new Uint8Array(64).fill(0x80)), "bad_message"),
  badRequestRow("deep nesting", `${"[".repeat(8_000)}${"]".repeat(8_000)}`, "bad_message"),
  badRequestRow("an unknown request", { type: "xyzzy", id: 1 }, "unsupported"),
  badRequestRow(
    "a request named as a property of objects",
    { type: "__proto__", id: 1 },
    "unsupported",
  ),
  badRequestRow("a post before signing in", { type: "post", id: 1, ...post("x") }, "not_signed_in"),
  badRequestRow("history before signing in", { type: "history", id: 1, limit: 1 }, "not_signed_in"),
  badRequestRow(
    "a name with path characters",
    { type: "lookup", id: 1, name: "../../x" },
    "bad_name",
  ),
  badRequestRow("a name with a NUL", { type: "lookup", id: 1, name: "a\0b" }, "bad_name"),
  badRequestRow(
    "a proof that makes no sense",
    { type: "sign_in", id: 1, data: "\0" },
    "bad_message",
  ),
  badMemberRow("an escape sequence", "post", post("\u001b]0;title\u0007"), "bad_text"),
  badMemberRow("a NUL", "post", post("a\0b"), "bad_text"),
  badMemberRow("an override of direction", "post", post("a\u202eb"), "bad_text"),
  badMemberRow(
    "4,000 combining marks, within 8 KiB",
    "post",
    post("a" + "\u0301".repeat(4_000)),
    "bad_text",
  ),
  badMemberRow("10,000 combining marks", "post", post("a" + "\u0301".repeat(10_000)), "bad_text"),
  badMemberRow("a text of 8 KiB and one byte", "post", post("a".repeat(8_193)), "bad_text"),
  badMemberRow("half a pair of surrogates", "post", post("\ud800"), "bad_text"),
  badMemberRow("a room with path characters", "join", { room: "#../../etc" }, "bad_name"),
  badMemberRow(
    "a room of combining marks",
    "join",
    { room: "#a" + "\u0301".repeat(50) },
    "bad_name",
  ),
  badMemberRow("a topic of two lines", "topic", { room: "#lobby", topic: "a\nb" }, "bad_text"),
  badMemberRow("signing in twice", "sign_in", { data: "x" }, "signed_in_already"),
  plainBytesRow("HTTP on the port", text("GET / HTTP/1.1\r\nHost: chat\r\n\r\n")),
  plainBytesRow("a classic client's bytes on the port", text("\0\0\0\x04jack")),
  plainBytesRow(
    "bytes at random on the port",
    crypto.getRandomValues(new Uint8Array(500)).fill(0x15, 0, 3),
  ),
  {
    name: "a frame that is cut off",
    run: async ({ wire }) => {
      using peer = await wire.peer();
      await peer.sendBytes(encodeMessage(ping).subarray(0, 9));
    },
  },
  {
    name: "a hundred peers that come and go without a word",
    run: async ({ wire }) => {
      for (let count = 0; count < 50; count++) (await wire.tcp()).close();
      await Promise.all(Array.from({ length: 50 }, async () => (await wire.tls()).close()));
    },
  },
  {
    name: "giants: many megabytes behind a header that promises more cost no memory",
    run: async ({ server, wire }) => {
      const beforeMiB = await memoryMiB(server.program.pid);
      const chunk = new Uint8Array(1024 * 1024);
      await Promise.all(Array.from({ length: 20 }, async () => {
        using peer = await wire.peer();
        await peer.sendBytes(header(2 ** 32 - 1));
        for (let count = 0; count < 20; count++) {
          const sent = await peer.sendBytes(chunk).then(() => true, () => false);
          if (!sent) break;
        }
        await peer.closed;
      }));
      assertLess(await memoryMiB(server.program.pid) - beforeMiB, 100);
    },
  },
  {
    name: "peers that promise the largest frame and send nothing cost no more than the frames",
    run: async ({ server, wire }) => {
      const beforeMiB = await memoryMiB(server.program.pid);
      const peers = await Promise.all(Array.from({ length: 200 }, () => wire.peer()));
      await Promise.all(peers.map((peer) => peer.sendBytes(header(frameBytesMaxBeforeSignIn))));
      for (const peer of peers) peer[Symbol.dispose]();
      assertLess(await memoryMiB(server.program.pid) - beforeMiB, 100);
    },
  },
];

/** Those that are closed for being too slow: each runs beside all of the rows. */
async function startSlowPeers({ server, wire }: Context): Promise<() => Promise<void>> {
  const silent = await wire.peer();
  const drop = await wire.peer();
  const shy = await wire.tcp();
  const frame = padded(ping, 1_000);
  let at = 0;
  const dropping = setInterval(() => {
    drop.sendBytes(frame.subarray(at, ++at)).catch(() => {});
  }, 1_000);
  return async () => {
    try {
      for (const peer of [silent, drop]) {
        assertEquals(codeOf(await peer.next()), "timeout");
        await peer.closed;
      }
      // That time was up long ago. Deno keeps the socket until the peer closes it too: see Connection.close().
      const late = server.program.errors.filter((line) => line.includes("TLS handshake took"));
      assertEquals(late.length, 1, server.program.transcript());
    } finally {
      clearInterval(dropping);
      for (const one of [silent, drop, shy]) one[Symbol.dispose]();
    }
  };
}

Deno.test("bad input gets a typed error and a line in the log, and nobody else notices", async (t) => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["jack", "jill", "joe"]);
    // At a higher level, what one network does again and again is counted.
    const server = await startServerProgram(folder, {
      args: ["--log-level", "debug", "--log-format", "json"],
    });
    await using program = server.program;
    const wire = await Wire.to(folder, server.port);
    using jack = await wire.member("jack");
    using jill = await wire.member("jill");
    const context = { server, wire, witnesses: new Witnesses(jack, jill) };
    const endSlowPeers = await startSlowPeers(context);
    for (const { name, run } of rows) {
      await t.step(name, async () => {
        await run(context);
        await context.witnesses.talk();
      });
    }
    await t.step("silence, one byte a second, and a handshake that never begins", endSlowPeers);
    await context.witnesses.talk();
    assert(
      !program.errors.some((line) => /TypeError|\bat \S+:\d+/.test(line)),
      program.transcript(),
    );
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
  });
});
