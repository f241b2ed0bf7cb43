/**
 * Private messages: sealing, opening, and what a sign-in spends on the account's keys.
 *
 * @module
 */
import { iterations, pagePostsMax } from "../protocol/wire/limits.ts";
import {
  createIdentity,
  deriveWrapKey,
  type Identity,
  openIdentity,
  type SealedIdentity,
} from "../protocol/e2e/identity.ts";
import { openPrivate, sealPrivate } from "../protocol/e2e/private.ts";
import { decodeBody, encodeBody } from "../protocol/e2e/private_body.ts";
import { saltedPassword } from "../protocol/scram/scram.ts";
import { type KnownPeer, openVault, sealVault } from "../protocol/e2e/vault.ts";
import { percentile, type Row, table } from "./rows.ts";

const salt = new Uint8Array(16).fill(7);
const password = "benchmark password";
const place = { chain: "00112233aabbccdd", number: 1 };
const address = { from: "jack", to: "jill", id: "a1" };

interface Account {
  readonly identity: Identity;
  readonly sealed: SealedIdentity;
}

async function makeAccount(name: string, salted: Uint8Array<ArrayBuffer>): Promise<Account> {
  const wrapKey = await deriveWrapKey(salted);
  const sealed = await createIdentity(name, wrapKey);
  return { sealed, identity: await openIdentity(name, sealed, wrapKey) };
}

/** How often something can be done in a second, one after the other. */
async function perSecond(times: number, action: () => Promise<unknown>): Promise<number> {
  for (let at = 0; at < times / 10; at++) await action();
  const beganMs = performance.now();
  for (let at = 0; at < times; at++) await action();
  return times / (performance.now() - beganMs) * 1_000;
}

/** How long something takes in half of all cases. */
async function medianMs(times: number, action: () => Promise<unknown>): Promise<number> {
  const durations: number[] = [];
  for (let at = 0; at < times; at++) {
    const beganMs = performance.now();
    await action();
    durations.push(performance.now() - beganMs);
  }
  return percentile(durations.sort((a, b) => a - b), 0.5);
}

/** How often something takes longer than something else, by the medians of both; in turns, so that both have the same machine. */
async function timesAsLong(
  times: number,
  action: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<number> {
  const durations: [number[], number[]] = [[], []];
  for (let at = 0; at < 2 * times; at++) {
    const beganMs = performance.now();
    await (at % 2 === 0 ? action : other)();
    durations[at % 2]!.push(performance.now() - beganMs);
  }
  const [one, two] = durations.map((list) => percentile(list.sort((a, b) => a - b), 0.5));
  return one! / two!;
}

const suites = [1, 2] as const;

/** Sealing and opening in a suite. */
async function makeActions(jack: Identity, jill: Identity, suite: 1 | 2, bytes: number) {
  const encapsulation = suite === 1 ? null : jill.decapsulation.encapsulationKey;
  const recipient = { agreement: jill.publicKeys.agreement, encapsulation };
  const said = { kind: "text", text: "x".repeat(bytes), about: null } as const;
  const body = { place, after: null, ...said };
  const seal = () => sealPrivate(encodeBody(body), address, { sender: jack, recipient });
  const envelope = await seal();
  const { agreement: sender } = jack.publicKeys;
  const opened = (keys: Parameters<typeof openPrivate>[2]) => async () =>
    decodeBody(await openPrivate(envelope, address, keys));
  return {
    envelope,
    seal,
    open: opened({ as: "recipient", own: jill, sender }),
    openOwn: opened({ as: "sender", own: jack, sender }),
  };
}

async function benchMessages(jack: Identity, jill: Identity, bytes: number): Promise<Row[]> {
  const rows: Row[] = [];
  const [first, second] = [
    await makeActions(jack, jill, 1, bytes),
    await makeActions(jack, jill, 2, bytes),
  ];
  for (const suite of suites) {
    const { seal, open, envelope } = suite === 1 ? first : second;
    const page = Array.from({ length: pagePostsMax });
    const what = `private message of ${bytes} bytes, suite ${suite}`;
    rows.push(
      { name: `${what}: seal to both ends`, value: await perSecond(300, seal), unit: "messages/s" },
      { name: `${what}: open`, value: await perSecond(300, open), unit: "messages/s" },
      {
        name: `${what}: open, a page of ${pagePostsMax} at once`,
        value: pagePostsMax * await perSecond(5, () => Promise.all(page.map(open))),
        unit: "messages/s",
      },
      { name: `${what}: envelope`, value: envelope.length, unit: "characters" },
    );
  }
  for (const action of ["seal", "open", "openOwn"] as const) {
    rows.push({
      name: `private message of ${bytes} bytes, suite 2 against suite 1: ${action}`,
      value: await timesAsLong(300, second[action], first[action]),
      unit: "times as long",
    });
  }
  return rows;
}

async function benchSignIn(
  { identity, sealed }: Account,
  salted: Uint8Array<ArrayBuffer>,
): Promise<Row[]> {
  const peer: KnownPeer = {
    keys: { ...identity.publicKeys, encapsulationDigest: new Uint8Array(32) },
    earlier: [],
    verified: true,
    plain: false,
    contacted: true,
  };
  const peers = Array.from({ length: 100 }, (_, at) => [`peer${at}`, peer] as const);
  const vault = await sealVault(new Map(peers), 1, identity);
  const derive = () => saltedPassword(password, salt, iterations);
  const restore = async () => {
    const opened = await openIdentity(identity.nameKey, sealed, await deriveWrapKey(salted));
    await openVault(vault, 1, opened);
  };
  return [
    {
      name: "sign-in: PBKDF2, shared by SCRAM and the wrap key",
      value: await medianMs(9, derive),
      unit: "ms",
    },
    {
      name: "sign-in: restoring the identity and a vault of 100 peers",
      value: await medianMs(101, restore),
      unit: "ms",
    },
    {
      name: "registration: making the identity",
      value: await medianMs(51, async () => {
        await createIdentity(identity.nameKey, await deriveWrapKey(salted));
      }),
      unit: "ms",
    },
  ];
}

/** Measures everything about keys and sealed messages, on one core, without a server. */
export async function benchPrivate(): Promise<Row[]> {
  const salted = await saltedPassword(password, salt, iterations);
  const jack = await makeAccount("jack", salted);
  const jill = await makeAccount("jill", salted);
  return [
    ...await benchMessages(jack.identity, jill.identity, 100),
    ...await benchMessages(jack.identity, jill.identity, 8_000),
    ...await benchSignIn(jack, salted),
  ];
}

if (import.meta.main) {
  Deno.stdout.writeSync(new TextEncoder().encode(table(await benchPrivate()) + "\n"));
}
