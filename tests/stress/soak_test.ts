import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { delay } from "@std/async/delay";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { Link } from "../../client/core/link/link.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { Door, namesOf } from "./real/native.ts";
import { ServerProcess } from "./real/server.ts";
import { Random } from "./random.ts";
import { amount, firstSeed, isLong, note } from "./settings.ts";

const clients = amount("STRESS_SOAK_CLIENTS", 10, 200);
const seconds = amount("STRESS_SOAK_SECONDS", 3, 600);
/** Memory may grow until then; afterwards by no more than a tenth. */
const warmSeconds = 180;
const pauseMs = 500;

/** Errors that belong to the mixture: two people make one room, someone leaves one twice. */
const expected = ["not_in_room", "no_such_room", "room_taken", "slow_down", "disconnected"];

/** Someone who does a bit of everything. */
class Guest {
  readonly #door: Door;
  readonly #name: string;
  readonly #random: Random;
  #link: Link | null = null;
  readonly #leaving: Promise<void>[] = [];
  actions = 0;
  posts = 0;

  constructor(door: Door, name: string, random: Random) {
    this.#door = door;
    this.#name = name;
    this.#random = random;
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      try {
        this.#link ??= await this.#door.enter(this.#name);
        await this.#act(this.#link);
        this.actions++;
      } catch (error) {
        if (!(error instanceof ChatError) || !expected.includes(error.code)) throw error;
        if (error.code === "disconnected") this.#link = null;
      }
      await delay(this.#random.below(2 * pauseMs));
    }
    this.#link?.close();
    await Promise.all(this.#leaving);
  }

  async #act(link: Link): Promise<void> {
    const random = this.#random;
    const room = `#room${random.below(20)}`;
    const dice = random.next();
    if (dice < 0.4) await this.#post(link, "#lobby", random.below(300));
    else if (dice < 0.45) await this.#post(link, "#lobby", 8_000);
    else if (dice < 0.55) await link.request("join", { room });
    else if (dice < 0.6) await link.request("leave", { room });
    else if (dice < 0.65) await this.#post(link, room, 50);
    else if (dice < 0.7) await link.request("topic", { room, topic: `topic ${random.below(99)}` });
    else if (dice < 0.75) await link.request("history", { limit: 1 + random.below(100) });
    else if (dice < 0.8) await link.request("search", { words: "word", limit: 20 });
    else if (dice < 0.85) await link.request("who", {});
    else if (dice < 0.9) await this.#whisper(link);
    else if (dice < 0.95) link.sendRead(random.below(1_000));
    else this.#leave(link);
  }

  async #post(link: Link, room: string, length: number): Promise<void> {
    const text = `word ${"x".repeat(length)}`;
    await link.request("post", { room, postId: newPostId(Date.now()), text });
    this.posts++;
  }

  async #whisper(link: Link): Promise<void> {
    const to = `load${this.#random.below(clients)}`;
    const postId = newPostId(Date.now());
    await link.request("private", { to, postId, kind: "text", body: "psst" });
    this.posts++;
  }

  /** With or without saying so. */
  #leave(link: Link): void {
    this.#link = null;
    if (this.#random.chance(0.5)) link.request("sign_out", {}).catch(() => {});
    else link.close();
    if (this.#random.chance(0.5)) this.#leaving.push(delay(1_000).then(() => link.close()));
  }
}

Deno.test("a day's mixture of everything leaves memory and descriptors as they were", async () => {
  await withFolder(async (directory) => {
    const names = namesOf(clients);
    await addAccountsTo(directory, names);
    await using server = await ServerProcess.start({ directory });
    const door = await Door.of(server);
    const first = await door.enter("load0");
    // The thread that reads history is started when it is first asked for, and stays.
    await first.request("history", { limit: 1 });
    await first.request("search", { words: "word", limit: 1 });
    first.close();
    await delay(500);
    const before = server.descriptors();
    const seed = firstSeed();
    const beganMs = performance.now();
    const samples: { seconds: number; megabytes: number }[] = [];
    const sampling = setInterval(() => {
      samples.push({
        seconds: (performance.now() - beganMs) / 1000,
        megabytes: server.megabytes(),
      });
    }, 1_000);
    const guests = names.map((name, index) => new Guest(door, name, new Random(seed + index)));
    try {
      await Promise.all(guests.map((guest) => guest.run(beganMs + seconds * 1_000)));
    } finally {
      clearInterval(sampling);
    }
    const endedMs = performance.now();
    while (server.descriptors() > before && performance.now() - endedMs < 30_000) await delay(250);
    assertLessOrEqual(server.descriptors(), before, `seed ${seed}: descriptors`);
    assertEquals(server.mistakes(), [], `seed ${seed}`);
    const mean = (from: number, to: number) => {
      const part = samples.filter((sample) => sample.seconds >= from && sample.seconds < to);
      return part.reduce((sum, { megabytes }) => sum + megabytes, 0) / part.length;
    };
    const [early, late] = [mean(warmSeconds - 30, warmSeconds), mean(seconds - 30, seconds)];
    assertEquals(await server.stop(), 0);
    const sum = (count: (guest: Guest) => number) =>
      guests.reduce((total, guest) => total + count(guest), 0);
    const course = samples.filter((_, index) => index % 60 === 59);
    note(
      `soak: ${clients} clients for ${seconds} s, seed ${seed}: ${
        sum(({ actions }) => actions)
      } actions, ` +
        `${sum(({ posts }) => posts)} posts; memory ${early.toFixed(0)} MB in the third minute, ` +
        `${late.toFixed(0)} MB in the last half minute (by minutes: ` +
        `${course.map(({ megabytes }) => megabytes.toFixed(0)).join(", ")}); ` +
        `descriptors ${before} before and after`,
    );
    if (isLong) assertLess(late, early * 1.1, "memory in MB");
  });
});
