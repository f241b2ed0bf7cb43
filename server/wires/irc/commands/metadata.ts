/**
 * METADATA (IRCv3 draft/metadata-3): what people and channels say about themselves.
 *
 * @module
 */
import type { IrcClient } from "../network/client.ts";
import type { Context, IrcCommand, Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import {
  isMetadataKey,
  metadataKeysMax,
  metadataLine,
  metadataSubscriptionsMax,
  metadataValueBytesMax,
  sendMetadata,
  sendMetadataBatch,
  tellMetadata,
} from "../network/metadata.ts";
import { describe } from "../network/profiles.ts";
import { nickKey } from "../network/nick.ts";
import type { Person } from "../network/person.ts";
import { byteLength, harmlessText } from "../format/text.ts";
import type { Channel } from "../network/channel.ts";
import { isModerator, maySee } from "../../../storage/policy.ts";
import { actorOf } from "../../../heart/asking.ts";
import { roomByName } from "./channels.ts";

/** What metadata belongs to. */
interface Target {
  /** As it is shown. */
  readonly name: string;
  readonly values: Map<string, string>;
  readonly maySet: boolean;
  readonly person: Person | null;
  readonly channel: Channel | null;
}

function fail(client: IrcClient, code: string, words: readonly string[], text: string): void {
  client.fail("METADATA", code, words, text);
}

function metadata(context: Context): void {
  const { client, params } = context;
  const subcommand = params[1]!.toUpperCase();
  const handle = subcommands[subcommand];
  if (handle === undefined) {
    return fail(client, "SUBCOMMAND_INVALID", [shown(subcommand)], "There is no such subcommand");
  }
  const target = targetOf(context, params[0]!);
  if (target === null) {
    return fail(
      client,
      "INVALID_TARGET",
      [shown(params[0]!)],
      "There is no such person or channel",
    );
  }
  handle(context, target, params.slice(2));
}

function targetOf({ network, client }: Context, name: string): Target | null {
  const self = client.person;
  if (name.startsWith("#")) {
    const room = roomByName(network, name);
    if (room === undefined || room.sessions.size === 0 || self === null) return null;
    if (!maySee(actorOf(client.session!, room), room)) return null;
    const channel = network.channel(room);
    const inside = client.session!.rooms.has(room);
    return {
      name: room.name,
      values: channel.metadata,
      maySet: inside && isModerator(client.session!, room.law),
      person: null,
      channel,
    };
  }
  const person = name === "*" ? self : network.nicks.get(nickKey(name) ?? "") ?? null;
  if (person === null) return null;
  const maySet = person === self;
  return {
    name: person.nick,
    values: person.metadata,
    maySet,
    person,
    channel: null,
  };
}

type Handler = (context: Context, target: Target, words: readonly string[]) => void;

const subcommands: Readonly<Record<string, Handler>> = {
  GET: ({ client }, target, keys) => {
    sendMetadataBatch(
      client,
      target.name,
      keys.map((key) => metadataLine(client, target, shown(key))),
    );
  },
  LIST: ({ client }, target) => sendMetadata(client, target.name, target.values),
  SET: set,
  CLEAR: (context, target) => {
    const { client } = context;
    if (!target.maySet) return refuse(client, target, "*");
    const keys = [...target.values.keys()];
    target.values.clear();
    sendMetadataBatch(
      client,
      target.name,
      keys.map((key) => metadataLine(client, target, shown(key))),
    );
    for (const key of keys) tell(context, target, key);
    if (target.person !== null) describe(context.network, target.person);
  },
  SUB: ({ client }, _target, keys) => {
    const added: string[] = [];
    for (const key of keys) {
      if (!isMetadataKey(key)) fail(client, "KEY_INVALID", [shown(key)], "This is not a valid key");
      else if (client.subscriptions.size >= metadataSubscriptionsMax) {
        return fail(client, "TOO_MANY_SUBS", [key], "You are subscribed to too many keys");
      } else {
        client.subscriptions.add(key);
        added.push(key);
      }
    }
    if (added.length > 0) client.numeric("RPL_METADATASUBOK", added, null);
  },
  UNSUB: ({ client }, _target, keys) => {
    for (const key of keys) client.subscriptions.delete(key);
    if (keys.length > 0) client.numeric("RPL_METADATAUNSUBOK", keys.map(shown), null);
  },
  SUBS: ({ client }, target) => {
    const line = client.numericLine("RPL_METADATASUBS", [...client.subscriptions], null);
    sendMetadataBatch(client, target.name, client.subscriptions.size === 0 ? [] : [line]);
  },
  SYNC: ({ client }, target) =>
    sendMetadata(client, target.name, target.values, client.subscriptions),
};

function refuse(client: IrcClient, target: Target, key: string): void {
  fail(client, "KEY_NO_PERMISSION", [target.name, shown(key)], "You may not do this");
}

function set(context: Context, target: Target, words: readonly string[]): void {
  const { client } = context;
  const [key = "", text] = words;
  if (!isMetadataKey(key)) {
    return fail(client, "KEY_INVALID", [shown(key)], "This is not a valid key");
  }
  if (!target.maySet) return refuse(client, target, key);
  if (text !== undefined && byteLength(text) > metadataValueBytesMax) {
    const fault = `A value has at most ${metadataValueBytesMax} bytes`;
    return fail(client, "INVALID_VALUE", [key], fault);
  }
  const value = text === undefined ? undefined : harmlessText(text, metadataValueBytesMax);
  if (value !== undefined && !target.values.has(key) && target.values.size >= metadataKeysMax) {
    return fail(client, "LIMIT_REACHED", [target.name], "Too many keys");
  }
  if (value === undefined) target.values.delete(key);
  else target.values.set(key, value);
  client.reply(metadataLine(client, target, shown(key)));
  tell(context, target, key);
  if (target.person !== null) describe(context.network, target.person);
}

/** Tells those who want to hear of a key and can see whom it belongs to. */
function tell({ network, client }: Context, target: Target, key: string): void {
  const { channel, person } = target;
  if (channel !== null) tellMetadata(network.clientsIn(channel.room), target, key, client);
  else if (person !== null) tellMetadata(network.neighbours(person), target, key, client);
}

const row: IrcCommand = { when: "after", least: 2, cost: 2, handle: metadata };

/** The row of METADATA. */
export const metadataRows: Rows = { METADATA: row };
