import { assertEquals, assertGreater } from "@std/assert";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { Door } from "./real/native.ts";
import { ServerProcess } from "./real/server.ts";
import { amount, note } from "./settings.ts";

const test = testWanting("strace");

const rounds = amount("STRESS_SYNCED_POSTS", 40, 1_000);

/** What the server did, in the order of its system calls. */
type Step = "request" | "sync" | "answer";

/** Reads `strace -f -y`: what was read from sockets, written to them, and synced. A call counts when it has returned. */
function stepsIn(trace: string): Step[] {
  const steps: Step[] = [];
  const begun = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith("<unfinished ...>")) {
      begun.set(thread, rest.slice(0, -"<unfinished ...>".length));
      // What is written may have left before the call returns.
      if (isAnswer(rest)) steps.push("answer");
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const call = resumed === null ? rest : (begun.get(thread) ?? "") + resumed[1];
    if (resumed !== null && isAnswer(call)) continue;
    const step = stepOf(call);
    if (step !== null) steps.push(step);
  }
  return steps;
}

function isAnswer(call: string): boolean {
  return /^(write|writev|sendto|sendmsg)\(\d+<(socket|TCP)/.test(call);
}

function stepOf(call: string): Step | null {
  if (isAnswer(call)) return "answer";
  if (/^(fdatasync|fsync)\(\d+<[^>]*chat\.sqlite-wal> *\) += 0/.test(call)) return "sync";
  if (/^(read|readv|recvfrom|recvmsg)\(\d+<(socket|TCP).* = [1-9]\d*$/.test(call)) return "request";
  return null;
}

test("the log is synced between the arrival of each post and its acknowledgement", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/data`;
    const trace = `${folder}/trace`;
    await addAccountsTo(directory, ["ann"]);
    const calls = "trace=fsync,fdatasync,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg";
    const strace = ["strace", "-f", "-y", "-s", "0", "-e", calls, "-o", trace];
    let steps: Step[] = [];
    {
      await using server = await ServerProcess.start({ directory, prefix: strace });
      const link = await (await Door.of(server)).enter("ann");
      // News of Ann's coming go out half a second after it: when they have, the connection is quiet.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const before = (await Deno.readTextFile(trace)).length;
      for (let round = 0; round < rounds; round++) {
        await link.request("post", { room: "#lobby", postId: newPostId(Date.now()), text: "x" });
      }
      const text = await Deno.readTextFile(trace);
      steps = stepsIn(text.slice(text.lastIndexOf("\n", before) + 1));
      link.close();
    }
    const count = (wanted: Step) => steps.filter((step) => step === wanted).length;
    let synced = false;
    for (const [index, step] of steps.entries()) {
      if (step === "answer") {
        assertEquals(synced, true, `An answer before the sync: ${steps.slice(0, index + 1)}`);
      } else synced = step === "sync";
    }
    const [requests, syncs, answers] = [count("request"), count("sync"), count("answer")];
    assertGreater(Math.min(requests, syncs, answers), rounds - 2);
    note(`durability: ${requests} reads of posts, ${syncs} syncs of the log, ${answers} answers`);
  });
});
