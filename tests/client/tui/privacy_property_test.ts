/**
 * Whatever a person types, however late and however the server answers, and whatever happens meanwhile: no text that was
 * meant for one conversation reaches another. `CHAT_FUZZ_COUNT=10000` tries so many sequences.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ErrorCode } from "../../../protocol/wire/errors.ts";
import { SessionFixture, turns } from "./session_fixture.ts";

const numRuns = Number(Deno.env.get("CHAT_FUZZ_COUNT") ?? 300);

/** What happens: a number decides everything about it, so that a failure shrinks. */
const step = fc.record({ what: fc.nat(27), choice: fc.nat(1_000), delayMs: fc.nat(1_500) });
type Step = { what: number; choice: number; delayMs: number };

const users = ["jill", "tom", "nokeys", "nobody", "two words"];
const rooms = ["#lobby", "#dev", "#new"];
const refusals: readonly ErrorCode[] = [
  "key_changed",
  "storage_failed",
  "too_many",
  "no_such_user",
];

/** Somebody who types without looking for up to a second, and knows for whom each text is meant. */
class Typist {
  readonly #jack: SessionFixture;
  /** Where the person believes to be. */
  #place = "#lobby";
  #typedMs = 0;
  #count = 0;
  /** Whether the next line is typed before the answer to a command is seen; then the person looks. */
  #lines = 0;

  constructor(jack: SessionFixture) {
    this.#jack = jack;
  }

  /** A text that says for whom it is meant. */
  text(place: string): string {
    return `${["secret", "yes", "y", "no"][this.#count % 4]} {${place}:${++this.#count}}`;
  }

  /** Types, after a look at the screen where there was time for it. */
  async act(step: Step): Promise<void> {
    if (this.#jack.nowMs - this.#typedMs >= 1_000 || this.#lines > 2) await this.look(step.choice);
    this.#typedMs = this.#jack.nowMs;
    this.#lines++;
    await this.#type(step);
    await turns();
  }

  /** Sees where one is; answers or gives up what is asked, and clears what is in the input. */
  async look(choice: number): Promise<void> {
    const { input } = this.#jack.view;
    this.#jack.nowMs += 1_000;
    // A command that is under way is seen, too: what is typed waits for it.
    const isClear = () => !input.asking && (input.holding || this.#jack.draft === "");
    for (let tries = 0; tries < 20 && !isClear(); tries++) {
      if (input.asking) this.#jack.type(["\x1b", "\x1b", "n", "yes\r"][(choice + tries) % 4]!);
      else this.#jack.type("\x03");
      this.#jack.nowMs += 1_000;
      await turns();
    }
    if (!input.holding) this.#place = this.#jack.current;
    this.#typedMs = this.#jack.nowMs;
    this.#lines = 0;
  }

  async #type({ what, choice }: Step): Promise<void> {
    const jack = this.#jack;
    const user = users[choice % users.length]!;
    const word = user.split(" ")[0]!;
    const room = rooms[choice % rooms.length]!;
    const here = this.#place;
    const publicPlace = here.startsWith("#") ? here : "#lobby";
    switch (what) {
      case 0:
        return void jack.type(`${this.text(here)}\r`);
      case 1:
        return void jack.type(`/me ${this.text(here)}\r`);
      case 2: {
        const text = this.text(here);
        jack.type(text.slice(0, 7));
        await this.#happen(choice);
        return void jack.type(`${text.slice(7)}\r`);
      }
      case 3:
        return void jack.type(`/pm ${user} ${this.text(user === "two words" ? "two" : user)}\r`);
      case 4:
        return void jack.type(
          `/${["dm", "dmm", "w", "tel", "bmm"][choice % 5]} ${word} ${this.text(word)}\r`,
        );
      case 5:
        this.#place = word;
        return void jack.type(`/pm ${word}\r`);
      case 6:
        this.#place = word;
        return void jack.type(`/pm ${word}\r${this.text(word)}\r`);
      case 7:
        this.#place = room;
        return void jack.type(`/join ${room}\r`);
      case 8:
        if (choice % 2 === 0 || here === "#dev") this.#place = "#lobby";
        return void jack.type(choice % 2 === 0 ? "/leave\r" : "/leave #dev\r");
      case 9:
        return void jack.type(`/bm ${this.text(publicPlace)}\r`);
      case 10:
        return void jack.type(`PM\r${word}\r${this.text(word)}\r`);
      case 11:
        return void jack.type(`BM\r${this.text(publicPlace)}\r`);
      case 12:
        return void jack.type(` /quit ${this.text(here)}\r`);
      case 13:
        if (jack.view.input.holding) return;
        jack.type("\x1b[A");
        return void jack.type(/^(\/|[BP]M$)/.test(jack.draft) ? "\x03" : "\r");
      case 14: {
        const { list } = jack.session.conversations;
        const { number, title } = list[choice % list.length]!;
        jack.type(`\x1b${number}`);
        this.#place = title;
        return jack.draft === "" ? undefined : await this.look(choice);
      }
      case 15:
        if (jack.view.input.holding) return;
        jack.type(["y", "yes\r", "n", "\r"][choice % 4]!);
        return jack.draft === "" ? undefined : void jack.type("\x03");
      default:
        return void jack.type(`${this.text(here)}\r`);
    }
  }

  /** Something happens while a line is half typed. */
  async #happen(choice: number): Promise<void> {
    await happen(this.#jack, { what: 20 + choice % 8, choice, delayMs: 0 });
  }
}

/** What others do: the server answers or refuses, rooms end, people write, the connection goes and comes. */
async function happen(jack: SessionFixture, { what, choice }: Step): Promise<void> {
  const { client } = jack;
  const at = choice % Math.max(1, client.requests.length);
  if (what === 20) client.settle(at, refusals[choice % refusals.length]!);
  else if (what === 21) client.online = !client.online;
  else if (what === 22 && client.joined.delete("#dev")) {
    client.onEvent({ type: "left", room: "#dev" });
  } else if (what === 23) {
    client.joined.add("#dev");
    client.onEvent({ type: "joined", name: "#dev", topic: "" });
  } else if (what === 24) client.deliver("tom", "jack", "hello", `tom${jack.nowMs}`);
  else if (what === 25) {
    const title = ["#lobby", "#dev", "jill", "tom"][choice % 4]!;
    client.showDraft(title, choice % 3 === 0 ? "" : `from elsewhere {${title}:0}`);
  } else client.settle(at, null);
  await turns();
}

/** Every text that was stored somewhere else than where it was meant to be. */
function strayed(jack: SessionFixture): string[] {
  return jack.client.stored.flatMap(({ to, text }) =>
    [...text.matchAll(/\{([^:]+):\d+\}/g)].filter(([, meant]) => meant !== to)
      .map(([mark]) => `${mark} reached ${to}: ${text}`)
  );
}

/** Every text that other sessions would show somewhere else than where it was meant to be. */
function sharedElsewhere(jack: SessionFixture): string[] {
  return jack.client.noted.flatMap(({ title, written }) =>
    [...(written ?? "").matchAll(/\{([^:]+):\d+\}/g)].filter(([, meant]) => meant !== title)
      .map(() => `for ${title}: ${written}`)
  );
}

Deno.test("no text that was meant for one conversation ever reaches another", async () => {
  let stored = 0;
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using jack = await SessionFixture.begin();
      jack.client.slowHistory = true;
      const typist = new Typist(jack);
      for (const one of steps) {
        jack.nowMs += one.delayMs;
        jack.view.input.view("");
        if (one.what < 20) await typist.act(one);
        else await happen(jack, one);
      }
      await jack.settleAll();
      stored += jack.client.stored.length;
      shared += jack.client.noted.filter(({ written }) => written?.includes("{")).length;
      assertEquals(strayed(jack), []);
      assertEquals(sharedElsewhere(jack), []);
    }),
    { numRuns },
  );
  // Not because nothing was sent, or shared.
  assertEquals(stored > numRuns && shared > numRuns, true, `${stored}, ${shared}`);
});
