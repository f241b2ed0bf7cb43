/**
 * What requests, replies and events hold alike, each with its cap.
 *
 * @module
 */
import * as v from "valibot";
import { postKinds } from "./post_kinds.ts";
import {
  listPageMax,
  maskBytesMax,
  roomEntriesMax,
  sealedCharactersMax,
  serverAddressCharactersMax,
  serverAddressesMax,
  topicBytesMax,
} from "./limits.ts";
import { postIdPattern } from "./post_id.ts";
import { roomSchemas } from "./room_rules.ts";

/** Names are only bounded here; protocol/names/names.ts says which exist. */
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
/**
 * A name that a client shows in a sentence: of characters that names have. Others could make it pass for what somebody has said.
 * Letters that this program does not know yet are among them.
 */
const shownName = v.pipe(name, v.regex(/^[#~]?[\p{L}\p{M}\p{N}\p{Cn}_.-]+$/u));
/** Of a post; 0 stands for none. */
const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds since 1970. */
const timeMs = v.pipe(v.number(), v.safeInteger());
/** See post_id.ts. */
const postId = v.pipe(v.string(), v.regex(postIdPattern));
/**
 * Bytes as base64.
 *
 * @param charactersMax How long that may be.
 */
const base64 = (charactersMax: number) =>
  v.pipe(v.string(), v.maxLength(charactersMax), v.base64());
/** What is sealed for its readers alone. */
const sealedBody = base64(sealedCharactersMax);
/** What is in a post, whatever its kind is. */
const body = v.pipe(v.string(), v.maxLength(sealedCharactersMax));

/** A post as it travels. */
const post = v.object({
  sequence,
  timeMs,
  from: shownName,
  /** A room, with its `#`, or the recipient's name. */
  to: shownName,
  id: postId,
  kind: v.picklist(postKinds),
  body,
  /** The post that it is about, by its sequence; only of kinds that are about one. */
  target: v.optional(sequence),
});
/** The names of people, as somebody asks for them. */
const names = v.pipe(v.array(name), v.maxLength(listPageMax));
/** Names that a client shows. */
const shownNames = v.pipe(v.array(shownName), v.maxLength(listPageMax));
/** What a room is about. */
const topic = v.pipe(v.string(), v.maxLength(topicBytesMax));
/** A room, as it is entered. */
const room = v.object({ name: shownName, topic });
/** No field at all. */
const nothing = v.object({});
/** Whom an entry of a room's list is about: one of both, an account or a mask of `nick!user@host`. */
const mask = v.optional(v.pipe(v.string(), v.maxBytes(maskBytesMax)));
/** Whom a client shows in an entry of a room's list. */
const shownSubject = { name: v.optional(shownName), mask };
/** Entries of a room's lists that came, and that went. */
const someEntries = v.pipe(
  v.array(v.object({ list: roomSchemas.list, ...shownSubject, listed: v.boolean() })),
  v.maxLength(roomEntriesMax),
);

/** How far a server of a cluster has followed the log that all of its servers write: the same number means the same everywhere. */
const place = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Where servers of a cluster are reached. Only bounded here: server_address.ts says what is an address. */
const servers = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(serverAddressCharactersMax))),
  v.maxLength(serverAddressesMax),
);

/** All of them, by the names that they have in messages. */
export const fieldSchemas = {
  name,
  shownName,
  sequence,
  timeMs,
  postId,
  base64,
  sealedBody,
  body,
  post,
  names,
  shownNames,
  topic,
  room,
  nothing,
  mask,
  shownSubject,
  someEntries,
  place,
  servers,
} as const;

/** A post that was read. */
export type Post = v.InferOutput<typeof post>;
