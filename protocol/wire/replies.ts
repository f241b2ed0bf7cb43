/**
 * What is replied to each request: one schema each. requests.ts says what is asked; a client, which reads no requests, is given none of
 * those schemas.
 *
 * @module
 */
import * as v from "valibot";
import { exchangedSchemas } from "./exchanged_fields.ts";
import { fieldSchemas } from "./fields.ts";
import {
  aliveIntervalMsMax,
  aliveIntervalMsMin,
  listPageMax,
  pageAnnotationsMax,
  pagePostsMax,
  roleHoldersMax,
  roomEntriesMax,
} from "./limits.ts";
import { roomSchemas } from "./room_rules.ts";

const { name, names, nothing, post, room, sequence, servers, shownName, shownSubject, timeMs } =
  fieldSchemas;
const {
  scramText,
  deviceToken,
  wrappedKey,
  keyRecord,
  identity,
  keySupplement,
  vault,
  fileId,
  fileTicket,
  fileBytes,
} = exchangedSchemas;
const { role, list: roomList, rules: roomRules } = roomSchemas;
/** What a key record has grown by, null where there is nothing yet; servers of before do not say it. */
const keptSupplement = v.optional(v.nullable(keySupplement));
const keptIdentity = v.object({ ...identity.entries, supplement: keptSupplement });
const page = v.object({
  posts: v.pipe(v.array(post), v.maxLength(pagePostsMax)),
  /** Edits and reactions of these posts that are newer than the page, oldest first. Servers of before send none. */
  annotations: v.optional(v.pipe(v.array(post), v.maxLength(pageAnnotationsMax)), []),
  more: v.boolean(),
});
/** Whether the user has a session in a page that the server gives out; left out where not, and by servers that know none. */
const onPage = v.optional(v.boolean());

/** For each type of request: what its reply holds beside `reply`. */
export const replies = {
  lookup: v.object({ known: v.boolean() }),
  register: nothing,
  sign_in: v.object({ data: scramText }),
  sign_in_proof: v.object({
    data: scramText,
    /** The account's name as it is shown. */
    name,
    /** To be sent with the next `sign_in` from this machine. */
    device: deviceToken,
    /** The last post that was delivered to this account, on whichever machine. */
    readSequence: sequence,
    /** The newest post on the server. */
    lastSequence: sequence,
    rooms: v.pipe(v.array(room), v.maxLength(listPageMax)),
    /** The room that everyone is in. Servers of before do not name it: theirs has this name. */
    lobby: v.optional(v.pipe(shownName, v.regex(/^#/)), "#lobby"),
    /** The account's sealed keys; null for an account that was made over a wire that has none. */
    identity: v.nullable(keptIdentity),
    /** Where the other servers of the cluster are reached; left out by a server that is alone. */
    servers: v.optional(servers),
    /** Something comes from this server at least so often, in milliseconds; left out by a server that is alone. */
    aliveMs: v.optional(
      v.pipe(
        v.number(),
        v.safeInteger(),
        v.minValue(aliveIntervalMsMin),
        v.maxValue(aliveIntervalMsMax),
      ),
    ),
  }),
  keys: v.object({
    name,
    record: v.nullable(keyRecord),
    supplement: keptSupplement,
    vaultVersion: sequence,
    onPage,
  }),
  set_keys: v.object({ identity: keptIdentity }),
  set_supplement: v.object({ supplement: keySupplement }),
  vault: v.object({ vault: v.nullable(vault) }),
  save_vault: nothing,
  begin_password: v.object({ data: scramText, wrappedKey }),
  change_password: v.object({
    data: scramText,
    /** As of `sign_in_proof`: the one from before does not count any more. Servers that end no sessions do not send it. */
    device: v.optional(deviceToken),
    /** How many other sessions were ended; from servers that do so. */
    ended: v.optional(sequence),
  }),
  set_pages: nothing,
  sessions: v.object({
    sessions: v.pipe(
      v.array(v.object({
        /** Never used twice while the server runs. */
        id: sequence,
        /** The kind of program: `native`, `irc`, `classic`, or what later servers call theirs. */
        wire: v.pipe(v.string(), v.maxLength(32)),
        /** When it signed in. */
        sinceMs: timeMs,
        /** When something was last heard from it. */
        seenMs: timeMs,
        /** The address, or what stands for the whole network where a host has many. */
        network: v.pipe(v.string(), v.maxLength(64)),
        /** Whether it is the one that asks. */
        own: v.boolean(),
      })),
      v.maxLength(listPageMax),
    ),
  }),
  end_session: nothing,
  ping: nothing,
  post: v.object({ sequence, timeMs }),
  private: v.object({
    sequence,
    timeMs,
    online: v.boolean(),
    readable: v.optional(v.boolean()),
  }),
  annotate: v.object({ sequence, timeMs }),
  send_file: v.object({ file: fileId, offset: fileBytes, ticket: fileTicket }),
  get_file: v.object({ bytes: fileBytes, ticket: fileTicket }),
  drop_file: nothing,
  file_bytes: v.object({ bytes: fileBytes }),
  history: page,
  search: page,
  who: v.object({ names, more: v.boolean() }),
  user: v.object({ name, online: v.boolean(), onPage }),
  rooms: v.object({
    rooms: v.pipe(
      v.array(v.object({ ...room.entries, online: sequence, joined: v.boolean() })),
      v.maxLength(listPageMax),
    ),
    more: v.boolean(),
  }),
  join: v.object({ ...room.entries, created: v.boolean() }),
  leave: nothing,
  topic: nothing,
  /** Whether there is another session of the account that is told. */
  draft: v.object({ heard: v.boolean() }),
  rules: v.object({
    /** The key is told to people in the room only. */
    rules: roomRules,
    roles: v.pipe(
      v.array(v.object({ name: shownName, roles: v.array(role) })),
      v.maxLength(roleHoldersMax),
    ),
    entries: v.pipe(
      v.array(v.object({ list: roomList, ...shownSubject, by: shownName, timeMs })),
      v.maxLength(roomEntriesMax),
    ),
  }),
  set_rules: nothing,
  set_role: nothing,
  set_entry: nothing,
  remove: nothing,
  invite: v.object({
    /** Whether any program of theirs was shown it. */
    told: v.boolean(),
    /** Whether it lets them in, whatever the rules are. */
    opened: v.boolean(),
  }),
  read: nothing,
  sign_out: nothing,
} as const;
