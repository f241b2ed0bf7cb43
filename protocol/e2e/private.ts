/**
 * Private messages that only their two ends can read.
 *
 * An envelope is, in base64:
 *
 *     suite (2)  ciphertext of ML-KEM-768 (1,088, suite 2 only)  box for the recipient (112)  box for the sender (112)
 *     sealed body  tag (32)
 *
 * A message has a secret of its own, 64 random bytes: a key for AES-256-GCM, which seals the body, and one for
 * HMAC-SHA-256, which makes the tag over all the rest. Each box is the secret, sealed by HPKE (hpke.ts) from the sender to one
 * end: in auth mode in suite 1, in AuthPSK mode in suite 2 (hybrid_secrets.ts has the secrets that are shared besides), so that
 * who opens it has to know both. What is bound to a box: suite, both names, the message's id, the ciphertext, and the sealed
 * body, so that whoever knows the secret, the recipient for instance, cannot put another body under the sender's name into the
 * sender's own history. The tag covers both boxes: each end refuses an envelope in which the other end's box was altered.
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  concatenate,
  decodeCanonicalBase64,
  joinFields,
} from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import { type HpkeBinding, hpkeBytes, openAuth, sealAuth, type SharedSecret } from "./hpke.ts";
import { makeHybridSecrets, openHybridSecret } from "./hybrid_secrets.ts";
import { type Identity, importAgreementKey } from "./identity.ts";
import { encapsulationBytes } from "./ml_kem.ts";
import { sealedCharactersMax } from "../wire/limits.ts";

/** What a message is bound to: it cannot be opened as a message between others or under another id. */
export interface Address {
  /** The sender's folded name. */
  readonly from: string;
  /** The recipient's folded name. */
  readonly to: string;
  /** The message's id, which its sender made. */
  readonly id: string;
}

/** One end of a message, as it is opened. */
export type MessageEnd = "recipient" | "sender";

/** How envelopes of a suite are made. Successors get the next numbers. */
interface Suite {
  readonly number: Bytes;
  /** Of ML-KEM-768: one, or none. */
  readonly ciphertextBytes: number;
  /** `info` of HPKE for a context. */
  readonly info: (context: Bytes) => Bytes;
}

const encode = (text: string) => new TextEncoder().encode(text);
const classicSuite: Suite = {
  number: Uint8Array.of(0, 1),
  ciphertextBytes: 0,
  info: () => encode("chat private message v1"),
};
const hybridSuite: Suite = {
  number: Uint8Array.of(0, 2),
  ciphertextBytes: encapsulationBytes,
  // Into the key itself: it stays safe as long as one of both secrets is, also from who alters the ciphertext.
  info: (context) => joinFields("chat private message v2", context),
};

const keyBytes = 32;
const secretBytes = 2 * keyBytes;
const boxBytes = secretBytes + hpkeBytes;
const tagBytes = 32;
/** A key that seals one message needs no nonce that differs. */
const onlyNonce = new Uint8Array(12);

/**
 * Seals a message to its recipient and to its sender: in suite 2 where the recipient has a key of ML-KEM-768, else in suite 1.
 *
 * @param body What `encodeBody` of private_body.ts made.
 * @param address What it is bound to.
 * @param keys The sender's keys; the recipient's X25519 key, and its key of ML-KEM-768 or null.
 * @return The envelope: at most `sealedCharactersMax` characters.
 * @throws {ChatError} `bad_message`, `bad_proof` where nothing can be sealed to these keys.
 */
export async function sealPrivate(
  body: Bytes,
  address: Address,
  keys: {
    readonly sender: Identity;
    readonly recipient: { readonly agreement: Bytes; readonly encapsulation: Bytes | null };
  },
): Promise<string> {
  const { encapsulation } = keys.recipient;
  const hybrid = encapsulation === null
    ? null
    : await makeHybridSecrets(keys.sender, encapsulation);
  const suite = hybrid === null ? classicSuite : hybridSuite;
  const ciphertext = hybrid?.ciphertext ?? new Uint8Array();
  const secret = crypto.getRandomValues(new Uint8Array(secretBytes));
  const context = contextOf(suite, address, ciphertext);
  const sealed = await sealBody(secret, body, context);
  const binding = bindingOf(suite, context, sealed);
  const sender = keys.sender.agreement;
  const box = (recipient: CryptoKey, shared: SharedSecret | undefined) =>
    sealAuth(secret, { sender, recipient, shared }, binding);
  const envelope = concatenate(
    suite.number,
    ciphertext,
    await box(await importAgreementKey(keys.recipient.agreement), hybrid?.recipient),
    await box(sender.publicKey, hybrid?.sender),
    sealed,
  );
  const tag = await crypto.subtle.sign("HMAC", await tagKey(secret), joinFields(context, envelope));
  secret.fill(0);
  return concatenate(envelope, new Uint8Array(tag)).toBase64();
}

/**
 * Opens a message of either suite.
 *
 * @param envelope What {@linkcode sealPrivate} made.
 * @param address What it must be bound to.
 * @param keys Whose copy is opened, with that end's keys, and the sender's public X25519 key.
 * @return The body.
 * @throws {ChatError} `unsupported` for a suite that is not known; `bad_message` where it is no envelope; `cannot_open` where
 * anything of it, of the address or of the keys is another.
 */
export async function openPrivate(
  envelope: string,
  address: Address,
  keys: { readonly as: MessageEnd; readonly own: Identity; readonly sender: Bytes },
): Promise<Bytes> {
  const bytes = decodeCanonicalBase64(envelope, sealedCharactersMax);
  const { suite, ciphertext, boxes, sealed, signed, tag } = takeApart(bytes);
  const context = contextOf(suite, address, ciphertext);
  const shared = suite === hybridSuite
    ? await openHybridSecret(keys.own, keys.as, ciphertext)
    : undefined;
  const sender = await importAgreementKey(keys.sender);
  const ends = { recipient: keys.own.agreement, sender, shared };
  const secret = await openAuth(boxes[keys.as], ends, bindingOf(suite, context, sealed));
  if (secret.length !== secretBytes) throw notOpened();
  const covered = joinFields(context, signed);
  if (!await crypto.subtle.verify("HMAC", await tagKey(secret), tag, covered)) throw notOpened();
  return await openBody(secret, sealed, context);
}

function takeApart(bytes: Bytes) {
  const reader = new ByteReader(bytes);
  const suite = suiteOf(reader.take(2));
  const ciphertext = reader.take(suite.ciphertextBytes);
  const boxes = { recipient: reader.take(boxBytes), sender: reader.take(boxBytes) };
  const rest = reader.rest();
  if (rest.length < tagBytes) throw new ChatError("bad_message", "It is too short.");
  return {
    suite,
    ciphertext,
    boxes,
    sealed: rest.slice(0, -tagBytes),
    signed: bytes.slice(0, -tagBytes),
    tag: rest.slice(-tagBytes),
  };
}

function suiteOf(number: Bytes): Suite {
  const suite = [classicSuite, hybridSuite].find((one) => one.number.join() === number.join());
  if (suite !== undefined) return suite;
  const message = "It was sealed by a newer program than this one: install the newer one.";
  throw new ChatError("unsupported", message);
}

function contextOf(suite: Suite, { from, to, id }: Address, ciphertext: Bytes): Bytes {
  const ends = [suite.number, from, to, id];
  return suite === hybridSuite ? joinFields(...ends, ciphertext) : joinFields(...ends);
}

function bindingOf(suite: Suite, context: Bytes, sealed: Bytes): HpkeBinding {
  return { info: suite.info(context), aad: joinFields(context, sealed) };
}

async function sealBody(secret: Bytes, body: Bytes, context: Bytes): Promise<Bytes> {
  const key = await bodyKey(secret, "encrypt");
  const algorithm = { name: "AES-GCM", iv: onlyNonce, additionalData: context };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, key, body));
}

async function openBody(secret: Bytes, sealed: Bytes, context: Bytes): Promise<Bytes> {
  try {
    const key = await bodyKey(secret, "decrypt");
    const algorithm = { name: "AES-GCM", iv: onlyNonce, additionalData: context };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed));
  } catch (cause) {
    throw notOpened(cause);
  }
}

async function bodyKey(secret: Bytes, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const bytes = secret.slice(0, keyBytes);
  return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [usage]);
}

async function tagKey(secret: Bytes): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = secret.slice(keyBytes);
  return await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}

function notOpened(cause?: unknown): ChatError {
  return new ChatError("cannot_open", "It is damaged, or was sealed with another key.", { cause });
}
