/**
 * Keys that wait for what a command leads to.
 *
 * @module
 */
import type { KeyEvent } from "../terminal/keys.ts";

/** Keys that are kept. */
const eventsMax = 1_000;

/** What is typed while a command is at work on which it depends for whom that is meant. It is neither shown nor sent. */
export class Hold {
  /** `dialogue`: it answers the questions that follow. `move`: it is meant for the conversation that the command leads to. */
  readonly kind: "dialogue" | "move";
  #events: KeyEvent[] = [];

  /** @param kind See the field. */
  constructor(kind: "dialogue" | "move") {
    this.kind = kind;
  }

  /** Whether nothing was typed. */
  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** Keeps a key. @return False where there are too many already. */
  add(event: KeyEvent): boolean {
    return this.#events.length < eventsMax && this.#events.push(event) > 0;
  }

  /** What the keys would have typed. */
  get text(): string {
    const typed = this.#events.map((event) => {
      return event.type !== "key" ? event.text : event.name === "enter" ? "\n" : "";
    });
    return typed.join("");
  }

  /** All keys, in order; none are left. */
  takeAll(): KeyEvent[] {
    return this.#events.splice(0);
  }
}
