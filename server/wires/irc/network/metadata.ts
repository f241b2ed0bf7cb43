/**
 * Metadata of persons and channels (IRCv3 draft/metadata-3), kept while they are here.
 *
 * @module
 */
import type { IrcClient } from "./client.ts";
import { IrcLine } from "../format/line.ts";

/** Keys that one person or channel may have. */
export const metadataKeysMax = 20;
/** Bytes of one value. */
export const metadataValueBytesMax = 300;
/** Keys that one client may want to hear of. */
export const metadataSubscriptionsMax = 50;

const keyPattern = /^[a-z0-9_./:-]{1,64}$/;

/** Whether a key may exist. */
export function isMetadataKey(key: string): boolean {
  return keyPattern.test(key);
}

/** Sends lines as a batch of metadata of a target. */
export function sendMetadataBatch(
  client: IrcClient,
  target: string,
  lines: readonly IrcLine[],
): void {
  const batch = client.newBatch();
  const inBatch = client.has("batch");
  if (inBatch) {
    client.reply(new IrcLine(`:${client.serverName} BATCH +${batch} metadata ${target}`));
  }
  for (const line of lines) {
    client.reply(inBatch ? new IrcLine(line.body, { ...line.tags, batch }) : line);
  }
  if (inBatch) client.reply(new IrcLine(`:${client.serverName} BATCH -${batch}`));
}

/** What has metadata, as it is shown. */
export interface Described {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/** What is said of a key of metadata. */
export function metadataLine(client: IrcClient, { name, values }: Described, key: string): IrcLine {
  const value = values.get(key);
  return value === undefined
    ? client.numericLine("RPL_KEYNOTSET", [name, key])
    : client.numericLine("RPL_KEYVALUE", [name, key, "*"], value);
}

/** Tells those who want to hear of a key. */
export function tellMetadata(
  audience: Iterable<IrcClient>,
  target: Described,
  key: string,
  except?: IrcClient,
): void {
  for (const other of audience) {
    if (other !== except && other.has("draft/metadata-3") && other.subscriptions.has(key)) {
      other.deliver(metadataLine(other, target, key));
    }
  }
}

/** Sends all metadata of a target, or that which the client wants to hear of. */
export function sendMetadata(
  client: IrcClient,
  target: string,
  metadata: ReadonlyMap<string, string>,
  wanted?: ReadonlySet<string>,
): void {
  const lines = [...metadata]
    .filter(([key]) => wanted === undefined || wanted.has(key))
    .map(([key, value]) => client.numericLine("RPL_KEYVALUE", [target, key, "*"], value));
  sendMetadataBatch(client, target, lines);
}
