/** Every mistake in a command line: one clear line on standard error, nothing on standard output, and the status. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { programFromSource, wordsFor } from "../fixtures/chat_program.ts";
import { withFolder } from "../fixtures/folders.ts";
import { Program } from "./processes.ts";
import { endOfRun } from "./usage_child.ts";

interface Mistake {
  readonly args: readonly string[];
  /** What the line must say. */
  readonly says: string;
  /** 2 where not given. */
  readonly status?: number;
}

/** What one command line came to. */
interface Ended {
  readonly status: number;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

const client = (...args: string[]) => ["client", "127.0.0.1", "1", "jack", ...args];
const range = "a port is a number from 0 to 65535";

const mistakes: readonly Mistake[] = [
  { args: ["xyzzy"], says: 'Unknown command "xyzzy". "chat help" lists the commands.' },
  { args: ["help", "clinet"], says: 'Unknown command "clinet". Did you mean "client"?' },
  { args: ["clinet"], says: 'Unknown command "clinet". Did you mean "client"?' },
  { args: ["__proto__"], says: 'Unknown command "__proto__"' },
  { args: ["a\nb\u001b[2J"], says: 'Unknown command "a ⏎ b␛[2J"' },
  { args: ["server", "410002"], says: `Port 410002 is out of range: ${range}` },
  { args: ["server", "65536"], says: `Port 65536 is out of range: ${range}` },
  { args: ["server", "-1"], says: '"-1"' },
  { args: ["server", "x"], says: `"x" is not a port: ${range}` },
  { args: ["server", "1", "2"], says: '"2" is one argument too many' },
  { args: ["server", "--xyzzy"], says: 'Unknown option "--xyzzy"' },
  { args: ["server", "--data"], says: "--data needs a value: --data DIR" },
  { args: ["server", "--data", "a", "--data", "b"], says: "--data is given twice" },
  {
    args: ["server", "--registration", "maybe"],
    says: "--registration must be one of open, closed",
  },
  { args: ["server", "--log-level", "loud"], says: "--log-level must be one of debug, info" },
  { args: ["server", "--log-format", "xml"], says: "--log-format must be one of text, json" },
  { args: ["server", "--name", 'a"b'], says: "--name must have 1 to 64 characters" },
  { args: ["server", "--name", "a\nb"], says: "--name must have 1 to 64 characters" },
  { args: ["server", "--posts-per-second=-5"], says: "--posts-per-second must be a number" },
  {
    args: ["server", "--bytes-per-day", "99999"],
    says: "--bytes-per-day must be 0, or at least 100,000",
  },
  { args: ["server", "--posts-per-second", "many"], says: "--posts-per-second must be a number" },
  {
    args: ["server", "--connections", "0"],
    says: "--connections must be a number from 1 to 1,000,000",
  },
  { args: ["server", "--connections=1000001"], says: "--connections must be a number from 1 to" },
  { args: ["server", "--connections", "many"], says: "--connections must be a number from 1 to" },
  {
    args: ["server", "41000", "--irc", "41000"],
    says: "41000 is already used for the chat client",
  },
  { args: ["server", "--irc", "41000"], says: "--irc needs a port of its own" },
  { args: ["server", "--irc", "7", "--classic", "7"], says: "7 is already used for --irc" },
  { args: client("--plain=false"), says: "--plain takes no value" },
  { args: ["server", "--tls-cert", "a"], says: "--tls-cert and --tls-key must be given together" },
  { args: ["server", "--tls-key", "a"], says: "--tls-cert and --tls-key must be given together" },
  { args: ["server", "--motd", "no/such/file"], says: "there is no such file", status: 1 },
  { args: ["client"], says: "Usage: chat client HOST PORT NAME" },
  { args: ["client", "127.0.0.1"], says: "Usage: chat client HOST PORT NAME" },
  { args: ["client", "127.0.0.1", "1"], says: "Usage: chat client HOST PORT NAME" },
  {
    args: ["client", "https://127.0.0.1:8443/"],
    says: '"https://127.0.0.1:8443/" is the address of a page: open it in a browser.',
  },
  { args: client("more"), says: '"more" is one argument too many' },
  { args: ["client", "127.0.0.1", "0", "jack"], says: "a port is a number from 1 to 65535" },
  { args: ["client", "127.0.0.1", "410002", "jack"], says: "Port 410002 is out of range" },
  { args: ["client", "127.0.0.1", "1", "../jack"], says: "user name" },
  { args: ["client", "127.0.0.1", "1", ""], says: "user name" },
  { args: ["client", "127.0.0.1", "1", "a".repeat(33)], says: "32 characters" },
  { args: ["client", "127.0.0.1", "1", "a\u001b[2J"], says: "user name" },
  { args: client("--lines", "500"), says: '--lines: a number from 0 to 100, not "500".' },
  { args: client("--xyzzy"), says: 'Unknown option "--xyzzy"' },
  { args: client("--fingerprint", "SHA256:abc"), says: "--fingerprint must be SHA256:" },
  { args: client("--timeout", "0"), says: "--timeout must be a number of seconds" },
  { args: client("--timeout", "soon"), says: "--timeout must be a number of seconds" },
  { args: client("--password-file"), says: "--password-file needs a value" },
  { args: client("--password-file", "no/such/file"), says: "there is no such file", status: 1 },
  { args: ["client", "no such host", "1", "jack"], says: "host", status: 1 },
  { args: client("--timeout", "5"), says: "127.0.0.1", status: 1 },
];

/** Runs command lines one after the other in one process: to start one for each takes longer than all of them. */
async function runAll(
  commandLines: readonly (readonly string[])[],
  env: Record<string, string>,
): Promise<Ended[]> {
  const child = wordsFor("tests/system/usage_child.ts");
  await using program = new Program([JSON.stringify(commandLines)], env, child);
  assertEquals(await program.status(), 0, program.transcript());
  const runsOf = (lines: readonly string[]) =>
    lines.join("\n").split(endOfRun).map((text) => text.split("\n").filter((line) => line !== ""));
  const [lines, errors] = [runsOf(program.lines), runsOf(program.errors)];
  return commandLines.map((_, at) => {
    const said = lines[at] ?? [];
    return { lines: said.slice(0, -1), errors: errors[at] ?? [], status: Number(said.at(-1)) };
  });
}

/** Runs one as people do, in a process of its own. */
async function runOne(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  await using program = new Program(args, env, programFromSource);
  return { status: await program.status(), lines: program.lines, errors: program.errors };
}

function check({ args, says, status = 2 }: Mistake, ended: Ended): void {
  const what = `chat ${JSON.stringify(args)}\n${JSON.stringify(ended)}`;
  assertEquals([ended.errors.length, ended.lines, ended.status], [1, [], status], what);
  assertStringIncludes(ended.errors[0]!, says, what);
  assert(ended.errors[0]!.startsWith("chat: "), what);
}

/** HOME is another one for the program, but Deno must find its packages. */
const denoDirectory = Deno.env.get("DENO_DIR") ?? await defaultDenoDirectory();

async function defaultDenoDirectory(): Promise<string> {
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" });
  return JSON.parse(new TextDecoder().decode((await info.output()).stdout)).denoDir;
}

Deno.test("each mistake in a command line ends with one line that says what is wrong, and its status", async () => {
  await withFolder(async (folder) => {
    const env = { XDG_DATA_HOME: folder, HOME: folder, DENO_DIR: denoDirectory };
    const all = await runAll(mistakes.map(({ args }) => args), env);
    for (const [at, mistake] of mistakes.entries()) check(mistake, all[at]!);
    const [usage, failure] = [mistakes[0]!, mistakes.at(-1)!];
    for (const mistake of [usage, failure]) check(mistake, await runOne(mistake.args, env));
  });
});

Deno.test("help and version go to standard output, with status 0", async () => {
  const cases: [string[], string][] = [
    [[], "chat server [PORT]"],
    [["help"], "chat client HOST PORT NAME"],
    [["help", "help"], "chat client HOST PORT NAME"],
    [["help", "version"], "chat "],
    [["--help"], "chat client HOST PORT NAME"],
    [["help", "server"], "--registration open|closed"],
    [["server", "--help"], "--registration open|closed"],
    [["server", "--help"], "~/.local/share/chat/server"],
    [["client", "-h"], "--accept-new"],
    [["client", "--help"], "~/.local/share/chat/client"],
    [["client", "--help"], "130  Ended by Ctrl-C in the line-by-line interface."],
    [["version"], "chat 0."],
    [["--version"], "chat 0."],
  ];
  const all = await runAll(cases.map(([args]) => args), {});
  for (const [at, [args, says]] of cases.entries()) {
    const { status, lines, errors } = all[at]!;
    assertEquals([status, errors], [0, []], args.join(" "));
    assertStringIncludes(lines.join("\n"), says);
  }
  const { status, lines, errors } = await runOne([], {});
  assertEquals([status, errors], [0, []]);
  assertStringIncludes(lines.join("\n"), "chat server [PORT]");
});
