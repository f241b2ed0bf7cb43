/**
 * What a private message holds once it is opened: its text, and its place in the chain of messages that one running
 * program sent to one person, so that the reader notices what a server left out, repeated or moved.
 *
 * @module
 */
import { ByteReader, type Bytes, concatenate, decodeText, uint32 } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import { chainIdBytes, textBytesMax } from "../wire/limits.ts";
import { numberText } from "../text/number_text.ts";

/** A place in a chain. */
export interface ChainPlace {
  /** The chain: `chainIdBytes` random bytes in hexadecimal, made anew by each start of a program for each recipient. */
  readonly chain: string;
  /** 1 for the first message of the chain, then one more each time. */
  readonly number: number;
}

/** An opened private message. */
export interface PrivateBody {
  /** Where it stands. */
  readonly place: ChainPlace;
  /** The last message that this machine had sent to this person in an earlier chain, if it knows; only where `place.number` is 1. */
  readonly after: ChainPlace | null;
  /** What it says: at most `textBytesMax` bytes. Not safe for a terminal. */
  readonly text: string;
}

/** Bodies are padded to one of these sizes in bytes, so that the size of a message tells little about it. */
export const bodySizes: readonly number[] = [256, 512, 1_024, 2_048, 4_096, 8_448];

const noPlace: ChainPlace = { chain: "00".repeat(chainIdBytes), number: 0 };

/**
 * Writes a body: place, earlier place or zeros, length of the text, text, zeros.
 *
 * @param body The body.
 * @return One of {@linkcode bodySizes}.
 * @throws {ChatError} `bad_text` where the text is too long.
 */
export function encodeBody({ place, after, text }: PrivateBody): Bytes {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > textBytesMax) {
    throw new ChatError(
      "bad_text",
      `A message can have at most ${numberText(textBytesMax)} bytes of UTF-8.`,
    );
  }
  const content = concatenate(
    encodePlace(place),
    encodePlace(after ?? noPlace),
    uint32(bytes.length),
    bytes,
  );
  const size = bodySizes.find((size) => size >= content.length)!;
  return concatenate(content, new Uint8Array(size - content.length));
}

/**
 * Reads a body.
 *
 * @param body What {@linkcode encodeBody} wrote.
 * @throws {ChatError} `bad_message` where it is none.
 */
export function decodeBody(body: Bytes): PrivateBody {
  if (!bodySizes.includes(body.length)) throw new ChatError("bad_message", "Its size is wrong.");
  const reader = new ByteReader(body);
  const place = decodePlace(reader);
  const after = decodePlace(reader);
  const length = reader.uint32();
  if (length > textBytesMax) throw new ChatError("bad_message", "Its text is too long.");
  const text = decodeText(reader.take(length));
  if (reader.rest().some((byte) => byte !== 0)) {
    throw new ChatError("bad_message", "There is more of it than there should be.");
  }
  if (place.number === 0) throw new ChatError("bad_message", "It has no place in a chain.");
  return { place, after: after.number === 0 ? null : after, text };
}

function encodePlace({ chain, number }: ChainPlace): Bytes {
  return concatenate(Uint8Array.fromHex(chain), uint32(number));
}

function decodePlace(reader: ByteReader): ChainPlace {
  return { chain: reader.take(chainIdBytes).toHex(), number: reader.uint32() };
}
