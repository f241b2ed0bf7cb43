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

async function benchMessages(jack: Identity, jill: Identity, bytes: number): Promise<Row[]> {
  const text = "x".repeat(bytes);
  const keys = { sender: jack.agreement, recipient: jill.agreement.publicKey };
  const seal = () => sealPrivate(encodeBody({ place, after: null, text }), address, keys);
  const envelope = await seal();
  const ends = {
    as: "recipient",
    own: jill.agreement,
    sender: jack.agreement.publicKey,
  } as const;
  const open = async () => decodeBody(await openPrivate(envelope, address, ends));
  const page = Array.from({ length: pagePostsMax });
  const what = `private message of ${bytes} bytes`;
  return [
    { name: `${what}: seal to both ends`, value: await perSecond(300, seal), unit: "messages/s" },
    { name: `${what}: open`, value: await perSecond(300, open), unit: "messages/s" },
    {
      name: `${what}: open, a page of ${pagePostsMax} at once`,
      value: pagePostsMax * await perSecond(5, () => Promise.all(page.map(open))),
      unit: "messages/s",
    },
    { name: `${what}: envelope`, value: envelope.length, unit: "characters" },
  ];
}

async function benchSignIn(
  { identity, sealed }: Account,
  salted: Uint8Array<ArrayBuffer>,
): Promise<Row[]> {
  const peer: KnownPeer = {
    keys: identity.publicKeys,
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
