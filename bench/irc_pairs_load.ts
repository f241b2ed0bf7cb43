/**
 * Pairs of IRC clients that answer each other's private messages; runs as a process of its own, on any IRC server without
 * TLS: `deno run -A bench/irc_pairs_load.ts '{"port":6667,"pairs":100,"seconds":5}'`.
 *
 * @module
 */
import { PingPong } from "./ping_pong.ts";

/** What to do. */
export interface IrcPairsLoad {
  readonly port: number;
  readonly pairs: number;
  readonly seconds: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const text = "x".repeat(100);
const load: IrcPairsLoad = JSON.parse(Deno.args[0]!);
const pingPong = new PingPong();

/** A client that is registered. */
async function open(nick: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: load.port });
  conn.setNoDelay(true);
  await conn.write(encoder.encode(`NICK ${nick}\r\nUSER bench 0 * :bench\r\n`));
  const buffer = new Uint8Array(16 * 1024);
  let seen = "";
  while (!/ (?:422|376) /.test(seen)) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`The server closed the connection of ${nick}.`);
    seen += decoder.decode(buffer.subarray(0, count), { stream: true });
    const ping = /(?:^|\n)PING ([^\r\n]+)/.exec(seen);
    if (ping === null) continue;
    await conn.write(encoder.encode(`PONG ${ping[1]}\r\n`));
    seen = seen.replace("PING", "PONG");
  }
  return conn;
}

/** Calls `onMessage` for each private message; one is under way at a time, so a line is never together with the next one. */
async function listen(conn: Deno.TcpConn, onMessage: () => void): Promise<void> {
  const buffer = new Uint8Array(2 * 1024);
  let length = 0;
  for (;;) {
    const count = await conn.read(buffer.subarray(length));
    if (count === null) return;
    length += count;
    if (buffer[length - 1] !== 10) continue;
    if (decoder.decode(buffer.subarray(0, length)).includes(" PRIVMSG ")) onMessage();
    length = 0;
  }
}

async function startPair(index: number): Promise<() => void> {
  const [first, second] = await Promise.all([open(`ping${index}`), open(`pong${index}`)]);
  const ping = encoder.encode(`PRIVMSG pong${index} :${text}\r\n`);
  const pong = encoder.encode(`PRIVMSG ping${index} :${text}\r\n`);
  let sentMs = 0;
  const send = () => {
    sentMs = performance.now();
    void first.write(ping);
  };
  void listen(second, () => void second.write(pong));
  void listen(first, () => {
    if (!pingPong.running) return;
    pingPong.note(performance.now() - sentMs);
    send();
  });
  return send;
}

// Together: some servers let newcomers in once a second only.
const starts = await Promise.all(Array.from({ length: load.pairs }, (_, at) => startPair(at)));
const result = await pingPong.run(starts, load.seconds);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
