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

/** The chains of one stream of messages: live events, or one page of history. */
export class ChainLog {
  readonly #complete: boolean;
  readonly #chains = new Map<string, { last: number; readonly missing: Set<number> }>();

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

  /** Tells how far a chain went before this stream began. */
  begin({ chain, number }: ChainPlace): void {
    if (this.#chains.has(chain)) return;
    this.#chains.set(chain, { last: number, missing: new Set() });
    if (this.#chains.size > chainsMax) this.#chains.delete(this.#chains.keys().next().value!);
  }

  /** Takes the next message of the stream. */
  take({ place, after }: Pick<PrivateBody, "place" | "after">): Finding {
    const last = this.last(place.chain);
    this.begin({ ...place, number: last ?? place.number });
    if (last !== undefined && place.number <= last) return this.#again(place);
    const gap = last === undefined ? 0 : this.#goOn(place);
    if (gap > 0 || after === null) return missing(gap);
    return missing(after.number - (this.last(after.chain) ?? after.number));
  }

  #goOn({ chain, number }: ChainPlace): number {
    const known = this.#chains.get(chain)!;
    const gap = number - known.last - 1;
    for (let late = known.last + 1; late < number; late++) {
      if (known.missing.size >= missingMax) break;
      known.missing.add(late);
    }
    known.last = number;
    return gap;
  }

  #again({ chain, number }: ChainPlace): Finding {
    const late = this.#chains.get(chain)!.missing.delete(number);
    return { kind: late ? "late" : "repeated" };
  }
}

function missing(count: number): Finding {
  return count > 0 ? { kind: "missing", count } : null;
}
