/**
 * What people say: PRIVMSG, NOTICE, TAGMSG, and BATCH for messages of several lines.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { safeText } from "../../../../protocol/text/safe_text.ts";
import { checkText } from "../../../../protocol/text/text_rules.ts";
import type { Room } from "../../../heart/session.ts";
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import { maySpeak } from "../../../storage/policy.ts";
import { actorOf } from "../../../heart/asking.ts";
import type { IrcClient } from "../network/client.ts";
import { refuseCommand, registered, type RegisteredContext, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import { messageTargetsMax } from "../format/isupport.ts";
import { escapeTag } from "../format/message.ts";
import { addPiece, cutText, joinPieces, type OpenBatch, tearsWord } from "../format/multiline.ts";
import type { Network } from "../network/network.ts";
import { aboutOf } from "../delivery/annotations.ts";
import { fitsForSure, roomFor } from "../delivery/posts.ts";
import {
  clientsWith,
  deliverSaid,
  signalLines,
  targetIn,
  understands,
} from "../delivery/signals.ts";
import { withoutFormatting } from "../format/text.ts";
import { postReply, react } from "./annotations.ts";
import { listOf } from "./channels.ts";
import {
  expectExtras,
  findHere,
  findUser,
  type Found,
  refuse,
  refusePost,
  roomTarget,
  type Said,
  type Verb,
  waitForPost,
} from "./said.ts";

const clientOnlyKey = /^\+[A-Za-z0-9./-]+$/;

/** Client-only tags of a message, encoded. */
function clientOnlyTags(tags: ReadonlyMap<string, string>): string {
  if (tags.size === 0) return "";
  return [...tags].filter(([key]) => clientOnlyKey.test(key)).map(([key, value]) => {
    const harmless = safeText(value, { lines: "keep" });
    return harmless === "" ? key : `${key}=${escapeTag(harmless)}`;
  }).join(";");
}

function say(verb: Verb) {
  return (context: RegisteredContext): Promise<void> | void => {
    const { client, message, params } = context;
    const [targets, text] = params;
    if (message.tags.has("batch")) return takePiece(context, verb);
    if (targets === undefined || targets === "") {
      return client.numeric("ERR_NORECIPIENT", [], `No recipient given (${verb})`);
    }
    if (text === undefined || text === "") return client.numeric("ERR_NOTEXTTOSEND");
    const clientOnly = clientOnlyTags(message.tags);
    return sendAll(context, targets, { verb, text, pieces: null, clientOnly });
  };
}

function tagMessage(context: RegisteredContext): Promise<void> | void {
  const { client, message, params } = context;
  const clientOnly = clientOnlyTags(message.tags);
  if (!client.has("message-tags")) return client.numeric("ERR_UNKNOWNCOMMAND", ["TAGMSG"]);
  if (clientOnly === "") return;
  return sendAll(context, params[0]!, { verb: "TAGMSG", text: "", pieces: null, clientOnly });
}

/** To one target without any wait where that is possible; to several one after the other. */
function sendAll(context: RegisteredContext, targets: string, said: Said): Promise<void> | void {
  const all = listOf(targets);
  if (all.length === 1) return send(context, all[0]!, said);
  if (all.length > messageTargetsMax) {
    return context.client.numeric("ERR_TOOMANYTARGETS", [shown(all[messageTargetsMax]!)]);
  }
  return (async () => {
    for (const target of all) await send(context, target, said);
  })();
}

function send(context: RegisteredContext, target: string, said: Said): Promise<void> | void {
  const room = roomTarget(context, target);
  if (room !== null) return sendToRoom(context, room, target, said);
  if (/^[@+]*#/.test(target)) {
    if (said.verb !== "NOTICE") context.client.numeric("ERR_NOSUCHCHANNEL", [shown(target)]);
    return;
  }
  return sendToPerson(context, target, said);
}

function sendToRoom(
  context: RegisteredContext,
  room: Room,
  target: string,
  said: Said,
): Promise<void> | void {
  const { network, session } = context;
  const status = target.startsWith("#") ? "" : /^[@+]*/.exec(target)![0];
  const isRelayed = status !== "" || said.verb === "TAGMSG" || isQuestion(said.text);
  if (isRelayed) {
    const what = isQuestion(said.text) ? "question" : "post";
    const refusal = maySpeak(actorOf(session, room), room, what);
    if (refusal !== null) return refuse(context, said, room.name, refusal.message);
    const some = status.includes("+") ? "voiced" : "moderator";
    const to = { room, rank: status === "" ? "everyone" : some } as const;
    if (status !== "" || said.verb !== "TAGMSG") return relay(context, to, said);
    return react(context, room, said).then((isDone) =>
      isDone ? undefined : relay(context, to, said)
    );
  }
  if (isTorn(context, room.name, said)) return context.client.numeric("ERR_INPUTTOOLONG");
  const { kind, body } = postOf(said);
  const id = network.newPostId();
  expectExtras(context, said, { id, kind });
  const about = kind === "text" ? aboutOf(said.clientOnly) : null;
  const answered = waitForPost(
    context,
    about === null
      ? network.chat.post(session, { room: room.name, id, kind, body })
      : postReply(context, about, { room, said, id, body }),
    { said, target: room.name, id },
  );
  // A reply may be stored as a text only after it was refused: what comes after it waits.
  if (context.client.labelled || about !== null) return answered.then(() => {});
}

/** What stands around CTCP. */
const ctcp = "\x01";
const actionStart = `${ctcp}ACTION `;

/** CTCP other than ACTION: asks a client something, and is no post. */
function isQuestion(text: string): boolean {
  return text.startsWith(ctcp) && !text.startsWith(actionStart);
}

/** Whether the line would have to be cut within a word on its way to others. */
function isTorn({ person }: RegisteredContext, target: string, said: Said): boolean {
  if (said.pieces !== null) return false;
  const head = `:${person.source} ${said.verb} ${target} :`;
  if (fitsForSure(head.length, said.text)) return false;
  return tearsWord(cutText(said.text, roomFor(head)));
}

/** What the heart calls what was said. */
function postOf({ verb, text }: Said): { kind: PostKind; body: string } {
  const action = text.startsWith(actionStart)
    ? text.slice(actionStart.length).replace(ctcp, "")
    : undefined;
  const body = withoutFormatting(action ?? text);
  return { kind: action !== undefined ? "action" : verb === "NOTICE" ? "notice" : "text", body };
}

async function sendToPerson(
  context: RegisteredContext,
  target: string,
  said: Said,
): Promise<void> {
  const { network, client, session } = context;
  const found = findHere(context, target) ?? await findUser(context, target);
  if (found === null) {
    if (said.verb !== "NOTICE") client.numeric("ERR_NOSUCHNICK", [shown(target)]);
    return;
  }
  const { user, person } = found;
  const nick = person?.nick ?? user.name;
  if (said.verb === "TAGMSG" || isQuestion(said.text)) {
    return relay(context, { user, person }, said);
  }
  if (isTorn(context, nick, said)) return client.numeric("ERR_INPUTTOOLONG");
  const { kind, body } = postOf(said);
  const id = network.newPostId();
  expectExtras(context, said, { id, kind });
  const posted = await waitForPost(
    context,
    network.chat.sendPrivate(session, user, { id, kind, body }),
    { said, target: nick, id },
  );
  if (!posted || said.verb === "NOTICE") return;
  if (person === null) {
    const text = "is not here: the message is kept and shown at the next sign-in";
    client.numeric("RPL_AWAY", [nick], text);
  } else if (person.away !== null) client.numeric("RPL_AWAY", [nick], person.away);
}

/** Whom something is for that is not stored. */
type RelayTarget =
  | { readonly room: Room; readonly rank: "everyone" | "voiced" | "moderator" }
  | Found;

/** Sends what is not stored straight to IRC clients, but not before what was said before it. */
function relay(context: RegisteredContext, to: RelayTarget, said: Said): Promise<void> | void {
  if (said.pieces !== null) {
    const text = "Only what is kept as a message can have several lines";
    return context.client.fail("BATCH", "MULTILINE_INVALID", [], text);
  }
  const target = "room" in to ? targetIn(to.room, to.rank) : to.person?.nick ?? to.user.name;
  try {
    // The same rules as for what is kept, but for the codes that IRC clients understand.
    if (said.verb !== "TAGMSG") checkText(withoutFormatting(said.text.replaceAll(ctcp, "")));
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return refusePost(context.client, target, error);
  }
  const settled = context.connection.settled();
  if (settled === undefined) return relayNow(context, target, to, said);
  return settled.then(() => relayNow(context, target, to, said));
}

/** Tags alone, and what clients ask each other. */
function relayNow(
  { network, client, person }: RegisteredContext,
  target: string,
  to: RelayTarget,
  said: Said,
): void {
  const lines = signalLines(network, person, target, said);
  if (lines.length > 1 && isQuestion(said.text)) return client.numeric("ERR_INPUTTOOLONG");
  if (client.has("echo-message") && understands(client, said)) {
    lines.forEach((line) => client.reply(line));
  }
  const toSelf = target === person.nick;
  deliverSaid(lines, said, clientsOf(network, to).filter((one) => one !== client || toSelf));
  const { verb, text, clientOnly } = said;
  const elsewhere = "room" in to
    ? { room: to.room.id, rank: to.rank }
    : { nameKey: to.user.nameKey };
  network.chat.signals.send({ from: person.nameKey, to: elsewhere, verb, text, clientOnly });
}

/** Whom it is for, of the clients here. */
function clientsOf(network: Network, to: RelayTarget): IrcClient[] {
  if ("room" in to) return clientsWith(network, to.room, to.rank);
  return to.person === null ? [] : [...network.clientsOf(to.person)];
}

function batch(context: RegisteredContext): Promise<void> | void {
  const { client, params, message } = context;
  const [reference, type, target] = params;
  const fail = (code: string, text: string) => client.fail("BATCH", code, [], text);
  if (reference!.startsWith("-")) return endBatch(context, reference!.slice(1));
  if (!client.has("draft/multiline") || type !== "draft/multiline" || target === undefined) {
    return fail("MULTILINE_INVALID", "Only batches of draft/multiline can be sent");
  }
  if (client.batch !== null) return fail("MULTILINE_INVALID", "Another batch is open");
  client.batch = {
    reference: reference!.replace(/^\+/, ""),
    target,
    label: message.tags.get("label"),
    clientOnly: clientOnlyTags(message.tags),
    pieces: [],
    command: null,
    bytes: 0,
  };
}

function takePiece(context: RegisteredContext, verb: Verb): void {
  const { client, message, params } = context;
  const open = client.batch;
  const [target, text = ""] = params;
  if (open === null) return;
  if (!fits(open, message.tags.get("batch")!, target, verb)) {
    return failBatch(client, ["MULTILINE_INVALID"], "This line does not belong to the batch");
  }
  open.command = verb;
  const fault = addPiece(open, { text, concat: message.tags.has("draft/multiline-concat") });
  if (fault !== null) failBatch(client, fault, "The message is too long, or its lines do not fit");
}

function fits(open: OpenBatch, reference: string, target: string | undefined, verb: Verb): boolean {
  return open.reference === reference && open.target === target &&
    (open.command === null || open.command === verb);
}

function failBatch(client: IrcClient, [code, ...context]: readonly string[], text: string): void {
  const label = client.batch?.label;
  client.batch = null;
  if (label !== undefined) client.beginResponse(label);
  client.fail("BATCH", code!, context, text);
  if (label !== undefined) client.endResponse();
}

async function endBatch(context: RegisteredContext, reference: string): Promise<void> {
  const { client } = context;
  const open = client.batch;
  if (open === null || open.reference !== reference) {
    // A batch that failed was answered already.
    return;
  }
  const text = joinPieces(open.pieces);
  if (text.trim() === "" || open.command === null) {
    return failBatch(client, ["MULTILINE_INVALID"], "There is nothing in the batch");
  }
  client.batch = null;
  const pieces = open.pieces.length > 1 ? open.pieces : null;
  const said = { verb: open.command, text, pieces, clientOnly: open.clientOnly };
  if (open.label !== undefined) client.beginResponse(open.label);
  try {
    await sendAll(context, open.target, said);
  } catch (error) {
    // Answered while the answer still belongs to the label of the batch.
    if (!(error instanceof ChatError)) throw error;
    refuseCommand(context, error);
  } finally {
    if (open.label !== undefined) client.endResponse();
  }
}

/** Rows of the commands of this module. */
export const messageRows: Rows = {
  PRIVMSG: registered(0, say("PRIVMSG"), { pipelined: true }),
  NOTICE: registered(0, say("NOTICE"), { pipelined: true }),
  TAGMSG: registered(1, tagMessage),
  BATCH: registered(1, batch),
};
