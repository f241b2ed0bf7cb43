/**
 * Commands as bytes, for a log that leaves this process: JSON, with bytes in base64. What is read back is checked field by field.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { fileIdPattern } from "../../protocol/wire/file_id.ts";
import { annotationKinds, plainKinds } from "../../protocol/wire/post_kinds.ts";
import { roomSchemas } from "../../protocol/wire/room_rules.ts";
import {
  type Asker,
  type Command,
  type CommandOf,
  type CommandType,
  isKnownCommand,
  unknownCommand,
} from "./commands.ts";
import { roomChangeSchema } from "./law_text.ts";
import { plainPostOf } from "./post_text.ts";
import { StorageError } from "./storage_error.ts";

const integer = v.pipe(v.number(), v.safeInteger());
const count = v.pipe(integer, v.minValue(0));
const bytes = v.pipe(v.string(), v.base64(), v.transform(decodeBase64));
const version = v.literal(1);
const names = { name: v.string(), nameKey: v.string(), skeleton: v.string() };
const passwordKeys = { salt: bytes, iterations: count, storedKey: bytes, serverKey: bytes };
const identity = v.object({ record: bytes, sealedKeys: bytes, wrappedKey: bytes });
const asker: v.GenericSchema<unknown, Asker> = v.object({
  name: v.string(),
  nameKey: v.string(),
  account: v.boolean(),
  origin: v.nullable(v.object({ username: v.string(), host: v.string() })),
  rulesServer: v.boolean(),
  inside: v.boolean(),
  roles: v.array(roomSchemas.role),
});
const topic = {
  type: v.literal("topic"),
  roomId: count,
  topic: v.string(),
  setting: v.object({ by: v.string(), timeMs: integer }),
};

const fileId = v.pipe(v.string(), v.regex(fileIdPattern));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const destination = v.union([
  v.object({ roomId: count }),
  v.object({ between: v.tuple([v.string(), v.string()]) }),
]);
const post = {
  destination,
  from: v.string(),
  to: v.string(),
  id: v.pipe(v.string(), v.minLength(1)),
  timeMs: integer,
  body: v.string(),
};

/** For each type of command: what it is made of. */
const schemas: { readonly [T in CommandType]: v.GenericSchema<unknown, CommandOf<T>> } = {
  post: v.variant("version", [
    v.object({
      type: v.literal("post"),
      version,
      ...post,
      kind: v.picklist([...plainKinds, "sealed"]),
    }),
    v.object({
      type: v.literal("post"),
      version: v.literal(2),
      ...post,
      kind: v.literal("file"),
    }),
  ]),
  annotation: v.object({
    type: v.literal("annotation"),
    version,
    ...post,
    kind: v.picklist([...annotationKinds, "sealed"]),
    target: count,
    asModerator: v.boolean(),
  }),
  account: v.object({
    type: v.literal("account"),
    version,
    account: v.object({ ...names, ...passwordKeys, createdMs: integer }),
    identity: v.nullable(identity),
  }),
  identity: v.object({ type: v.literal("identity"), version, nameKey: v.string(), identity }),
  supplement: v.object({
    type: v.literal("supplement"),
    version,
    nameKey: v.string(),
    record: bytes,
    supplement: bytes,
  }),
  password: v.object({
    type: v.literal("password"),
    version,
    nameKey: v.string(),
    storedKey: bytes,
    change: v.object({ ...passwordKeys, wrappedKey: bytes }),
    keepSessions: v.boolean(),
  }),
  pages: v.object({
    type: v.literal("pages"),
    version,
    nameKey: v.string(),
    refuses: v.boolean(),
  }),
  vault: v.object({
    type: v.literal("vault"),
    version,
    nameKey: v.string(),
    vault: v.object({ version: v.pipe(integer, v.minValue(1)), sealed: bytes }),
  }),
  room: v.object({
    type: v.literal("room"),
    version,
    ...names,
    madeBy: v.nullable(v.object({ nameKey: v.string(), name: v.string() })),
  }),
  topic: v.variant("version", [
    v.object({ ...topic, version }),
    v.object({ ...topic, version: v.literal(2), asker }),
  ]),
  enter: v.object({
    type: v.literal("enter"),
    version,
    roomId: count,
    asker,
    roomKey: v.nullable(v.string()),
    opened: v.picklist(["nothing", "rules", "bans"]),
    people: count,
    entries: count,
  }),
  remove: v.object({
    type: v.literal("remove"),
    version,
    roomId: count,
    asker,
    nameKey: v.string(),
    name: v.string(),
    reason: v.nullable(v.string()),
  }),
  rule: v.object({
    type: v.literal("rule"),
    version,
    roomId: count,
    asker,
    changes: v.array(roomChangeSchema),
  }),
  claim: v.object({
    type: v.literal("claim"),
    version,
    roomId: count,
    nameKey: v.string(),
    name: v.string(),
  }),
  membership: v.object({
    type: v.literal("membership"),
    version,
    roomId: count,
    nameKey: v.string(),
    belongs: v.boolean(),
    removal: v.nullable(v.object({ by: v.string(), reason: v.nullable(v.string()) })),
  }),
  law: v.object({
    type: v.literal("law"),
    version,
    roomId: count,
    changes: v.array(roomChangeSchema),
    by: v.nullable(v.string()),
  }),
  secret: v.object({ type: v.literal("secret"), version, name: v.string(), value: bytes }),
  read: v.object({
    type: v.literal("read"),
    version,
    positions: v.array(v.tuple([v.string(), count])),
  }),
  read_conversations: v.object({
    type: v.literal("read_conversations"),
    version,
    positions: v.array(v.object({ nameKey: v.string(), conversation: count, sequence: count })),
  }),
  file: v.object({
    type: v.literal("file"),
    version,
    file: fileId,
    from: v.string(),
    owner: v.string(),
    postId: v.pipe(v.string(), v.minLength(1)),
    destination,
    bytes: count,
    timeMs: integer,
  }),
  file_whole: v.object({
    type: v.literal("file_whole"),
    version,
    file: fileId,
    hash: v.nullable(sha256),
  }),
  file_gone: v.object({ type: v.literal("file_gone"), version, files: v.array(fileId) }),
};

/**
 * A command as bytes.
 *
 * @param command The command.
 * @returns UTF-8.
 */
export function encodeCommand(command: Command): Uint8Array<ArrayBuffer> {
  // Posts hold no bytes, and are most of what is said: to look at each of their fields would cost more than all else.
  const text = command.type === "post" ? JSON.stringify(command) : JSON.stringify(
    command,
    (_key, value) => value instanceof Uint8Array ? encodeBase64(value) : value,
  );
  return textEncoder.encode(text);
}

const textEncoder = new TextEncoder();

/** What every command has, in every version of this program. */
const headSchema = v.object({ type: v.string(), version: v.number() });

/**
 * Sees that a command can be read again. One that cannot must not come into a log: it would end every server that follows it.
 *
 * @param command The command.
 * @param encoded What {@linkcode encodeCommand} made of it.
 * @throws {StorageError} `failed`.
 */
export function requireReadable(command: Command, encoded: Uint8Array): void {
  try {
    // Nearly all commands are posts, and these have nothing in them that JSON changes.
    if (command.type !== "post") decodeCommand(encoded);
    else if (plainPostOf(command) === null) v.assert(schemas.post, command);
  } catch (cause) {
    throw new StorageError(
      "failed",
      `The server has made a command "${command.type}" that no server could read. This is a mistake in the server; please report it.`,
      { cause },
    );
  }
}

/**
 * Reads a command.
 *
 * @param encoded What {@linkcode encodeCommand} returned, here or in another version of this program.
 * @throws {StorageError} `failed` for a command, or a version of one, that this program does not know: who passed it over would
 * hold something else than the others from then on. `damaged` for what is no command.
 * @returns The command.
 */
export function decodeCommand(encoded: Uint8Array): Command {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded));
  } catch (cause) {
    throw new StorageError("damaged", "The log holds something that is no command.", { cause });
  }
  return readCommand(value);
}

/**
 * Reads a command that is a part of something else.
 *
 * @param value What was parsed of the JSON of {@linkcode encodeCommand}.
 * @throws {StorageError} See {@linkcode decodeCommand}.
 * @returns The command.
 */
export function readCommand(value: unknown): Command {
  const post = plainPostOf(value);
  if (post !== null) return post;
  const head = v.safeParse(headSchema, value);
  if (!head.success) {
    throw new StorageError("damaged", "The log holds something that is no command.");
  }
  const { type } = head.output;
  if (!isKnownCommand(head.output)) throw unknownCommand(head.output);
  const parsed = v.safeParse(
    schemas[type as CommandType] as v.GenericSchema<unknown, Command>,
    value,
  );
  if (parsed.success) return parsed.output;
  throw new StorageError("damaged", `The log holds a command "${type}" that is not as it must be.`);
}
