/**
 * Lets costly work run one at a time, with a short queue: a flood of passwords must not take the server's cores, and a flood
 * from one network must not keep the others out.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { passwordChecksWaitingMax } from "../../protocol/wire/limits.ts";

interface Waiting {
  readonly network: string;
  begin(): void;
  refuse(): void;
}

/** A queue of password derivations; one runs, a few wait, more are refused. Networks take turns. */
export class PasswordQueue {
  /** The network whose work runs; null while nothing runs. */
  #running: string | null = null;
  /** In the order of asking. */
  readonly #waiting: Waiting[] = [];

  /**
   * Runs the work when its turn has come.
   *
   * @param network Who asks: see `networkOf`.
   * @param work What to do. Where it fails, only its own caller is told.
   * @return What the work returned.
   * @throws {ChatError} `slow_down` where `passwordChecksWaitingMax` are waiting already; the work is not begun. The newest of
   * a network that has at least two more places than the one that asks gives its place up.
   */
  async run<T>(network: string, work: () => Promise<T>): Promise<T> {
    if (this.#running !== null) await this.#turn(network);
    this.#running = network;
    try {
      return await work();
    } finally {
      this.#beginNext(network);
    }
  }

  #turn(network: string): Promise<void> {
    if (this.#waiting.length >= passwordChecksWaitingMax && !this.#makePlace(network)) {
      return Promise.reject(busy());
    }
    return new Promise((begin, reject) => {
      this.#waiting.push({ network, begin, refuse: () => reject(busy()) });
    });
  }

  /** @return Whether another network had a place to give. */
  #makePlace(network: string): boolean {
    const counts = new Map<string, number>();
    for (const one of this.#waiting) counts.set(one.network, (counts.get(one.network) ?? 0) + 1);
    const [greediest, most] = [...counts].reduce((left, right) =>
      right[1] > left[1] ? right : left
    );
    if (most < (counts.get(network) ?? 0) + 2) return false;
    const at = this.#waiting.findLastIndex((one) => one.network === greediest);
    this.#waiting.splice(at, 1)[0]!.refuse();
    return true;
  }

  /** The first of another network than the last one; each is reached, because whoever comes later stands behind it. */
  #beginNext(last: string): void {
    const other = this.#waiting.findIndex(({ network }) => network !== last);
    const [next] = this.#waiting.splice(Math.max(other, 0), 1);
    // Taken before it begins: nobody may come between.
    this.#running = next?.network ?? null;
    next?.begin();
  }
}

function busy(): ChatError {
  const message = "The server is busy checking passwords. Try again in a moment.";
  return new ChatError("slow_down", message, { retryAfterMs: 1_000 });
}
