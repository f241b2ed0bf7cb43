/**
 * Coming and going: NICK, USER, PASS, QUIT, PING, and signing in: AUTHENTICATE, REGISTER, VERIFY.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { parseUserName } from "../../../../protocol/names/names.ts";
import { type User, userOf } from "../../../heart/session.ts";
import { saslMechanisms } from "../format/capabilities.ts";
import type { IrcClient } from "../network/client.ts";
import type { Context, Rows } from "./command.ts";
import { becomeAccount, changeNick, readNick, shown, tryRegister } from "../sign_in/registering.ts";
import { reasonBytesMax } from "../format/isupport.ts";
import { IrcLine } from "../format/line.ts";
import { checkPassword, chunksOf, mechanisms, takeChunk } from "../sign_in/sasl.ts";
import type { SaslStep } from "../network/sasl_exchange.ts";
import { harmlessText } from "../format/text.ts";

/** Characters of a user's name on the peer's machine; nobody checks it. */
const usernameCharactersMax = 18;

async function nick({ irc, client, params }: Context): Promise<void> {
  client.nickSent = true;
  const wanted = readNick(client, params[0] ?? "");
  if (wanted === null) return;
  if (client.person !== null) return await changeNick(irc, client, wanted);
  client.wantedNick = wanted;
  await tryRegister(irc, client);
}

async function user({ irc, client, params }: Context): Promise<void> {
  const name = params[0]!;
  const realname = params[3]!;
  if (name === "" || realname === "") return client.numeric("ERR_NEEDMOREPARAMS", ["USER"]);
  const plain = name.replace(/[^A-Za-z0-9._-]/g, "").slice(0, usernameCharactersMax - 1);
  // Nobody has checked the name: the tilde says so.
  client.username = `~${plain || "user"}`;
  client.realname = harmlessText(realname, reasonBytesMax);
  await tryRegister(irc, client);
}

function ping({ client, params }: Context): void {
  const token = params[0] ?? "";
  if (token === "") {
    return params.length === 0
      ? client.numeric("ERR_NEEDMOREPARAMS", ["PING"])
      : client.numeric("ERR_NOORIGIN");
  }
  client.serverReply(`PONG ${client.serverName} :${token}`);
}

function quit({ client, params }: Context): void {
  const reason = harmlessText(params[0] ?? "", reasonBytesMax);
  client.quitReason = reason === "" ? "Quit" : `Quit: ${reason}`;
  client.serverReply(`ERROR :Closing link: ${client.quitReason}`);
  client.end();
}

/**
 * `PASS name:password` signs in, for clients without SASL. A password without a name is meant for a server that wants one: it
 * is passed over, because some clients send one to every server.
 */
async function pass({ irc, network, client, params }: Context): Promise<void> {
  const [name, ...rest] = params.join(" ").split(":");
  if (rest.length === 0 || client.account !== null) return;
  if (!client.context.passwordsAllowed) {
    return refusePassword(client, "Passwords are only taken on encrypted connections");
  }
  try {
    const account = await checkPassword(network, client.address, name!, rest.join(":"));
    if (account === null) return refusePassword(client, "Wrong name or password");
    await becomeAccount(irc, client, account, () => sendLoggedIn(client, account));
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    refusePassword(client, error.message);
  }
}

function refusePassword(client: IrcClient, text: string): void {
  client.numeric("ERR_PASSWDMISMATCH", [], text);
  client.serverReply(`ERROR :Closing link: ${text}`);
  client.end();
}

async function authenticate(context: Context): Promise<void> {
  const { client, params } = context;
  const text = params[0]!;
  if (text === "*") {
    client.sasl = null;
    return client.numeric("ERR_SASLABORTED");
  }
  if (client.account !== null) return client.numeric("ERR_SASLALREADY");
  if (client.sasl === null) return beginSasl(context, text.toUpperCase());
  const message = takeChunk(client.sasl, text);
  if (message === "more") return;
  if (message === "too_long") return endSasl(client, "ERR_SASLTOOLONG");
  if (message === "bad") return endSasl(client, "ERR_SASLFAIL", "This is not base64");
  await step(context, client.sasl.step(message));
}

function beginSasl({ network, client }: Context, name: string): void {
  const offered = saslMechanisms(client.context);
  if (!offered.includes(name)) {
    client.numeric("RPL_SASLMECHS", [offered.join(",") || "*"]);
    return client.numeric("ERR_SASLFAIL", [], "There is no such way to sign in");
  }
  client.sasl = mechanisms[name]!({ network, client });
  client.reply(challenge("+"));
}

async function step(context: Context, underWay: Promise<SaslStep>): Promise<void> {
  const { client } = context;
  const result = await underWay.catch((error: unknown) => {
    if (error instanceof ChatError) return error;
    throw error;
  });
  if (result instanceof ChatError) return endSasl(client, "ERR_SASLFAIL", result.message);
  if (result.type === "refused") return endSasl(client, "ERR_SASLFAIL", "Wrong name or password");
  if (result.type === "signed_in") return await signedIn(context, result.user);
  for (const chunk of chunksOf(result.data)) client.reply(challenge(chunk));
}

function challenge(text: string): IrcLine {
  return new IrcLine(`AUTHENTICATE ${text}`);
}

function endSasl(
  client: IrcClient,
  numeric: "ERR_SASLFAIL" | "ERR_SASLTOOLONG",
  text?: string,
): void {
  client.sasl = null;
  client.numeric(numeric, [], text);
}

async function signedIn({ irc, client }: Context, account: User): Promise<void> {
  client.sasl = null;
  const signingIn = becomeAccount(irc, client, account, () => {
    sendLoggedIn(client, account);
    client.numeric("RPL_SASLSUCCESS");
  });
  await signingIn.catch((error: unknown) => {
    if (!(error instanceof ChatError)) throw error;
    endSasl(client, "ERR_SASLFAIL", error.message);
  });
  // Who never asked for capabilities sends no CAP END.
  await tryRegister(irc, client);
}

function sendLoggedIn(client: IrcClient, account: User): void {
  const source = client.person?.source ?? `${client.nick}!*@*`;
  const text = `You are signed in as ${account.name}`;
  client.numeric("RPL_LOGGEDIN", [source, account.name], text);
}

async function register(context: Context): Promise<void> {
  const { client, network, params } = context;
  const [wanted, , password] = params as [string, string, string];
  const name = wanted === "*" ? client.nick : wanted;
  const refuse = (code: string, text: string) => client.fail("REGISTER", code, [shown(name)], text);
  if (client.account !== null) return refuse("ALREADY_AUTHENTICATED", "You are signed in already");
  if (!client.context.passwordsAllowed) {
    return refuse("TEMPORARILY_UNAVAILABLE", "Passwords are only taken on encrypted connections");
  }
  if (name === "*") return refuse("NEED_NICK", "Choose a nick first");
  try {
    const { nameKey } = parseUserName(name);
    const holder = network.nicks.get(nameKey);
    if (holder !== undefined && holder !== client.person) {
      return refuse("ACCOUNT_EXISTS", "Someone with that name is here: choose another one");
    }
    const { address } = client;
    const { signIn } = network.options;
    const record = await signIn.registerWithPassword({ name, address, read: () => password });
    const account = userOf(record);
    await becomeAccount(context.irc, client, account, () => {
      client.serverReply(`REGISTER SUCCESS ${record.name} :The account is yours`);
      sendLoggedIn(client, account);
    });
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    refuse(registerCodes[error.code] ?? "TEMPORARILY_UNAVAILABLE", error.message);
  }
}

const registerCodes: Readonly<Record<string, string>> = {
  name_taken: "ACCOUNT_EXISTS",
  bad_name: "BAD_ACCOUNT_NAME",
  bad_text: "UNACCEPTABLE_PASSWORD",
  registration_closed: "DISALLOWED",
};

/** Rows of the commands of this module. */
export const registrationRows: Rows = {
  PASS: { when: "before", least: 1, cost: 5, handle: pass },
  NICK: { when: "always", least: 0, cost: 2, handle: nick },
  USER: { when: "before", least: 4, handle: user },
  PING: { when: "always", least: 0, handle: ping },
  PONG: { when: "always", least: 0, handle: () => {} },
  QUIT: { when: "always", least: 0, handle: quit },
  ERROR: { when: "always", least: 0, handle: () => {} },
  AUTHENTICATE: { when: "always", least: 1, cost: 2, handle: authenticate },
  REGISTER: { when: "always", least: 3, cost: 5, handle: register },
  VERIFY: {
    when: "always",
    least: 2,
    handle: ({ client, params }) =>
      client.fail("VERIFY", "INVALID_CODE", [shown(params[0]!)], "Accounts need no code here"),
  },
};
