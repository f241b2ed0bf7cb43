import { assertEquals } from "@std/assert";
import { createIdentity } from "../../protocol/e2e/identity.ts";
import { identityFileName, loadCertificate } from "../../server/certificate/certificate.ts";
import { CertificateError } from "../../server/certificate/certificate_pair.ts";
import { countsPath } from "../../server/storage/sqlite/file/commit_counts.ts";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { openStorage, type SqliteStorage } from "../../server/storage/sqlite/sqlite_storage.ts";
import { Reader } from "../../server/storage/sqlite/workers/reader.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { Writer } from "../../server/storage/sqlite/workers/writer.ts";
import { withFolder } from "../fixtures/folders.ts";
import {
  makeAccount,
  makePost,
  makeRoom,
  topicSetting,
} from "../server/storage/sqlite/storage_fixture.ts";
import { Random } from "./random.ts";
import { amount, firstSeed, isReplay, note } from "./settings.ts";
import {
  addIdentity,
  addMember,
  append,
  createAccount,
  saveVault,
  setTopic,
} from "../fixtures/changes.ts";
import { keptSecret } from "../../server/storage/secret_storage.ts";

const seeds = isReplay ? 1 : amount("STRESS_DAMAGES", 300, 5_000);
const people = ["ann", "bob", "cid", "dan"];
const posts = { before: 300, after: 160 };

/** Everything that a server gives to anyone, in comparable form. */
interface Content {
  readonly history: unknown;
  readonly rest: unknown;
  /** What the server cannot look into. */
  readonly sealed: unknown;
}

type Verdict =
  | "harmless"
  | "refused at start"
  | "named on reading"
  | "named by --check"
  /** Sealed for its owner, whose client finds that it does not open. */
  | "left to the owner";

/** Makes a folder as a crash leaves it: a part of what was stored is in the log alone. */
async function makeCrashed(folder: string, crashed: string): Promise<Content> {
  const random = new Random(1);
  const first = await openStorage(folder);
  await loadCertificate(folder);
  await makeRoom(first, "#lobby");
  const rooms = [1, await makeRoom(first, "#den")];
  for (const name of people) await createAccount(first, makeAccount(name));
  await Promise.all(people.slice(0, 3).map((name) => addMember(first, rooms[1]!, name)));
  await post(first, random, rooms, posts.before);
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  await addIdentity(first, "ann", await createIdentity("ann", key));
  await saveVault(first, "ann", { version: 1, sealed: new Uint8Array(900).fill(3) });
  await keptSecret(first, "secret", () => new Uint8Array(32).fill(4));
  await first.close();
  const second = await openStorage(folder);
  try {
    for (let more = posts.after; more > 0; more -= 20) await post(second, random, rooms, 20);
    await createAccount(second, makeAccount("eve"));
    await setTopic(second, rooms[1]!, "A topic.", topicSetting);
    // As it is at this moment, and nobody may write meanwhile: this is what kill -9 leaves.
    await copyFolder(folder, crashed);
  } finally {
    await second.close();
  }
  using parts = new Parts(folder);
  return parts.content();
}

async function post(storage: SqliteStorage, random: Random, rooms: number[], count: number) {
  await Promise.all(Array.from({ length: count }, (_, index) => {
    const to = random.pick(["bob", "cid", "dan"]);
    const destination = random.chance(0.3)
      ? { between: ["ann", to] as const }
      : { roomId: random.pick(rooms) };
    const body = `word${random.below(50)} ${"text ".repeat(random.below(60))}`;
    return append(storage, makePost(destination, body, { to, timeMs: 1_764_000_000_000 + index }));
  }));
}

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) {
    if (!name.endsWith(".lock")) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The two parts of the store, without the threads that they have in use. */
class Parts implements Disposable {
  readonly #writer: Writer;
  readonly #reader: Reader;

  constructor(folder: string) {
    const path = `${folder}/${databaseFileName}`;
    this.#writer = new Writer(path);
    try {
      this.#reader = new Reader(path);
    } catch (error) {
      this.#writer.close();
      throw error;
    }
  }

  /** All that there is to read. */
  content(): Content {
    const writer = this.#writer;
    const { rooms } = writer.opened("alone");
    const roomIds = rooms.map(({ id }) => id);
    const rest = {
      rooms,
      accounts: [...people, "eve"].map((name) => writer.lookUp("findAccount", [name])),
      secret: writer.lookUp("findSecret", ["secret"]),
      search: this.#reader.search({ words: ["word7"], roomIds, limit: 100 }),
    };
    const sealed = [writer.lookUp("findIdentity", ["ann"]), writer.lookUp("findVault", ["ann"])];
    return { history: people.map((reader) => this.#history(reader, roomIds)), rest, sealed };
  }

  #history(reader: string, roomIds: number[]): unknown[] {
    const all = [];
    for (let after = 0, more = true; more;) {
      const page = this.#reader.history({ reader, roomIds, privateWith: "all", after, limit: 100 });
      all.push(...page.posts);
      more = page.more;
      after = page.posts.at(-1)?.sequence ?? Infinity;
    }
    return all;
  }

  /** What --check says. */
  verify(): string[] {
    return this.#reader.verify();
  }

  [Symbol.dispose](): void {
    this.#reader.close();
    try {
      this.#writer.close();
    } catch {
      // The damage is met once more.
    }
  }
}

/** Flips one bit of a file, or cuts it short. Returns what was done, in words. */
async function harm(folder: string, file: string, random: Random): Promise<string> {
  const path = `${folder}/${file}`;
  const bytes = await Deno.readFile(path);
  if (random.chance(0.25)) {
    const length = random.chance(0.2) ? 0 : random.below(bytes.length);
    await Deno.truncate(path, length);
    return `${file} of ${bytes.length} bytes cut to ${length}`;
  }
  const bit = random.below(bytes.length * 8);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  await Deno.writeFile(path, bytes);
  return `bit ${bit & 7} of byte ${bit >> 3} of ${file} flipped`;
}

/** Starts on a folder and reads all that there is. */
async function judge(folder: string, expected: Content, fingerprint: string): Promise<Verdict> {
  const certificate = await named(() => loadCertificate(folder));
  if (certificate === null) return "refused at start";
  assertEquals(certificate.fingerprint, fingerprint, "another identity");
  using parts = await named(() => new Parts(folder));
  if (parts === null) return "refused at start";
  const found = await named(() => parts.content());
  if (found === null) return "named on reading";
  assertEquals(found.history, expected.history, "another history");
  const isSame = same(found.rest, expected.rest) && same(found.sealed, expected.sealed);
  if (isSame) return "harmless";
  if (parts.verify().length > 0) return "named by --check";
  assertEquals(found.rest, expected.rest, "something else");
  return "left to the owner";
}

function same(left: unknown, right: unknown): boolean {
  return Deno.inspect(left, deep) === Deno.inspect(right, deep);
}

const deep = { depth: 9, iterableLimit: 10_000, strAbbreviateSize: 100_000 };

/** What came of it, or null where the damage was named as such. */
async function named<T>(attempt: () => T | Promise<T>): Promise<T | null> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof StorageError || error instanceof CertificateError) return null;
    throw error;
  }
}

Deno.test("one flipped bit or a file cut short is named, or does no harm: never another history", async () => {
  await withFolder(async (root) => {
    const [folder, crashed, copy] = ["live", "crashed", "copy"].map((name) => `${root}/${name}`);
    for (const path of [folder!, crashed!]) await Deno.mkdir(path);
    const expected = await makeCrashed(folder!, crashed!);
    const { fingerprint } = await loadCertificate(crashed!);
    const files = [databaseFileName, `${databaseFileName}-wal`, identityFileName, countsFileName];
    const first = firstSeed();
    const verdicts: Record<string, number> = {};
    for (let seed = first; seed < first + seeds; seed++) {
      const random = new Random(seed);
      await Deno.mkdir(copy!);
      await copyFolder(crashed!, copy!);
      // The identity is small and checked as a whole; most of the damage goes where most of the bytes are.
      const file = files[random.pick([0, 0, 0, 0, 1, 1, 1, 1, 2, 3])]!;
      const what = await harm(copy!, file, random);
      const verdict = await judge(copy!, expected, fingerprint).catch((cause) => {
        const again = `STRESS_SEED=${seed} deno test -A tests/stress/damage_test.ts`;
        throw new Error(`${what}: ${cause.message.slice(0, 2_000)} Again: ${again}`, { cause });
      });
      const name = `${file} ${verdict}`;
      verdicts[name] = (verdicts[name] ?? 0) + 1;
      await Deno.remove(copy!, { recursive: true });
    }
    const counts = Object.entries(verdicts).sort().map(([name, count]) => `${name}: ${count}`);
    note(`damage: seeds ${first} to ${first + seeds - 1}: ${counts.join(", ")}`);
  });
});

const countsFileName = countsPath(databaseFileName);
