/**
 * RSA keys for tests of the classic wire. Making one takes a moment, so each is made once.
 *
 * @module
 */
import { rsa, writePublicKey } from "../../../../server/wires/classic/envelope.ts";
import type { ServerKey } from "../../../../server/wires/classic/server_key.ts";

const made = new Map<string, Promise<ServerKey>>();

/** Both halves of somebody's key. */
export function keyPair(owner: string): Promise<ServerKey> {
  let pair = made.get(owner);
  if (pair === undefined) made.set(owner, pair = makePair());
  return pair;
}

async function makePair(): Promise<ServerKey> {
  const algorithm = { ...rsa, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  return { publicKey: await writePublicKey(pair.publicKey), privateKey: pair.privateKey };
}
