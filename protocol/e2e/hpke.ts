/**
 * The one suite of HPKE (RFC 9180) in use, in auth mode, also with a shared secret beside it: DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256, AES-256-GCM.
 *
 * @module
 */
import type { CipherSuite } from "@hpke/core";
import { type Bytes, concatenate } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";

/** Bytes of the encapsulated key, before the ciphertext. */
export const encapsulatedKeyBytes = 32;
/** How many bytes sealing adds: the encapsulated key and the tag. */
export const hpkeBytes: number = encapsulatedKeyBytes + 16;

let suite: Promise<CipherSuite> | undefined;

/** Loads the library when it is first needed: it takes a tenth of a client's start, and many send nothing private. */
function loadSuite(): Promise<CipherSuite> {
  return suite ??= import("./hpke_suite.ts").then(({ hpkeSuite }) => hpkeSuite);
}

/** What is bound to a sealed message and is not in it. */
export interface HpkeBinding {
  /** `info` of RFC 9180, section 5.1. */
  readonly info: Bytes;
  /** `aad` of RFC 9180, section 5.2. */
  readonly aad: Bytes;
}

/** A secret that both ends know besides: with it the mode is AuthPSK (RFC 9180, section 5.1.4). */
export interface SharedSecret {
  /** Which secret it is: `psk_id`. */
  readonly id: Bytes;
  /** 32 bytes that nobody else can guess: `psk`. */
  readonly key: Bytes;
}

/**
 * `SealAuth` of RFC 9180, section 6.1, or `SealAuthPSK`.
 *
 * @param content What is sealed.
 * @param keys The recipient's public key and the sender's pair; `shared` for AuthPSK; `ephemeral` is random, except for test
 * vectors.
 * @param binding See {@linkcode HpkeBinding}.
 * @return `hpkeBytes` more bytes than the content.
 * @throws {ChatError} `bad_proof` where nothing can be sealed to the recipient's key.
 */
export async function sealAuth(
  content: Bytes,
  keys: {
    readonly recipient: CryptoKey;
    readonly sender: CryptoKeyPair;
    readonly shared?: SharedSecret | undefined;
    readonly ephemeral?: CryptoKeyPair;
  },
  { info, aad }: HpkeBinding,
): Promise<Bytes> {
  try {
    const context = await (await loadSuite()).createSenderContext({
      recipientPublicKey: keys.recipient,
      senderKey: keys.sender,
      info,
      ...pskOf(keys),
      ...(keys.ephemeral === undefined ? {} : { ekm: keys.ephemeral }),
    });
    const sealed = await context.seal(content, aad);
    return concatenate(new Uint8Array(context.enc), new Uint8Array(sealed));
  } catch (cause) {
    throw new ChatError("bad_proof", "Nothing can be sealed to that key.", { cause });
  }
}

/**
 * `OpenAuth` of RFC 9180, section 6.1, or `OpenAuthPSK`.
 *
 * @param sealed What {@linkcode sealAuth} made.
 * @param keys The recipient's pair and the sender's public key; `shared` for AuthPSK.
 * @param binding See {@linkcode HpkeBinding}.
 * @throws {ChatError} `cannot_open` where anything of it is another.
 */
export async function openAuth(
  sealed: Bytes,
  keys: {
    readonly recipient: CryptoKeyPair;
    readonly sender: CryptoKey;
    readonly shared?: SharedSecret | undefined;
  },
  { info, aad }: HpkeBinding,
): Promise<Bytes> {
  try {
    const context = await (await loadSuite()).createRecipientContext({
      recipientKey: keys.recipient,
      senderPublicKey: keys.sender,
      enc: sealed.slice(0, encapsulatedKeyBytes),
      info,
      ...pskOf(keys),
    });
    return new Uint8Array(await context.open(sealed.slice(encapsulatedKeyBytes), aad));
  } catch (cause) {
    throw new ChatError("cannot_open", "It is damaged, or was sealed with another key.", { cause });
  }
}

function pskOf({ shared }: { readonly shared?: SharedSecret | undefined }) {
  return shared === undefined ? {} : { psk: { id: shared.id, key: shared.key } };
}
