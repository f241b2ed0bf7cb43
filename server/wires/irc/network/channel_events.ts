/**
 * What happened in a channel beside what was said, for event-playback: comings and goings, topics, modes. Kept in memory.
 *
 * @module
 */
import type { IrcLine } from "../format/line.ts";

/** Events that are kept for each channel. */
const eventsMax = 200;
/** Events between two posts that keep their order. */
const eventsBetweenPostsMax = 1_000_000;

/** Something that happened. */
export interface ChannelEvent {
  /** Between the sequences of two posts: the one before it, and a fraction. */
  readonly place: number;
  readonly line: IrcLine;
}

/** What happened in one channel, the oldest first. */
export class ChannelEvents {
  #events: ChannelEvent[] = [];

  /** All that is kept. */
  get all(): readonly ChannelEvent[] {
    return this.#events;
  }

  /**
   * Remembers an event.
   *
   * @param lastSequence The newest post before it.
   * @param line What was told; has a time.
   */
  add(lastSequence: number, line: IrcLine): void {
    const last = this.#events.at(-1)?.place ?? 0;
    const place = Math.max(last, lastSequence) + 1 / eventsBetweenPostsMax;
    this.#events.push({ place, line });
    if (this.#events.length > eventsMax) this.#events = this.#events.slice(-eventsMax / 2);
  }
}
