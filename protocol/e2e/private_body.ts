/**
 * What a private message holds once it is opened: what it says (protocol/content.ts), and its place in the chain of messages that one
 * running program sent to one person, so that the reader notices what a server left out, repeated or moved.
 *
 * @module
 */
import { ByteReader, type Bytes, concatenate, decodeText, uint32, uint64 } from "./byte_fields.ts";
import { checkAnnotation, type Content, isAnnotation, type TargetPost } from "../content.ts";
import { ChatError } from "../wire/errors.ts";
import { chainIdBytes, textBytesMax } from "../wire/limits.ts";
import type { ContentKind } from "../wire/post_kinds.ts";
import { postIdPattern } from "../wire/post_id.ts";
import { numberText } from "../text/number_text.ts";

/** A place in a chain. */
export interface ChainPlace {
  /** The chain: `chainIdBytes` random bytes in hexadecimal, made anew by each start of a program for each recipient. */
  readonly chain: string;
  /** 1 for the first message of the chain, then one more each time. */
  readonly number: number;
}

/** An opened private message. */
export interface PrivateBody extends Content {
  /** Where it stands. */
  readonly place: ChainPlace;
  /** The last message that this machine had sent to this person in an earlier chain, if it knows; only where `place.number` is 1. */
  readonly after: ChainPlace | null;
  /** At most `textBytesMax` bytes. Not safe for a terminal. */
  readonly text: string;
}

/** How the kinds are written. A text is 0, as the padding is, or nothing: so it looks as it did before there were others. */
const kindNumbers: Readonly<Record<ContentKind, number>> = {
  text: 0,
  action: 1,
  notice: 2,
  reply: 3,
  edit: 4,
  reaction: 5,
  retraction: 6,
  file: 7,
};

/** Bodies are padded to one of these sizes in bytes, so that the size of a message tells little about it. */
export const bodySizes: readonly number[] = [256, 512, 1_024, 2_048, 4_096, 8_448];

const noPlace: ChainPlace = { chain: "00".repeat(chainIdBytes), number: 0 };

/**
 * Writes a body: place, earlier place or zeros, length of the text, text, kind, target if it is about an earlier post, zeros.
 *
 * @param body The body.
 * @return One of {@linkcode bodySizes}.
 * @throws {ChatError} `bad_text` where the text is too long.
 */
export function encodeBody({ place, after, kind, text, about }: PrivateBody): Bytes {
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
    kind === "text" ? new Uint8Array() : Uint8Array.of(kindNumbers[kind]),
    about === null ? new Uint8Array() : encodeTarget(about),
  );
  const size = bodySizes.find((size) => size >= content.length)!;
  return concatenate(content, new Uint8Array(size - content.length));
}

/**
 * Reads a body.
 *
 * @param body What {@linkcode encodeBody} wrote.
 * @throws {ChatError} `bad_message` where it is none; `unsupported` where it is of a kind that this program does not know.
 */
export function decodeBody(body: Bytes): PrivateBody {
  if (!bodySizes.includes(body.length)) throw new ChatError("bad_message", "Its size is wrong.");
  const reader = new ByteReader(body);
  const place = decodePlace(reader);
  const after = decodePlace(reader);
  const length = reader.uint32();
  if (length > textBytesMax) throw new ChatError("bad_message", "Its text is too long.");
  const text = decodeText(reader.take(length));
  const said = new ByteReader(reader.rest());
  const kind = said.isAtEnd ? "text" : kindOf(said.take(1)[0]!);
  const about = isAnnotation(kind) ? decodeTarget(said) : null;
  if (said.rest().some((byte) => byte !== 0)) {
    throw new ChatError("bad_message", "There is more of it than there should be.");
  }
  if (place.number === 0) throw new ChatError("bad_message", "It has no place in a chain.");
  // Whoever has sealed it may have checked nothing.
  if (kind === "reaction" || kind === "retraction") checkAnnotation(kind, text);
  return { place, after: after.number === 0 ? null : after, kind, text, about };
}

function kindOf(number: number): ContentKind {
  for (const kind in kindNumbers) {
    if (kindNumbers[kind as ContentKind] === number) return kind as ContentKind;
  }
  const message = "It says something that this program does not know: install the newer one.";
  throw new ChatError("unsupported", message);
}

function encodeTarget({ sequence, id }: TargetPost): Bytes {
  return concatenate(uint64(sequence), Uint8Array.of(id.length), new TextEncoder().encode(id));
}

function decodeTarget(reader: ByteReader): TargetPost {
  const sequence = reader.uint64();
  const id = decodeText(reader.take(reader.take(1)[0]!));
  if (postIdPattern.test(id)) return { sequence, id };
  throw new ChatError("bad_message", "What it is about has no id.");
}

function encodePlace({ chain, number }: ChainPlace): Bytes {
  return concatenate(Uint8Array.fromHex(chain), uint32(number));
}

function decodePlace(reader: ByteReader): ChainPlace {
  return { chain: reader.take(chainIdBytes).toHex(), number: reader.uint32() };
}
