import { assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { createHash } from "node:crypto";
import {
  encodeFileAnswer,
  encodeQuestion,
  pieceBytes,
} from "../../../../server/storage/files/file_questions.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { withFolder } from "../../../fixtures/folders.ts";
import { someBytes } from "../../../fixtures/memory_files.ts";
import { bytesAt, type FileServer, FileServers } from "./file_servers.ts";

const file = "0123456789abcdef0123456789abcdef";
const bytes = someBytes(2 * pieceBytes + 1_000);
const hash = createHash("sha256").update(bytes).digest("hex");

function test(name: string, run: (servers: FileServers) => Promise<void>): void {
  Deno.test(name, () =>
    withFolder(async (directory) => {
      await using servers = await FileServers.open(directory);
      await run(servers);
    }));
}

/** Waits for what servers do by themselves. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const waiting = async () => {
    while (!await isSo()) await delay(5);
  };
  await deadline(waiting(), 30_000);
}

/** Waits until servers have the file. */
async function untilHeld(...some: FileServer[]): Promise<void> {
  for (const { folder } of some) await until(() => folder.isWhole(file));
}

async function ownBytes({ folder }: FileServer): Promise<Uint8Array | null> {
  const reader = await folder.read(file, 0);
  if (reader === null) return null;
  const buffer = new Uint8Array(bytes.length + 1);
  let at = 0;
  for (let count; (count = await reader.read(buffer.subarray(at))) !== null;) at += count;
  reader.close();
  return buffer.slice(0, at);
}

test("what has come to a server is secure when another one holds it, too, with the same hash", async (servers) => {
  const a = await servers.start("a");
  const b = await servers.start("b");
  await servers.announce(file, bytes.length);
  await servers.fill(a, file, bytes);
  assertEquals(await a.files.secure(file), hash);
  assertEquals(await ownBytes(b), bytes);
});

test("a server that is alone is enough", async (servers) => {
  const a = await servers.start("a");
  await servers.announce(file, bytes.length);
  await servers.fill(a, file, bytes);
  assertEquals(await a.files.secure(file), hash);
});

test("a server that keeps no files takes no copy, and where only such ones run beside, one is enough", async (servers) => {
  const a = await servers.start("a");
  const b = await servers.start("b", { keeps: false });
  await servers.announce(file, bytes.length);
  await servers.fill(a, file, bytes);
  assertEquals(await a.files.secure(file), hash);
  assertEquals(await ownBytes(b), null);
});

test("all other servers get what counts as sent, also one that comes later", async (servers) => {
  const a = await servers.start("a");
  const [b, c] = [await servers.start("b"), await servers.start("c")];
  await servers.send(a, file, bytes);
  await untilHeld(b, c);
  const d = await servers.start("d");
  await untilHeld(d);
  assertEquals(await ownBytes(d), bytes);
});

test("where a file is missing it is passed on from another server, from any place, and goes on with the next one where that one dies", async (servers) => {
  const a = await servers.start("a");
  await servers.send(a, file, bytes);
  const b = await servers.start("b");
  await untilHeld(b);
  const c = await servers.start("c", { keeps: false });
  assertEquals(await bytesAt(c, file), bytes);
  assertEquals(await bytesAt(c, file, pieceBytes + 7), bytes.slice(pieceBytes + 7));
  assertEquals(await bytesAt(c, file, bytes.length), new Uint8Array(0));
  assertEquals(await ownBytes(c), null);
  let first = "";
  servers.onAnswer = (from, answer) => {
    first ||= from;
    const isDead = from === first && (servers.asked.get(from) ?? 0) > 1;
    return isDead ? Promise.reject(new Error("It is gone.")) : Promise.resolve(answer);
  };
  servers.asked.clear();
  assertEquals(await bytesAt(c, file), bytes);
  assertEquals([...servers.asked.keys()].sort(), ["a", "b"]);
});

test("where nobody has a file any more, that is said, and not that there is none", async (servers) => {
  const a = await servers.start("a");
  await servers.send(a, file, bytes);
  await a.folder.remove(file);
  const b = await servers.start("b", { keeps: false });
  const error = await assertRejects(() => b.files.read(file, 0), StorageError);
  assertEquals(error.reason, "cut_off");
  assertEquals(await b.files.read("f".repeat(32), 0), null);
});

for (
  const [name, alter] of [
    ["other bytes", (answer: Uint8Array) => answer.map((byte, at) => at === 9 ? byte ^ 1 : byte)],
    ["fewer bytes", (answer: Uint8Array) => answer.subarray(0, 100)],
    ["more bytes", (answer: Uint8Array) => new Uint8Array([...answer, 1])],
    ["nothing", () => new Uint8Array(0)],
    ["what is no answer", () => new TextEncoder().encode(`{"type":"kept","file":`)],
    ["another answer", () => encodeFileAnswer({ type: "kept" })],
  ] as const
) {
  test(`a server that answers with ${name} is passed over, and nothing of it is kept`, async (servers) => {
    const a = await servers.start("a");
    await servers.send(a, file, bytes);
    servers.onAnswer = (from, answer, type) =>
      Promise.resolve(from === "a" && type === "piece" ? alter(answer) : answer);
    const b = await servers.start("b");
    const question = encodeQuestion({ type: "keep", file, hash, from: "a", place: 0 });
    assertEquals(await servers.ask("b", question), { type: "refused", reason: "failed" });
    assertEquals(await Array.fromAsync(b.folder.list()), []);
    await until(() => Promise.resolve(b.files.missing === 1));
    await servers.stop(b);
    const good = await servers.start("good", { keeps: false });
    await servers.fill(good, file, bytes);
    const again = await servers.start("b");
    await untilHeld(again);
    await until(() => Promise.resolve(again.files.missing === 0));
    assertEquals(await ownBytes(again), bytes);
  });
}

test("where the others' disks are full that is said, and the file does not count as sent", async (servers) => {
  const a = await servers.start("a");
  const b = await servers.start("b", { freeBytes: 268_500_000 });
  await servers.announce(file, bytes.length);
  await servers.fill(a, file, bytes);
  const error = await assertRejects(() => a.files.secure(file), StorageError);
  assertEquals(error.reason, "full");
  assertEquals(await Array.fromAsync(b.folder.list()), []);
  await servers.start("c");
  assertEquals(await a.files.secure(file), hash);
});

test("a copy is taken only of a file that the log knows, in its length, and from a server of the cluster", async (servers) => {
  const a = await servers.start("a");
  const b = await servers.start("b");
  const ask = (question: { file?: string; from?: string }) =>
    servers.ask(
      "b",
      encodeQuestion({ type: "keep", file, hash, from: "a", place: 0, ...question }),
    );
  await servers.announce(file, bytes.length);
  await servers.fill(a, file, bytes);
  await servers.fill(a, "f".repeat(32), bytes);
  assertEquals(await ask({ file: "f".repeat(32) }), { type: "refused", reason: "failed" });
  assertEquals(await ask({ from: "stranger" }), { type: "refused", reason: "failed" });
  assertEquals(await Array.fromAsync(b.folder.list()), []);
  await servers.fill(a, file, bytes.subarray(0, 1_000));
  assertEquals(await ask({}), { type: "refused", reason: "failed" });
  assertEquals(await Array.fromAsync(b.folder.list()), []);
  await servers.fill(a, file, bytes);
  assertEquals(await ask({}), { type: "kept" });
});

test("a file that is removed while it is copied leaves nothing", async (servers) => {
  const a = await servers.start("a");
  await servers.send(a, file, bytes);
  const arrived = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  servers.onAnswer = async (_from, answer) => {
    if ((servers.asked.get("a") ?? 0) >= 2) {
      arrived.resolve();
      await goOn.promise;
    }
    return answer;
  };
  const b = await servers.start("b");
  await arrived.promise;
  await servers.storage.submit({ type: "file_gone", version: 1, files: [file] });
  const removed = b.files.remove(file);
  goOn.resolve();
  await removed;
  assertEquals(await Array.fromAsync(b.folder.list()), []);
});

test("what its sender goes on with here is not copied at the same time", async (servers) => {
  const a = await servers.start("a");
  await servers.send(a, file, bytes);
  const b = await servers.start("b");
  const writer = await b.files.write(file, 0);
  const question = encodeQuestion({ type: "keep", file, hash, from: "a", place: 0 });
  assertEquals(await servers.ask("b", question), { type: "refused", reason: "failed" });
  await writer.append(bytes);
  await writer.finish();
  writer.close();
  assertEquals(await ownBytes(b), bytes);
});

test("what is not what the log means is exchanged for it, also where it was whole before", async (servers) => {
  const a = await servers.start("a");
  await servers.send(a, file, bytes);
  const b = await servers.start("b", { keeps: false });
  await servers.fill(b, file, someBytes(bytes.length, 99));
  await servers.stop(b);
  const again = await servers.start("b");
  await until(() => again.folder.isSealed(file));
  assertEquals(await ownBytes(again), bytes);
});

test("a copy of other bytes than the log has taken already is refused", async (servers) => {
  const a = await servers.start("a");
  await servers.send(a, file, bytes);
  const b = await servers.start("b");
  await untilHeld(b);
  const c = await servers.start("c", { keeps: false });
  await servers.fill(c, file, someBytes(bytes.length, 99));
  const other = createHash("sha256").update(someBytes(bytes.length, 99)).digest("hex");
  const question = encodeQuestion({ type: "keep", file, hash: other, from: "c", place: 0 });
  assertEquals(await servers.ask("b", question), { type: "refused", reason: "failed" });
  assertEquals(await ownBytes(b), bytes);
});

test("of two servers that a file is sent to, a third one takes the copy of one only", async (servers) => {
  const a = await servers.start("a");
  const b = await servers.start("b");
  await servers.start("c");
  await servers.announce(file, bytes.length);
  await servers.fill(a, file, bytes);
  await servers.fill(b, file, someBytes(bytes.length, 99));
  const other = createHash("sha256").update(someBytes(bytes.length, 99)).digest("hex");
  const answers = await Promise.all(
    ([["a", hash], ["b", other]] as const).map(([from, hash]) =>
      servers.ask("c", encodeQuestion({ type: "keep", file, hash, from, place: 0 }))
    ),
  );
  assertEquals(answers.map((answer) => answer?.type).sort(), ["kept", "refused"]);
});
