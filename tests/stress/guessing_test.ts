import { assertEquals, assertLessOrEqual } from "@std/assert";
import type { Link } from "../../client/core/link/link.ts";
import { Link as ClientLink } from "../../client/core/link/link.ts";
import { signIn } from "../../client/core/link/sign_in.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { ScramClient } from "../../protocol/scram/scram.ts";
import { Accounts } from "../../server/accounts/accounts.ts";
import { SignInGuard } from "../../server/accounts/sign_in_guard.ts";
import { openStorage } from "../../server/storage/sqlite/sqlite_storage.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccounts } from "../fixtures/accounts.ts";
import { binding, NativeFixture } from "../server/wires/native/native_fixture.ts";
import { credentialsOf, namesOf } from "./real/native.ts";
import { amount, isLong, note } from "./settings.ts";
import { createAccount } from "../fixtures/changes.ts";

const signIns = amount("STRESS_SIGN_INS", 200, 2_000);
const minutes = 10;

function linkFrom(fixture: NativeFixture, address: string): Link {
  const [, pipe] = fixture.pipe(address);
  return new ClientLink(pipe, { onEvent: () => {}, onClosed: () => {} });
}

/** The first words of a sign-in: from here on the try counts. */
function begin(link: Link, name: string): Promise<{ data: string }> {
  const keysFor = () => credentialsOf(name).keysFor(new Uint8Array(16), 600_000);
  return link.request("sign_in", {
    data: new ScramClient({ userName: name, keysFor, binding }).first,
  });
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "in";
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
}

for (const addresses of [1, 100]) {
  const from = addresses === 1 ? "one address" : `${addresses} addresses`;
  Deno.test(`who guesses from ${from} gets 5 tries and 3 a minute there, and the owner gets in`, async () => {
    const clock = { nowMs: 0 };
    const guard = new SignInGuard({
      secret: new Uint8Array(32).fill(1),
      nowMs: () => clock.nowMs,
    });
    await using fixture = await NativeFixture.start({ accountNames: ["jack"], guard });
    const attackers = Array.from(
      { length: addresses },
      (_, index) => linkFrom(fixture, `198.51.100.${index + 1}`),
    );
    const deviceToken = await guard.issueDeviceToken("jack");
    const owner = async (address: string, device?: string) => {
      const link = linkFrom(fixture, address);
      const code = await codeOf(signIn(link, credentialsOf("jack"), binding, device));
      link.close();
      return code;
    };
    const tries = attackers.map(() => 0);
    for (let second = 0; second <= minutes * 60; second += 20) {
      clock.nowMs = second * 1_000;
      for (let again = 0; again < 2; again++) {
        await Promise.all(attackers.map(async (link, index) => {
          if (await codeOf(begin(link, "jack")) === "in") tries[index]!++;
        }));
      }
      if (second % 60 !== 0) continue;
      assertEquals(await owner("203.0.113.7"), "in", "from an address of one's own");
      assertEquals(await owner("198.51.100.1", deviceToken), "in", "from the attacker's address");
    }
    for (const count of tries) assertLessOrEqual(count, 5 + 3 * minutes);
    for (const link of attackers) link.close();
    note(`guessing from ${from}: ${Math.max(...tries)} tries in ${minutes} minutes from each`);
  });
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/**
 * For the short form: other processes of a busy machine move the medians of a hundred by more than 5%. They do not make one
 * kind the faster in most of its pairs: a coin is this far from one half once in a million tests.
 */
function assertByChance(count: number, pairs: number): void {
  const from = Math.abs(count - pairs / 2);
  assertLessOrEqual(
    from,
    5 * Math.sqrt(pairs) / 2,
    `the known were faster in ${count} of ${pairs}`,
  );
}

Deno.test("where registration is closed a name with an account takes as long as one without", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const names = namesOf(signIns / 2);
    await addAccounts(storage, names.slice(0, 20));
    for (const name of names.slice(20)) {
      const { nameKey, skeleton } = { nameKey: name, skeleton: `${name}.` };
      const account = (await storage.findAccount("load0"))!;
      await createAccount(storage, { ...account, name, nameKey, skeleton });
    }
    // Each try is an hour after the one before it: none is refused, none is slowed down more than the first.
    let hours = 0;
    const guard = new SignInGuard({
      secret: new Uint8Array(32).fill(1),
      nowMs: () => hours++ * 3_600_000,
    });
    const accounts = await Accounts.open(storage, { registration: "closed" });
    await using fixture = await NativeFixture.start({ accounts, guard, registration: "closed" });
    let link = linkFrom(fixture, "192.0.2.1");
    const timesMs = { known: [] as number[], unknown: [] as number[] };
    for (const [index, name] of names.entries()) {
      // A connection may take its time to sign in, but not a minute, and a busy machine takes longer for all of them.
      if (index % 100 === 99) {
        link.close();
        link = linkFrom(fixture, "192.0.2.1");
      }
      const pair = [["known", name], ["unknown", `none${index}`]] as const;
      for (const [kind, typed] of index % 2 === 0 ? pair : pair.toReversed()) {
        const beganMs = performance.now();
        await begin(link, typed);
        timesMs[kind].push(performance.now() - beganMs);
      }
    }
    const [known, unknown] = [median(timesMs.known), median(timesMs.unknown)];
    note(
      `sign-ins: ${names.length} known, median ${known.toFixed(3)} ms; ${names.length} unknown, ${
        unknown.toFixed(3)
      } ms`,
    );
    if (isLong) {
      assertLessOrEqual(Math.abs(known / unknown - 1), 0.05);
    } else {
      const knownFirst = timesMs.known.filter((ms, pair) => ms < timesMs.unknown[pair]!).length;
      assertByChance(knownFirst, names.length);
    }
    link.close();
    await storage.close();
  });
});
