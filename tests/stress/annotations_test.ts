/**
 * What people of all roles say about earlier messages, with the chat client and over IRC, while the server is stopped and killed: in the end
 * everyone sees the same, and what was taken back is nowhere in the data folder.
 *
 * `STRESS=long deno test -A tests/stress/annotations_test.ts` says more; `STRESS_SEED` repeats one run.
 */
import { assert, assertEquals } from "@std/assert";
import type { ChatClient, ClientEvent, ShownPost } from "../../client/core/chat/chat_client.ts";
import {
  annotated,
  folded,
  type FoldedPost,
  isChangedBy,
  unfolded,
} from "../../client/talk/folded_posts.ts";
import { changesTarget } from "../../protocol/content.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { withFolder } from "../fixtures/folders.ts";
import { IrcPeer } from "../system/irc_peer.ts";
import { People } from "../system/people.ts";
import { type Program, startServerProgram } from "../system/processes.ts";
import { folderText } from "../system/recording.ts";
import { Random } from "./random.ts";
import { amount, firstSeed, note } from "./settings.ts";

const room = "#den";
const restarts = amount("STRESS_RESTARTS", 2, 20);
const steps = amount("STRESS_STEPS", 60, 400);
const capabilities = "message-tags draft/message-redaction draft/chathistory batch";

/** What somebody sees who was there all the time. */
class Witness {
  readonly posts = new Map<number, FoldedPost>();

  readonly take = (event: ClientEvent): void => {
    if (event.type !== "post" || event.post.to !== room) return;
    const { post } = event;
    if (!changesTarget(post.kind)) return void this.posts.set(post.sequence, unfolded(post));
    for (const kept of this.posts.values()) {
      if (isChangedBy(kept, post)) this.posts.set(kept.sequence, annotated(kept, post));
    }
  };
}

/** What is seen of posts, in words. */
function seen(posts: Iterable<FoldedPost>): string[] {
  const ordered = [...posts].sort((one, other) => one.sequence - other.sequence);
  return ordered.map(({ sequence, kind, from, message, edits, reactions }) => {
    const thoughts = reactions.map((one) => `${one.sequence} ${one.from} ${one.text}`).sort();
    return [sequence, kind, from, message.text, edits.length, ...thoughts].join(" | ");
  });
}

/** What somebody sees who reads everything, from the newest. */
async function read(client: ChatClient, limit: number): Promise<string[]> {
  const found: FoldedPost[] = [];
  for (let before = Number.MAX_SAFE_INTEGER;;) {
    const page = await client.history({ room, before, limit });
    found.push(...folded(page).filter(({ kind }) => !changesTarget(kind)));
    before = page.posts[0]?.sequence ?? before;
    if (!page.more) return seen(found);
  }
}

/** A server that is stopped and started again, with people of each kind. */
class Stage implements AsyncDisposable {
  readonly #sitting = new AsyncDisposableStack();
  /** Texts that were said, with the place of each. */
  readonly said = new Map<string, number>();
  readonly people: ChatClient[] = [];
  readonly witness = new Witness();
  irma!: IrcPeer;
  #program!: Program;
  #port = 0;
  #others!: People;

  private constructor(readonly folder: string, readonly random: Random) {}

  static async open(folder: string, random: Random): Promise<Stage> {
    const stage = new Stage(folder, random);
    await addAccountsTo(stage.data, ["irma"]);
    const fingerprint = await stage.#start();
    stage.#others = stage.#sitting.use(new People({ port: stage.#port, fingerprint }, folder));
    for (const name of ["ann", "bob", "cid", "dan"]) {
      const client = await stage.#others.come(
        name,
        name === "cid" ? stage.witness.take : undefined,
      );
      await client.rooms.join(room);
      stage.people.push(client);
    }
    const [owner] = stage.people as [ChatClient];
    await owner.rooms.setRole(room, "bob", "moderator", true);
    await stage.#enterByIrc();
    return stage;
  }

  get data(): string {
    return `${this.folder}/server`;
  }

  async #start(): Promise<string> {
    const { program, port, fingerprint } = await startServerProgram(this.data, {
      port: this.#port,
      args: ["--irc-plain", "0", "--posts-per-second", "0"],
    });
    this.#program = program;
    this.#port = port;
    return fingerprint;
  }

  async #enterByIrc(): Promise<void> {
    const ready = this.#program.lines.find((line) => line.startsWith("irc-plain is ready on "))!;
    const [irma] = await IrcPeer.signIn(Number(/\d+$/.exec(ready)![0]), "irma");
    await irma.ask(`CAP REQ :${capabilities}`, `JOIN ${room}`);
    this.irma = irma;
  }

  /** Somebody who comes only now. */
  later(): Promise<ChatClient> {
    return this.#others.come(`later${this.random.below(1e9)}`);
  }

  async restart(signal: Deno.Signal): Promise<void> {
    this.irma[Symbol.dispose]();
    this.#program.signal(signal);
    await this.#program.status();
    await this.#start();
    for (const client of this.people) client.retryNow();
    await this.#enterByIrc();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.irma[Symbol.dispose]();
    await this.#sitting.disposeAsync();
    await this.#program[Symbol.asyncDispose]();
  }
}

/** Somebody with the chat client says something. */
async function speak({ people, random, said }: Stage): Promise<void> {
  const client = random.pick(people);
  const text = crypto.randomUUID();
  const target = 1 + random.below(said.size + 10);
  const about = (kind: "reply" | "edit" | "reaction" | "retraction", words: string) => {
    return client.annotate(room, { kind, target, targetId: "", text: words });
  };
  try {
    const chance = random.next();
    if (chance < 0.3) said.set(text, (await client.post(room, text)).sequence);
    else if (chance < 0.4) said.set(text, (await about("reply", text)).sequence);
    else if (chance < 0.65) said.set(text, (await about("edit", text)).sequence);
    else if (chance < 0.8) await about("reaction", random.pick(["👍", "❤"]));
    else await about("retraction", "");
  } catch (error) {
    // Not theirs, taken back already, muted: what is refused is seen by nobody.
    if (!(error instanceof ChatError)) throw error;
  }
}

/** The same over IRC. */
async function speakByIrc({ irma, random, said }: Stage): Promise<void> {
  const text = crypto.randomUUID();
  const target = 1 + random.below(said.size + 10);
  const chance = random.next();
  if (chance < 0.6) said.set(text, NaN);
  const line = chance < 0.4
    ? `PRIVMSG ${room} :${text}`
    : chance < 0.6
    ? `@+reply=${target} PRIVMSG ${room} :${text}`
    : chance < 0.8
    ? `@+draft/react=👍;+reply=${target} TAGMSG ${room}`
    : `REDACT ${room} ${target}`;
  await irma.ask(line);
}

/** All texts that some reader still sees, in words of those who have them whole. */
function textsOf(posts: Iterable<FoldedPost>): Set<string> {
  const texts = [...posts].flatMap(({ first, edits }) => [
    first.text ?? "",
    ...edits.map(({ message }: { message: ShownPost["message"] }) => message.text ?? ""),
  ]);
  return new Set(texts);
}

async function compare(stage: Stage, seed: number): Promise<void> {
  const [owner, moderator, member] = stage.people as [ChatClient, ChatClient, ChatClient];
  // What was stored before has been told before this is answered.
  await member.ping();
  const expected = seen(stage.witness.posts.values());
  for (const [client, limit] of [[owner, 100], [moderator, 7]] as const) {
    assertEquals(await read(client, limit), expected, `seed ${seed}`);
  }
  const left = textsOf(stage.witness.posts.values());
  const gone = [...stage.said.keys()].filter((text) => !left.has(text));
  const stored = await folderText(stage.data);
  assertEquals(gone.filter((text) => stored.includes(text)), [], `seed ${seed}: in the folder`);
  const byIrc = (await stage.irma.ask(`CHATHISTORY LATEST ${room} * 100`)).join("\n");
  assertEquals(gone.filter((text) => byIrc.includes(text)), [], `seed ${seed}: over IRC`);
}

Deno.test("what people of all roles said about messages on all wires is the same for every reader, over restarts, and what was taken back is nowhere", async () => {
  const seed = firstSeed();
  await withFolder(async (folder) => {
    await using stage = await Stage.open(folder, new Random(seed));
    const { random, people } = stage;
    for (let round = 0; round <= restarts; round++) {
      for (let step = 0; step < steps; step++) {
        await (random.chance(0.25) ? speakByIrc(stage) : speak(stage));
      }
      // From the first round on somebody may take back, and no longer speak.
      if (round === 0) await people[0]!.rooms.setEntry(room, "mute", { name: "dan" }, true);
      await compare(stage, seed);
      if (round < restarts) await stage.restart(random.pick(["SIGKILL", "SIGTERM"]));
    }
    const later = await stage.later();
    await later.rooms.join(room);
    assertEquals(await read(later, 13), seen(stage.witness.posts.values()), `seed ${seed}`);
    const { size } = stage.witness.posts;
    const retracted = stage.witness.posts.values().filter(({ kind }) => kind === "retracted");
    const count = [...retracted].length;
    assert(count > 0, `seed ${seed} took nothing back`);
    note(
      `annotations: ${size} messages of 5 people, ${count} of them taken back, ${restarts} restarts: all readers saw the same, and the data folder ` +
        `held no text that was taken back (seed ${seed})`,
    );
  });
});
