/**
 * CAP: which extensions a client understands (IRCv3 capability negotiation, version 302).
 *
 * @module
 */
import { announced, type Capability, mayAsk } from "../format/capabilities.ts";
import type { IrcClient } from "../network/client.ts";
import type { Context, Rows } from "./command.ts";
import { shown, tryRegister } from "../sign_in/registering.ts";
import { wordLines } from "../format/text.ts";

/** Bytes of capabilities in one line of a list. */
const listBytesMax = 400;

const subcommands: Readonly<Record<string, (context: Context) => Promise<void> | void>> = {
  LS: ({ client, params }) => {
    begin(client);
    const version = Number(params[1] ?? 301);
    if (version >= 302) {
      client.capabilityVersion = Math.max(client.capabilityVersion, 302);
      client.setCapability("cap-notify", true);
    }
    sendList(client, "LS", announced(client.context, client.capabilityVersion));
  },
  LIST: ({ client }) => sendList(client, "LIST", [...client.capabilities]),
  REQ: ({ client, params }) => {
    begin(client);
    request(client, params.slice(1).join(" "));
  },
  END: async ({ irc, client }) => {
    client.negotiating = false;
    await tryRegister(irc, client);
  },
};

function begin(client: IrcClient): void {
  if (client.person === null) client.negotiating = true;
}

function sendList(client: IrcClient, subcommand: string, all: readonly string[]): void {
  const lines = client.capabilityVersion >= 302
    ? [...wordLines(all, listBytesMax)]
    : [all.join(" ")];
  if (lines.length === 0) lines.push("");
  lines.forEach((line, index) => {
    const more = index < lines.length - 1 ? " *" : "";
    client.serverReply(`CAP ${client.nick} ${subcommand}${more} :${line}`);
  });
}

/** All of what is asked for, or nothing of it. */
function request(client: IrcClient, text: string): void {
  const changes = text.split(" ").filter((word) => word !== "").map((word) => ({
    name: word.replace(/^-/, ""),
    on: !word.startsWith("-"),
  }));
  const allowed = changes.every(({ name, on }) =>
    mayAsk(name, client.context) && mayTurn(client, name, on)
  );
  if (allowed) { for (const { name, on } of changes) client.setCapability(name as Capability, on); }
  client.serverReply(`CAP ${client.nick} ${allowed ? "ACK" : "NAK"} :${text}`);
}

/** Version 302 implies cap-notify. */
function mayTurn(client: IrcClient, name: string, on: boolean): boolean {
  return on || name !== "cap-notify" || client.capabilityVersion < 302;
}

/** The row of CAP. */
export const capabilityRows: Rows = {
  CAP: {
    when: "always",
    least: 1,
    handle: (context) => {
      const subcommand = context.params[0]!;
      const handle = subcommands[subcommand.toUpperCase()];
      if (handle !== undefined) return handle(context);
      context.client.numeric("ERR_INVALIDCAPCMD", [shown(subcommand)]);
    },
  },
};
