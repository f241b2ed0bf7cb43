/**
 * A SCRAM exchange for tests, with someone in the middle who may alter every message.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { decodeBase64 } from "@std/encoding/base64";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import {
  deriveKeys,
  ScramClient,
  type ScramClientOptions,
  type ScramServerOptions,
  startScram,
} from "../../../protocol/scram/scram.ts";

/** The exchange of RFC 7677, section 3. */
export const vector = {
  clientNonce: "rOprNGfwEbeRWgbNEkqO",
  serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  salt: decodeBase64("W22ZaJ0SNY7soEsUEjb6gQ=="),
  clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
  serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};
export const keys = await deriveKeys("pencil", vector.salt, 4096);
export const certificateHash = new Uint8Array(32).fill(7);

export function makeClient(changes: Partial<ScramClientOptions> = {}): ScramClient {
  return new ScramClient({
    userName: "user",
    keysFor: () => Promise.resolve(keys),
    binding: "not_supported",
    nonce: vector.clientNonce,
    iterationsMin: 4096,
    ...changes,
  });
}

export function startServer(clientFirst: string, changes: Partial<ScramServerOptions> = {}) {
  return startScram(clientFirst, { bindings: "none", nonce: vector.serverNonce, ...changes });
}

export const plus = { bindings: "required", channelBinding: certificateHash } as const;

export interface Tampering {
  readonly clientFirst?: (text: string) => string;
  readonly serverFirst?: (text: string) => string;
  readonly clientFinal?: (text: string) => string;
  readonly serverFinal?: (text: string) => string;
}

const untouched = (text: string) => text;

/** Runs a whole exchange with someone in the middle; resolves only where both ends are content. */
export async function exchange(
  tampering: Tampering = {},
  client: ScramClient = makeClient({ binding: certificateHash }),
  options: Partial<ScramServerOptions> = plus,
): Promise<void> {
  const server = startServer((tampering.clientFirst ?? untouched)(client.first), options);
  const serverFirst = server.serverFirst(vector.salt, 4096);
  const clientFinal = await client.respond((tampering.serverFirst ?? untouched)(serverFirst));
  const outcome = await server.finish((tampering.clientFinal ?? untouched)(clientFinal), keys);
  client.verify((tampering.serverFinal ?? untouched)(outcome.serverFinal));
  assert(outcome.ok);
}

export async function assertFails(promise: Promise<unknown>, code?: ErrorCode): Promise<void> {
  const error = await assertRejects(() => promise, ChatError);
  if (code !== undefined) assertEquals(error.code, code);
}

export function assertRefused(run: () => unknown, code: ErrorCode): void {
  assertEquals(assertThrows(run, ChatError).code, code);
}
