/**
 * The text of SCRAM messages (RFC 5802, section 7): attributes, the GS2 header, names and base64, read strictly.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";
import { scramMessageCharactersMax, scramValueCharactersMax } from "../wire/limits.ts";

/** The one type of channel binding that is used (RFC 5929, section 4). */
export const channelBindingType = "tls-server-end-point";

/** One `letter=value` of a message. */
export interface Attribute {
  /** One ASCII letter. */
  readonly letter: string;
  /** 1 to `scramValueCharactersMax` characters, as they were sent. */
  readonly value: string;
}

/** A message split into its attributes, taken from the first to the last. */
export class AttributeReader {
  readonly #attributes: readonly Attribute[];
  #next = 0;

  /**
   * Splits a message.
   *
   * @param text A message, or the part of one behind its GS2 header.
   * @throws {ChatError} `bad_message` where it is too long, is no text, or has an empty, unnamed or repeated attribute.
   */
  constructor(text: string) {
    checkText(text);
    this.#attributes = text.split(",").map(parseAttribute);
    const letters = new Set(this.#attributes.map((attribute) => attribute.letter));
    if (letters.size !== this.#attributes.length) throw malformed("an attribute comes twice");
    // `m=` marks an extension that must be understood; there is none that we do (section 5.1).
    if (letters.has("m")) throw malformed("it requires an extension that is not known here");
  }

  /**
   * Takes the next attribute, which must have this letter.
   *
   * @param letter One ASCII letter; case matters.
   * @return The attribute's value, 1 to `scramValueCharactersMax` characters.
   * @throws {ChatError} `bad_message` where another letter or the end comes.
   */
  take(letter: string): string {
    const attribute = this.#attributes[this.#next];
    if (attribute?.letter !== letter) throw malformed(`"${letter}=" is missing`);
    this.#next += 1;
    return attribute.value;
  }

  /**
   * Takes the last attribute, passing over optional extensions before it.
   *
   * @param letter The letter that the last attribute must have.
   * @return The attribute's value.
   * @throws {ChatError} `bad_message` where the last attribute has another letter, or was taken before.
   */
  takeLast(letter: string): string {
    this.#next = Math.max(this.#next, this.#attributes.length - 1);
    return this.take(letter);
  }
}

function parseAttribute(text: string): Attribute {
  if (!/^[A-Za-z]=/.test(text)) throw malformed("an attribute has no name");
  const value = text.slice(2);
  if (value === "") throw malformed("an attribute is empty");
  if (value.length > scramValueCharactersMax) throw malformed("an attribute is too long");
  return { letter: text.charAt(0), value };
}

function checkText(text: string): void {
  if (text.length > scramMessageCharactersMax) throw malformed("it is too long");
  // Lone surrogates would all be encoded as one and the same replacement character.
  if (text.includes("\0") || !text.isWellFormed()) throw malformed("it holds what is not text");
}

/** How a client's first message begins: what it says about channel binding, and for whom it wants to act. */
export interface Gs2Header {
  /** The header as it was sent, with the comma at its end. */
  readonly text: string;
  /** `bound`: `p=`; `not_offered`: `y`, the client could but thinks that the server cannot; `not_supported`: `n`. */
  readonly binding: "bound" | "not_offered" | "not_supported";
  /** The name to act for, or null. */
  readonly authorizationName: string | null;
  /** The rest of the message. */
  readonly bare: string;
}

/**
 * Reads the GS2 header of a client's first message.
 *
 * @param clientFirst The whole message.
 * @return The header and the rest.
 * @throws {ChatError} `bad_message`; also for a channel binding other than `tls-server-end-point`.
 */
export function parseGs2Header(clientFirst: string): Gs2Header {
  checkText(clientFirst);
  const match = /^([ny]|p=[A-Za-z0-9.-]+),(?:a=([^,]+))?,/.exec(clientFirst);
  if (match === null) throw malformed("its header is wrong");
  const [text, flag = "", name] = match;
  if (flag.startsWith("p=") && flag !== `p=${channelBindingType}`) {
    throw malformed(`the one channel binding known here is ${channelBindingType}`);
  }
  const binding = flag === "n" ? "not_supported" : flag === "y" ? "not_offered" : "bound";
  const authorizationName = name === undefined ? null : unescapeName(name);
  return { text, binding, authorizationName, bare: clientFirst.slice(text.length) };
}

/**
 * Writes a name so that it can stand in a message (`saslname` of RFC 5802, section 7).
 *
 * @param name Any name.
 * @return The name with `=3D` for `=` and `=2C` for `,`.
 */
export function escapeName(name: string): string {
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C");
}

/**
 * Reads a name from a message.
 *
 * @param text The name as {@linkcode escapeName} writes it.
 * @return The name, not folded or checked in any other way.
 * @throws {ChatError} `bad_message` where a `=` begins anything else than `=2C` or `=3D`, or the text is too long.
 */
export function unescapeName(text: string): string {
  if (text.length > scramValueCharactersMax) throw malformed("the name is too long");
  if (/=(?!2C|3D)/.test(text)) throw malformed("the name is not escaped");
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

/**
 * Reads base64 (RFC 4648, section 4) in its one canonical form: two texts never mean the same bytes.
 *
 * @param text The text, with padding.
 * @return The bytes.
 * @throws {ChatError} `bad_message`.
 */
export function parseBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw malformed("its base64 is wrong");
  }
  const bytes = Uint8Array.fromBase64(text);
  if (bytes.toBase64() !== text) throw malformed("its base64 is wrong");
  return bytes;
}

/**
 * Checks a nonce's characters: printable ASCII without the comma (RFC 5802, section 7).
 *
 * @param nonce The nonce.
 * @return The same nonce.
 * @throws {ChatError} `bad_message`.
 */
export function checkNonce(nonce: string): string {
  if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(nonce)) throw malformed("its nonce is wrong");
  return nonce;
}

/**
 * Makes a nonce.
 *
 * @return 24 random bytes in base64: 32 characters, none of them a comma.
 */
export function makeNonce(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toBase64();
}

/**
 * What a client's final message holds as `c=`, before base64: the GS2 header and the channel's data.
 *
 * @param header The GS2 header as it was sent.
 * @param channelBinding The channel's data, where the header says `p=`.
 * @return `cbind-input` of RFC 5802, section 7.
 */
export function channelBindingInput(
  header: string,
  channelBinding: Uint8Array | null,
): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(header);
  const input = new Uint8Array(head.length + (channelBinding?.length ?? 0));
  input.set(head);
  if (channelBinding !== null) input.set(channelBinding, head.length);
  return input;
}

/**
 * The error for a message that breaks the grammar.
 *
 * @param what What is wrong, as the end of a sentence; nothing of what the peer sent.
 * @return The error, to be thrown.
 */
export function malformed(what: string): ChatError {
  return new ChatError("bad_message", `This is not a sign-in message (SCRAM, RFC 5802): ${what}.`);
}
