/** Every mistake in a command line: one clear line on standard error, nothing on standard output, and the status. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { Program } from "./processes.ts";

interface Mistake {
  readonly args: readonly string[];
  /** What the line must say. */
  readonly says: string;
  /** 2 where not given. */
  readonly status?: number;
  readonly env?: Record<string, string>;
}

const client = (...args: string[]) => ["client", "127.0.0.1", "1", "jack", ...args];
const range = "a port is a number from 0 to 65535";

const mistakes: readonly Mistake[] = [
  { args: ["xyzzy"], says: 'There is no "xyzzy"' },
  { args: ["__proto__"], says: 'There is no "__proto__"' },
  { args: ["a\nb\u001b[2J"], says: 'There is no "a ⏎ b␛[2J"' },
  { args: ["server", "410002"], says: `Port 410002 is out of range: ${range}` },
  { args: ["server", "65536"], says: `Port 65536 is out of range: ${range}` },
  { args: ["server", "-1"], says: '"-1"' },
  { args: ["server", "x"], says: `"x" is not a port: ${range}` },
  { args: ["server", "1", "2"], says: '"2" is one word too many' },
  { args: ["server", "--xyzzy"], says: 'There is no option "--xyzzy"' },
  { args: ["server", "--data"], says: "--data wants a value: --data DIR" },
  { args: ["server", "--data", "a", "--data", "b"], says: "--data is given twice" },
  { args: ["server", "--registration", "maybe"], says: "--registration is one of open, closed" },
  { args: ["server", "--log-level", "loud"], says: "--log-level is one of debug, info" },
  { args: ["server", "--log-format", "xml"], says: "--log-format is one of text, json" },
  { args: ["server", "--name", 'a"b'], says: "--name is 1 to 64 characters" },
  { args: ["server", "--name", "a\nb"], says: "--name is 1 to 64 characters" },
  { args: ["server", "--posts-per-second=-5"], says: "--posts-per-second is a number" },
  { args: ["server", "--bytes-per-day", "99999"], says: "--bytes-per-day is 0 or a number from" },
  { args: ["server", "--posts-per-second", "many"], says: "--posts-per-second is a number" },
  { args: ["server", "--connections", "0"], says: "--connections is a number from 1 to 1000000" },
  { args: ["server", "--connections=1000001"], says: "--connections is a number from 1 to" },
  { args: ["server", "--connections", "many"], says: "--connections is a number from 1 to" },
  { args: ["server", "41000", "--irc", "41000"], says: "41000 is that of native clients already" },
  { args: ["server", "--irc", "41000"], says: "--irc wants a port of its own" },
  { args: ["server", "--irc", "7", "--classic", "7"], says: "7 is that of --irc already" },
  { args: client("--plain=false"), says: "--plain takes no value" },
  { args: ["server", "--tls-cert", "a"], says: "--tls-cert and --tls-key go together" },
  { args: ["server", "--tls-key", "a"], says: "--tls-cert and --tls-key go together" },
  { args: ["server", "--motd", "no/such/file"], says: "there is no such file", status: 1 },
  { args: ["client"], says: "chat client HOST PORT NAME" },
  { args: ["client", "127.0.0.1"], says: "chat client HOST PORT NAME" },
  { args: ["client", "127.0.0.1", "1"], says: "chat client HOST PORT NAME" },
  { args: client("more"), says: '"more" is one word too many' },
  { args: ["client", "127.0.0.1", "0", "jack"], says: "a port is a number from 1 to 65535" },
  { args: ["client", "127.0.0.1", "410002", "jack"], says: "Port 410002 is out of range" },
  { args: ["client", "127.0.0.1", "1", "../jack"], says: "user name" },
  { args: ["client", "127.0.0.1", "1", ""], says: "user name" },
  { args: ["client", "127.0.0.1", "1", "a".repeat(33)], says: "32 characters" },
  { args: ["client", "127.0.0.1", "1", "a\u001b[2J"], says: "user name" },
  { args: client("--xyzzy"), says: 'There is no option "--xyzzy"' },
  { args: client("--fingerprint", "SHA256:abc"), says: "--fingerprint wants SHA256:" },
  { args: client("--timeout", "0"), says: "--timeout is a number of seconds" },
  { args: client("--timeout", "soon"), says: "--timeout is a number of seconds" },
  { args: client("--password-file"), says: "--password-file wants a value" },
  { args: client("--password-file", "no/such/file"), says: "there is no such file", status: 1 },
  { args: ["client", "no such host", "1", "jack"], says: "host", status: 1 },
  { args: client("--timeout", "5"), says: "127.0.0.1", status: 1 },
];

/** How many programs run at once. */
const workers = 3;

async function check({ args, says, status = 2, env }: Mistake, folder: string): Promise<void> {
  await using program = new Program(args, {
    XDG_DATA_HOME: folder,
    HOME: folder,
    DENO_DIR: denoDirectory,
    ...env,
  });
  const what = `chat ${JSON.stringify(args)}\n`;
  const ended = await program.status();
  assertEquals(program.errors.length, 1, what + program.transcript());
  assertStringIncludes(program.errors[0]!, says, what);
  assert(program.errors[0]!.startsWith("chat: "), what + program.transcript());
  assertEquals([ended, program.lines], [status, []], what + program.transcript());
}

/** HOME is another one for the program, but Deno must find its packages. */
const denoDirectory = Deno.env.get("DENO_DIR") ?? await defaultDenoDirectory();

async function defaultDenoDirectory(): Promise<string> {
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" });
  return JSON.parse(new TextDecoder().decode((await info.output()).stdout)).denoDir;
}

Deno.test("each mistake in a command line ends with one line that says what is wrong, and its status", async () => {
  await withFolder(async (folder) => {
    const waiting = [...mistakes];
    const wrong: string[] = [];
    await Promise.all(Array.from({ length: workers }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await check(next, folder).catch((error: Error) => wrong.push(error.message));
      }
    }));
    assertEquals(wrong, []);
  });
});

Deno.test("help and version go to standard output, with status 0", async () => {
  const cases: [string[], string][] = [
    [[], "chat server [PORT]"],
    [["help"], "chat client HOST PORT NAME"],
    [["--help"], "chat client HOST PORT NAME"],
    [["help", "server"], "--registration open|closed"],
    [["server", "--help"], "--registration open|closed"],
    [["server", "--help"], "are kept (on Linux ~/.local/share/chat/server)"],
    [["client", "-h"], "--accept-new"],
    [["client", "--help"], "are kept (on Linux ~/.local/share/chat/client)"],
    [["client", "--help"], "130 Ctrl-C line by line"],
    [["version"], "chat 0."],
    [["--version"], "chat 0."],
  ];
  await Promise.all(cases.map(async ([args, says]) => {
    await using program = new Program(args);
    assertEquals(await program.status(), 0);
    assertStringIncludes(program.lines.join("\n"), says);
    assertEquals(program.errors, []);
  }));
});
