/**
 * The heart's events as one client gets them.
 *
 * @module
 */
import type { SessionEvent } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import { IrcLine } from "../format/line.ts";
import type { Network } from "../network/network.ts";
import { batchOf, type IrcPostLines, type PostEncoder, type PostEvent } from "./posts.ts";

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
      // Only sessions that follow their account enter rooms through another session, or are invited by the heart.
      case "joined":
      case "invited":
      // IRC has read markers of its own, for each channel.
      case "read":
    }
  }

  #deliverPost(client: IrcClient, event: PostEvent): void {
    const { post, origin } = event;
    client.got(post);
    if (post.kind === "sealed") return this.#deliverSealed(client, event);
    const lines = this.#encoder.lines(event);
    if (origin === client.session) {
      if (client.has("echo-message")) {
        for (const line of shape(client, lines)) client.reply(line);
      }
      if (post.to !== post.from) return;
    } else if (post.roomId === null && !this.#mayGetPrivate(client, event)) return;
    if (lines.pieces === null) client.deliver(lines.plain[0]!);
    else for (const line of shape(client, lines)) client.deliver(line);
  }

  /** A message that one sent oneself elsewhere looks like one from the peer to a client that does not expect it. */
  #mayGetPrivate(client: IrcClient, { post }: PostEvent): boolean {
    return post.from !== client.person?.name || client.has("echo-message");
  }

  #deliverSealed(client: IrcClient, { post, origin }: PostEvent): void {
    if (origin === client.session || post.from === client.person?.name) return;
    client.hasMissed = true;
    client.notice(
      `${post.from} has sent you a private message that is end-to-end encrypted. ` +
        "It cannot be shown here: open it with the chat client.",
    );
  }

  #deliverTopic(client: IrcClient, event: Extract<SessionEvent, { type: "topic" }>): void {
    const line = topicLine(this.#network, event);
    if (event.by === client.person?.name) client.reply(line);
    else client.deliver(line);
  }

  #deliverLeft(client: IrcClient, { room }: Extract<SessionEvent, { type: "left" }>): void {
    const person = client.person!;
    const departure = this.#network.departure(person, room);
    const line = departure?.line ?? this.#network.lineFrom(person, `PART ${room.name}`);
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

const topicLines = new WeakMap<SessionEvent, IrcLine>();

function topicLine(network: Network, event: Extract<SessionEvent, { type: "topic" }>): IrcLine {
  let line = topicLines.get(event);
  if (line === undefined) {
    const { room, by } = event;
    const person = network.persons.get(by);
    const timeMs = room.topicSetting?.timeMs ?? network.nowMs();
    const text = `TOPIC ${room.name} :${room.topic}`;
    line = person === undefined
      ? new IrcLine(`:${network.sourceOf(by)} ${text}`, { timeMs })
      : network.lineFrom(person, text, { timeMs });
    network.remember(room, line);
    topicLines.set(event, line);
  }
  return line;
}
