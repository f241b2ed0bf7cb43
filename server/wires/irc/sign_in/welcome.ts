/**
 * What a client is told when it has registered.
 *
 * @module
 */
import { version } from "../../../../platform/version.ts";
import { announcePrivate } from "../delivery/replay.ts";
import type { IrcClient } from "../network/client.ts";
import type { Irc } from "../delivery/irc_parts.ts";
import { channelModeLetters, isupportTokens, userModeLetters } from "../format/isupport.ts";
import { sendMetadata } from "../network/metadata.ts";
import { cutText } from "../format/multiline.ts";
import type { Network } from "../network/network.ts";

/** Tokens in one line: 15 parameters less the nick and the text. */
const tokensPerLineMax = 13;

/** Bytes of one line of the message of the day. */
const motdLineBytesMax = 400;

/** Greets a client. */
export async function sendWelcome(irc: Irc, client: IrcClient): Promise<void> {
  const { network } = irc;
  const { serverName, options } = network;
  const person = client.person!;
  client.numeric("RPL_WELCOME", [], `Welcome to ${options.networkName}, ${person.source}`);
  client.numeric("RPL_YOURHOST", [], `Your host is ${serverName}, running chat ${version}`);
  const started = new Date(network.startedMs).toISOString();
  client.numeric("RPL_CREATED", [], `This server was started at ${started}`);
  const modes = [userModeLetters, channelModeLetters.all, channelModeLetters.withParameter];
  client.numeric("RPL_MYINFO", [serverName, `chat-${version}`, ...modes], null);
  sendIsupport(network, client);
  sendLusers(network, client);
  sendMotd(network, client);
  if (person.account !== undefined) client.notice(`You are signed in as ${person.account}.`);
  if (person.metadata.size > 0 && client.has("draft/metadata-3")) {
    sendMetadata(client, person.nick, person.metadata);
  }
  await announcePrivate(irc, client);
}

/** What this server can do. */
export function sendIsupport(network: Network, client: IrcClient): void {
  const tokens = isupportTokens(network.options.networkName);
  for (let at = 0; at < tokens.length; at += tokensPerLineMax) {
    client.numeric("RPL_ISUPPORT", tokens.slice(at, at + tokensPerLineMax));
  }
}

/** How many are here. */
export function sendLusers(network: Network, client: IrcClient): void {
  const total = network.persons.size;
  const invisible = network.personsWith("i").size;
  const most = Math.max(network.personsMax, total);
  const visible = `There are ${total - invisible} users and ${invisible} invisible on 1 server(s)`;
  client.numeric("RPL_LUSERCLIENT", [], visible);
  client.numeric("RPL_LUSEROP", [String(network.personsWith("o").size)]);
  client.numeric("RPL_LUSERUNKNOWN", [String(network.newcomers.size)]);
  client.numeric("RPL_LUSERCHANNELS", [String(network.chat.roomCount)]);
  client.numeric("RPL_LUSERME", [], `I have ${total} clients and 0 servers`);
  for (
    const [numeric, where] of [["RPL_LOCALUSERS", "local"], ["RPL_GLOBALUSERS", "global"]] as const
  ) {
    client.numeric(
      numeric,
      [String(total), String(most)],
      `Current ${where} users ${total}, max ${most}`,
    );
  }
}

/** The message of the day, line by line. */
export function sendMotd(network: Network, client: IrcClient): void {
  const { motd } = network.options;
  if (motd === undefined) return client.numeric("ERR_NOMOTD");
  client.numeric("RPL_MOTDSTART", [], `- ${network.serverName} Message of the day -`);
  for (const { text } of cutText(motd.trimEnd().replaceAll("\r\n", "\n"), motdLineBytesMax)) {
    client.numeric("RPL_MOTD", [], `- ${text}`);
  }
  client.numeric("RPL_ENDOFMOTD");
}
