/**
 * MONITOR: who wants to know whether a nick is online (IRCv3 monitor).
 *
 * @module
 */
import type { IrcClient } from "./client.ts";
import type { IrcLine } from "../format/line.ts";
import type { Network } from "./network.ts";
import type { Person } from "./person.ts";
import type { Capability } from "../format/capabilities.ts";

/** Tells those who monitor a nick that someone came or went by it. */
export function tellMonitors(
  network: Network,
  person: Person,
  numeric: "RPL_MONONLINE" | "RPL_MONOFFLINE",
): void {
  const clients = network.monitors.get(person.nickKey);
  if (clients === undefined) return;
  const who = numeric === "RPL_MONONLINE" ? person.source : person.nick;
  for (const client of clients) client.deliver(client.numericLine(numeric, [], who));
}

/** Sends a line about someone to those who share a room or monitor the nick, if they asked for such lines. */
export function tellInterested(
  network: Network,
  person: Person,
  line: IrcLine,
  capability: Capability,
): void {
  const neighbours = network.neighbours(person);
  for (const client of neighbours) {
    if (client.has(capability)) client.deliver(line);
  }
  for (const client of network.monitors.get(person.nickKey) ?? []) {
    if (neighbours.has(client) || client.person === person) continue;
    if (client.has(capability) && client.has("extended-monitor")) client.deliver(line);
  }
}

/** Begins to monitor a nick. */
export function monitor(network: Network, client: IrcClient, key: string, nick: string): void {
  client.monitored.set(key, nick);
  let clients = network.monitors.get(key);
  if (clients === undefined) network.monitors.set(key, clients = new Set());
  clients.add(client);
}

/** Monitors a nick no longer. */
export function unmonitor(network: Network, client: IrcClient, key: string): void {
  if (!client.monitored.delete(key)) return;
  const clients = network.monitors.get(key);
  clients?.delete(client);
  if (clients?.size === 0) network.monitors.delete(key);
}

/** Ends all that a client monitors. */
export function unmonitorAll(network: Network, client: IrcClient): void {
  for (const key of [...client.monitored.keys()]) unmonitor(network, client, key);
}
