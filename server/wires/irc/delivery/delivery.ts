/**
 * The heart's events as one client gets them.
 *
 * @module
 */
import type { SessionEvent } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import type { IrcLine } from "../format/line.ts";
import type { Network } from "../network/network.ts";
import { changeText, type ModeChange, modeChanges } from "../network/mode_letters.ts";
import { isWordless, lineFor } from "./annotations.ts";
import { departureLine } from "./presence.ts";
import { batchOf, type IrcPostLines, type PostEncoder, type PostEvent, roomFor } from "./posts.ts";

/** Hands the heart's events to clients. */
export class Delivery {
  readonly #network: Network;
  readonly #encoder: PostEncoder;

  /**
   * @param network What all clients share.
   * @param encoder Makes lines of posts.
   */
  constructor(network: Network, encoder: PostEncoder) {
    this.#network = network;
    this.#encoder = encoder;
  }

  /** Gives an event to a registered client. Never waits. */
  deliver(client: IrcClient, event: SessionEvent): void {
    switch (event.type) {
      case "post":
        return this.#deliverPost(client, event);
      case "topic":
        return this.#deliverTopic(client, event);
      case "left":
        return this.#deliverLeft(client, event);
      case "ruled":
        return this.#deliverRuled(client, event);
      case "invited": {
        const text = `INVITE ${client.nick} ${event.room.name}`;
        return client.deliver(this.#network.lineFromName(event.by, text));
      }
      // Only sessions that follow their account enter rooms through another session.
      case "joined":
      // IRC has read markers of its own, for each channel.
      case "read":
      // Only programs that hold the account's keys can open it: see drafts.ts of the heart.
      case "draft":
    }
  }

  #deliverPost(client: IrcClient, event: PostEvent): void {
    const { post, origin } = event;
    client.got(post);
    if (post.kind === "sealed") return this.#deliverSealed(client, event);
    if (isWordless(post.kind)) return this.#deliverWordless(client, event);
    const lines = this.#encoder.lines(event);
    if (origin === client.session?.id) {
      if (client.has("echo-message")) {
        for (const line of shape(client, lines)) client.reply(line);
      }
      if (post.to !== post.from) return;
    } else if (post.roomId === null && !this.#mayGetPrivate(client, event)) return;
    if (lines.pieces === null) client.deliver(lines.plain[0]!);
    else for (const line of shape(client, lines)) client.deliver(line);
  }

  #deliverWordless(client: IrcClient, event: PostEvent): void {
    const line = lineFor(client, this.#encoder.wordlessLines(event));
    if (line === null) return;
    if (event.origin === client.session?.id) {
      if (client.has("echo-message")) client.reply(line);
    } else if (event.post.roomId !== null || this.#mayGetPrivate(client, event)) {
      client.deliver(line);
    }
  }

  /** A message that one sent oneself elsewhere looks like one from the peer to a client that does not expect it. */
  #mayGetPrivate(client: IrcClient, { post }: PostEvent): boolean {
    return post.from !== client.person?.name || client.has("echo-message");
  }

  #deliverSealed(client: IrcClient, { post, origin }: PostEvent): void {
    if (origin === client.session?.id || post.from === client.person?.name) return;
    client.hasMissed = true;
    client.notice(
      `${post.from} has sent you a private message that is end-to-end encrypted. ` +
        "It cannot be shown here: open it with the chat client.",
    );
  }

  #deliverTopic(client: IrcClient, event: Extract<SessionEvent, { type: "topic" }>): void {
    const line = topicLine(this.#network, event);
    if (event.setting.by === client.person?.name) client.reply(line);
    else client.deliver(line);
  }

  #deliverRuled(client: IrcClient, event: Extract<SessionEvent, { type: "ruled" }>): void {
    const isOwn = event.origin === client.session?.id;
    for (const line of modeLines(this.#network, event)) {
      if (isOwn) client.reply(line);
      else client.deliver(line);
    }
  }

  #deliverLeft(client: IrcClient, event: Extract<SessionEvent, { type: "left" }>): void {
    const { room } = event;
    const person = client.person!;
    const departure = this.#network.departure(person, room);
    const line = departure?.line ?? departureLine(this.#network, person, room, event);
    // Everyone else in the room is told by the same line.
    if (departure === undefined) this.#network.expectDeparture(person, room, { line });
    if (departure?.by === client) client.reply(line);
    else client.deliver(line);
  }
}

/** The lines of a post as a client understands them. */
function shape(client: IrcClient, lines: IrcPostLines): readonly IrcLine[] {
  if (lines.pieces === null || !client.has("draft/multiline") || !client.has("batch")) {
    return lines.plain;
  }
  return batchOf(lines, client.newBatch(), client.serverName);
}

const modeLinesOf = new WeakMap<SessionEvent, readonly IrcLine[]>();

/** What tells a change by MODE: nothing where IRC has no letter for it. */
function modeLines(
  network: Network,
  event: Extract<SessionEvent, { type: "ruled" }>,
): readonly IrcLine[] {
  let lines = modeLinesOf.get(event);
  if (lines === undefined) {
    const { room, by, before } = event;
    const there = network.chat.roomById(room.id);
    const isThere = (nameKey: string) =>
      [...network.chat.presence.sessions(nameKey)].some((session) => session.rooms.has(there));
    const changes = modeChanges(before, event.changes, isThere);
    lines = fittingLines(
      changes,
      (some) => network.lineFromName(by, `MODE ${room.name} ${changeText(some)}`),
    );
    for (const line of lines) network.remember(there, line);
    modeLinesOf.set(event, lines);
  }
  return lines;
}

/** Masks may have grown since they were sent in one line. */
function fittingLines(
  changes: readonly ModeChange[],
  lineOf: (changes: readonly ModeChange[]) => IrcLine,
): readonly IrcLine[] {
  if (changes.length === 0) return [];
  const line = lineOf(changes);
  if (changes.length === 1 || roomFor(line.body) >= 0) return [line];
  const middle = Math.ceil(changes.length / 2);
  return [changes.slice(0, middle), changes.slice(middle)]
    .flatMap((half) => fittingLines(half, lineOf));
}

const topicLines = new WeakMap<SessionEvent, IrcLine>();

function topicLine(network: Network, event: Extract<SessionEvent, { type: "topic" }>): IrcLine {
  let line = topicLines.get(event);
  if (line === undefined) {
    const { room, topic, setting: { by, timeMs } } = event;
    line = network.lineFromName(by, `TOPIC ${room.name} :${topic}`, { timeMs });
    network.remember(network.chat.roomById(room.id), line);
    topicLines.set(event, line);
  }
  return line;
}
