/**
 * The terminal interface in a real pseudo-terminal: how soon it paints and is ready, what it costs, and how soon a key is
 * seen while 200 messages a second arrive.
 *
 * `deno run -A bench/terminal.ts` prints a table.
 *
 * @module
 */
import { join } from "node:path";
import { password, People } from "../tests/system/people.ts";
import { startServerProgram } from "../tests/system/processes.ts";
import { TerminalProgram } from "../tests/system/terminal_program.ts";
import { bundleChecked } from "../tools/bundle.ts";
import { percentile, type Row, table } from "./rows.ts";
import { processorSeconds, residentMegabytes } from "./server_process.ts";

/** How the load is made. */
export interface TerminalLoad {
  readonly messagesPerSecond: number;
  readonly seconds: number;
  /** How often each form of the program is started, after a first time. */
  readonly starts: number;
}

const usualLoad: TerminalLoad = { messagesPerSecond: 200, seconds: 30, starts: 5 };
const root = new URL("..", import.meta.url).pathname;
/** What stands before the typed text, as it is painted. */
const prompt = "\x1b[36m> \x1b[0m";

/** How the program is started. */
interface Form {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/**
 * Measures.
 *
 * @param load How many messages arrive while keys are typed, and how many starts are timed.
 */
export async function benchTerminal(load: TerminalLoad = usualLoad): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "chat-bench-" });
  try {
    const unlimited = { args: ["--posts-per-second", "0"] };
    const server = await startServerProgram(join(folder, "server"), unlimited);
    await using _program = server.program;
    const { fingerprint } = server;
    await bundleChecked(join(folder, "bundle"), root);
    const deno = Deno.execPath();
    const args = ["client", "127.0.0.1", String(server.port), "jack"];
    const more = [...args, "--fingerprint", fingerprint, "--data", join(folder, "jack")];
    const forms: Form[] = [
      {
        name: "deno run",
        command: [deno, "run", "-A", "--no-check", join(root, "main.ts"), ...more],
      },
      { name: "bundle", command: [deno, "run", "-A", join(folder, "bundle", "main.js"), ...more] },
    ];
    const rows: Row[] = [];
    for (const form of forms) rows.push(...await benchStarts(form, folder, load.starts));
    await using people = new People(server, folder);
    return [...rows, ...await benchLoad(forms[0]!, people, folder, load)];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open({ command }: Form, folder: string): TerminalProgram {
  const env = { CHAT_PASSWORD: password, XDG_CONFIG_HOME: join(folder, "config") };
  return new TerminalProgram(command, { env });
}

async function benchStarts(form: Form, folder: string, starts: number): Promise<Row[]> {
  const paints: number[] = [];
  const ready: number[] = [];
  // The first start registers the account and fills the caches of Deno.
  for (let run = 0; run <= starts; run++) {
    const beganMs = performance.now();
    await using program = open(form, folder);
    await program.until(() => program.raw.includes("signing in"));
    const paintMs = performance.now() - beganMs;
    await program.until(/\| connected/);
    if (run > 0) paints.push(paintMs), ready.push(performance.now() - beganMs);
    program.enter("/quit");
    await program.exit;
  }
  const median = (values: number[]) => percentile(values.sort((a, b) => a - b), 0.5);
  return [
    { name: `terminal interface, ${form.name}: first paint`, value: median(paints), unit: "ms" },
    { name: `terminal interface, ${form.name}: ready`, value: median(ready), unit: "ms" },
  ];
}

async function benchLoad(
  form: Form,
  people: People,
  folder: string,
  load: TerminalLoad,
): Promise<Row[]> {
  const jill = await people.come("jill");
  await using program = open(form, folder);
  await program.until(/\| connected/);
  const what = `terminal interface, ${load.messagesPerSecond} messages/s for ${load.seconds} s`;
  const rows: Row[] = [
    { name: "terminal interface: memory, idle", value: residentMegabytes(program.pid), unit: "MB" },
  ];
  const usedBefore = processorSeconds(program.pid);
  const posting = post(jill, load);
  const echoes = await typeDuring(program, posting);
  const used = processorSeconds(program.pid) - usedBefore;
  const posted = await posting;
  await program.until(() => program.text().includes(`number ${posted} `));
  return [
    ...rows,
    { name: `${what}: posted`, value: posted, unit: "messages" },
    { name: `${what}: processor`, value: 100 * used / load.seconds, unit: "% of a core" },
    { name: `${what}: memory`, value: residentMegabytes(program.pid), unit: "MB" },
    { name: `${what}: key echo, median`, value: percentile(echoes, 0.5), unit: "ms" },
    { name: `${what}: key echo, 99th percentile`, value: percentile(echoes, 0.99), unit: "ms" },
    { name: `${what}: key echo, longest`, value: echoes.at(-1)!, unit: "ms" },
  ];
}

/** Posts evenly, in bursts of 50 ms, without waiting for acknowledgements. */
async function post(
  client: { post(room: string, text: string): Promise<unknown> },
  { messagesPerSecond, seconds }: TerminalLoad,
): Promise<number> {
  const beganMs = performance.now();
  const sent: Promise<unknown>[] = [];
  while (sent.length < messagesPerSecond * seconds) {
    const due = Math.min(seconds, (performance.now() - beganMs) / 1_000) * messagesPerSecond;
    while (sent.length < due) {
      sent.push(
        client.post("#lobby", `message number ${sent.length + 1} with some more words in it`),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await Promise.all(sent);
  return sent.length;
}

/** Types a key four times a second and measures when it is painted. @return Milliseconds, in ascending order. */
async function typeDuring(program: TerminalProgram, posting: Promise<number>): Promise<number[]> {
  const echoes: number[] = [];
  let over = false;
  posting.then(() => over = true);
  for (let typed = "X"; !over; typed = typed.length < 40 ? typed + "X" : "X") {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const from = program.raw.length;
    const beganMs = performance.now();
    program.type(typed === "X" && echoes.length > 0 ? "\x15X" : "X");
    await program.until(() => program.raw.includes(prompt + typed + "\x1b", from));
    echoes.push(performance.now() - beganMs);
  }
  return echoes.sort((a, b) => a - b);
}

if (import.meta.main) {
  Deno.stdout.writeSync(new TextEncoder().encode(table(await benchTerminal()) + "\n"));
}
