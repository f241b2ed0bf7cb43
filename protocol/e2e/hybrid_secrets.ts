/**
 * The secrets that make private messages hybrid: what HPKE agrees on by X25519 counts only together with one of these, which a
 * quantum computer does not find either.
 *
 * The recipient gets its one by ML-KEM-768. The sender's own copy needs nothing of the kind: who opens it has the same master
 * key as who sealed it, and from that the secret is derived.
 *
 * @module
 */
import type { Bytes } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import type { SharedSecret } from "./hpke.ts";
import type { Identity } from "./identity.ts";
import { mlKem } from "./ml_kem_here.ts";
import { deriveBytes } from "./sealed_box.ts";

/** The secrets of a message, and what tells the recipient its one. */
export interface HybridSecrets {
  /** `encapsulationBytes` bytes. */
  readonly ciphertext: Bytes;
  /** What only the recipient finds, by the ciphertext. */
  readonly recipient: SharedSecret;
  /** What only the sender's own programs know. */
  readonly sender: SharedSecret;
}

const encode = (text: string) => new TextEncoder().encode(text);
const recipientId = encode("chat ML-KEM-768 secret v1");
const ownCopyLabel = "chat own copy v1";
const secretBytes = 32;

/**
 * Makes the secrets of a new message.
 *
 * @param sender Who seals it.
 * @param encapsulationKey The recipient's key of ML-KEM-768.
 * @throws {ChatError} `bad_proof` where that is none.
 */
export async function makeHybridSecrets(
  sender: Identity,
  encapsulationKey: Bytes,
): Promise<HybridSecrets> {
  try {
    const { ciphertext, secret } = await (await mlKem()).encapsulate(encapsulationKey);
    const recipient = { id: recipientId, key: secret };
    return { ciphertext, recipient, sender: await ownCopySecret(sender) };
  } catch (cause) {
    throw new ChatError("bad_proof", "Nothing can be sealed to that key.", { cause });
  }
}

/**
 * The secret of one end of a message. For another message, or another account, it is another one, which opens nothing.
 *
 * @param own Whose it is.
 * @param end Which end that is.
 * @param ciphertext Of the message.
 */
export async function openHybridSecret(
  own: Identity,
  end: "recipient" | "sender",
  ciphertext: Bytes,
): Promise<SharedSecret> {
  if (end === "sender") return await ownCopySecret(own);
  return { id: recipientId, key: await own.decapsulation.decapsulate(ciphertext) };
}

async function ownCopySecret({ masterKey }: Identity): Promise<SharedSecret> {
  const key = await deriveBytes(masterKey, ownCopyLabel, secretBytes);
  return { id: encode(ownCopyLabel), key };
}
