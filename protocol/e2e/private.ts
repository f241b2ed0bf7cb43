/**
 * Private messages that only their two ends can read.
 *
 * An envelope of suite 1 is, in base64:
 *
 *     suite (2)  box for the recipient (112)  box for the sender (112)  sealed body  tag (32)
 *
 * A message has a secret of its own, 64 random bytes: a key for AES-256-GCM, which seals the body, and one for
 * HMAC-SHA-256, which makes the tag over all the rest. Each box is the secret, sealed by HPKE in auth mode (hpke.ts) from the
 * sender to one end. What is bound to a box: suite, both names, the message's id, and the sealed body, so that whoever
 * knows the secret, the recipient for instance, cannot put another body under the sender's name into the sender's own
 * history. The tag covers both boxes: each end refuses an envelope in which the other end's box was altered.
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
import { type HpkeBinding, hpkeBytes, openAuth, sealAuth } from "./hpke.ts";
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

/** The suite of this file. Successors get the next numbers. */
const suite = Uint8Array.of(0, 1);
const keyBytes = 32;
const secretBytes = 2 * keyBytes;
const boxBytes = secretBytes + hpkeBytes;
const tagBytes = 32;
const info = new TextEncoder().encode("chat private message v1");
/** A key that seals one message needs no nonce that differs. */
const onlyNonce = new Uint8Array(12);

/**
 * Seals a message to its recipient and to its sender.
 *
 * @param body What `encodeBody` of private_body.ts made.
 * @param address What it is bound to.
 * @param keys The sender's pair and the recipient's public key, both X25519.
 * @return The envelope: at most `sealedCharactersMax` characters.
 */
export async function sealPrivate(
  body: Bytes,
  address: Address,
  keys: { readonly sender: CryptoKeyPair; readonly recipient: CryptoKey },
): Promise<string> {
  const secret = crypto.getRandomValues(new Uint8Array(secretBytes));
  const context = contextOf(address);
  const sealed = await sealBody(secret, body, context);
  const binding = bindingOf(context, sealed);
  const { sender } = keys;
  const envelope = concatenate(
    suite,
    await sealAuth(secret, { sender, recipient: keys.recipient }, binding),
    await sealAuth(secret, { sender, recipient: sender.publicKey }, binding),
    sealed,
  );
  const tag = await crypto.subtle.sign("HMAC", await tagKey(secret), joinFields(context, envelope));
  secret.fill(0);
  return concatenate(envelope, new Uint8Array(tag)).toBase64();
}

/**
 * Opens a message.
 *
 * @param envelope What {@linkcode sealPrivate} made.
 * @param address What it must be bound to.
 * @param keys Whose copy is opened, with that end's pair, and the sender's public key.
 * @return The body.
 * @throws {ChatError} `unsupported` for a suite that is not known; `bad_message` where it is no envelope; `cannot_open` where
 * anything of it, of the address or of the keys is another.
 */
export async function openPrivate(
  envelope: string,
  address: Address,
  keys: {
    readonly as: "recipient" | "sender";
    readonly own: CryptoKeyPair;
    readonly sender: CryptoKey;
  },
): Promise<Bytes> {
  const bytes = decodeCanonicalBase64(envelope, sealedCharactersMax);
  const { boxes, sealed, signed, tag } = takeApart(bytes);
  const context = contextOf(address);
  const ends = { recipient: keys.own, sender: keys.sender };
  const secret = await openAuth(boxes[keys.as], ends, bindingOf(context, sealed));
  if (secret.length !== secretBytes) throw notOpened();
  const covered = joinFields(context, signed);
  if (!await crypto.subtle.verify("HMAC", await tagKey(secret), tag, covered)) throw notOpened();
  return await openBody(secret, sealed, context);
}

function takeApart(bytes: Bytes) {
  const reader = new ByteReader(bytes);
  const found = reader.take(suite.length);
  if (found.some((byte, index) => byte !== suite[index])) {
    const message = "It was sealed by a newer program than this one: install the newer one.";
    throw new ChatError("unsupported", message);
  }
  const boxes = { recipient: reader.take(boxBytes), sender: reader.take(boxBytes) };
  const rest = reader.rest();
  if (rest.length < tagBytes) throw new ChatError("bad_message", "It is too short.");
  return {
    boxes,
    sealed: rest.slice(0, -tagBytes),
    signed: bytes.slice(0, -tagBytes),
    tag: rest.slice(-tagBytes),
  };
}

function contextOf({ from, to, id }: Address): Bytes {
  return joinFields(suite, from, to, id);
}

function bindingOf(context: Bytes, sealed: Bytes): HpkeBinding {
  return { info, aad: joinFields(context, sealed) };
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
