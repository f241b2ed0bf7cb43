/**
 * Notices what a server leaves out, repeats or delivers late, by the places that senders give their messages
 * (protocol/e2e/private_body.ts).
 *
 * @module
 */
import type { ChainPlace, PrivateBody } from "../../../protocol/e2e/private_body.ts";

/** What is wrong with the place of a message; null where it follows the one before. */
export type Finding =
  /** So many messages before it are missing, or did not open. */
  | { readonly kind: "missing"; readonly count: number }
  /** It was delivered before. */
  | { readonly kind: "repeated" }
  /** It comes after messages that were sent later. */
  | { readonly kind: "late" }
  | null;

/** Missing numbers of a chain that are remembered, so that those that come late are known. */
const missingMax = 1_000;
/** Chains that are remembered; the oldest go first. */
const chainsMax = 10_000;

interface Chain {
  last: number;
  readonly missing: Set<number>;
  /** How many messages of its sender had been taken back when the last one came. */
  takenBack: number;
}

/**
 * The chains of one stream of messages: live events, or one page of history. A chain is named by its sender, a space, and the name
 * that the sender has given it.
 */
export class ChainLog {
  readonly #complete: boolean;
  readonly #chains = new Map<string, Chain>();
  /** How many messages of a sender were met of which nothing is left, by the sender. */
  readonly #takenBack = new Map<string, number>();

  /** @param complete Whether nothing was sent before this stream: every chain has to begin with its first message. */
  constructor(complete = false) {
    this.#complete = complete;
  }

  /** Whether a chain was seen. */
  has(chain: string): boolean {
    return this.#chains.has(chain);
  }

  /** The number of the last message of a chain; undefined where it cannot be told. */
  last(chain: string): number | undefined {
    return this.#chains.get(chain)?.last ?? (this.#complete ? 0 : undefined);
  }

  /** A message of this sender was taken back: where it stood in which chain is not known any more. */
  noteTakenBack(sender: string): void {
    this.#takenBack.set(sender, this.takenBack(sender) + 1);
    if (this.#takenBack.size > chainsMax) {
      this.#takenBack.delete(this.#takenBack.keys().next().value!);
    }
  }

  /** How many messages of this sender were taken back. */
  takenBack(sender: string): number {
    return this.#takenBack.get(sender) ?? 0;
  }

  /** How many messages of a chain's sender were taken back since the last one of the chain: so many may be missing. */
  takenBackSince(chain: string): number {
    return this.takenBack(senderOf(chain)) - (this.#chains.get(chain)?.takenBack ?? 0);
  }

  /** Tells how far a chain went before this stream began. */
  begin({ chain, number }: ChainPlace): void {
    this.#begin(chain, number, this.takenBack(senderOf(chain)));
  }

  #begin(chain: string, last: number, takenBack: number): void {
    if (this.#chains.has(chain)) return;
    this.#chains.set(chain, { last, missing: new Set(), takenBack });
    if (this.#chains.size > chainsMax) this.#chains.delete(this.#chains.keys().next().value!);
  }

  /** Takes the next message of the stream. */
  take({ place, after }: Pick<PrivateBody, "place" | "after">): Finding {
    const last = this.last(place.chain);
    this.#begin(place.chain, last ?? place.number, 0);
    if (last !== undefined && place.number <= last) return this.#again(place);
    const gap = this.#goOn(place, last ?? place.number - 1);
    if (gap > 0 || after === null) return missing(gap);
    const lastBefore = this.last(after.chain) ?? after.number;
    return missing(after.number - lastBefore - this.takenBackSince(after.chain));
  }

  /** How many are missing before it. */
  #goOn({ chain, number }: ChainPlace, last: number): number {
    const gap = number - last - 1 - this.takenBackSince(chain);
    const known = this.#chains.get(chain)!;
    for (let late = last + 1; late < number; late++) {
      if (known.missing.size >= missingMax) break;
      known.missing.add(late);
    }
    known.last = number;
    known.takenBack = this.takenBack(senderOf(chain));
    return gap;
  }

  #again({ chain, number }: ChainPlace): Finding {
    const late = this.#chains.get(chain)!.missing.delete(number);
    return { kind: late ? "late" : "repeated" };
  }
}

function senderOf(chain: string): string {
  return chain.slice(0, Math.max(0, chain.lastIndexOf(" ")));
}

function missing(count: number): Finding {
  return count > 0 ? { kind: "missing", count } : null;
}
