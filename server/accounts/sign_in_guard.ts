/**
 * Slows wrong passwords down, without letting a stranger lock an account's owner out.
 *
 * - For an account and an address: 5 wrong tries at once, then 3 a minute; more are refused before any work.
 * - For a network over all accounts: 300 at once, then 60 a minute. A laboratory, or a whole class behind one router, shares an
 *   address and may sign in together. For an IPv6 /48, which has 65,536 networks: 3,000 at once, then 600 a minute.
 * - For an account over all addresses: nothing is refused, but the answer to a wrong try comes later and later, up to 2 s.
 * - A device that has signed in before has tries of its own, which no stranger can use up: its token names it.
 *
 * A try is taken when it begins, so parallel connections get no more of them, and given back when the password was right.
 *
 * Memory is bounded, and whoever fills it loses only what is counted for the network that fills it: nobody else is refused.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { signInEntriesMax } from "../../protocol/wire/limits.ts";
import { networkOf, plainAddress, siteOf } from "../common/address.ts";
import { type SharedCount, TokenBuckets } from "../common/token_bucket.ts";
import { DeviceTokens } from "./device_tokens.ts";
import type { CommandLog } from "../storage/command_log.ts";
import { keptSecret, type SecretStorage } from "../storage/secret_storage.ts";
import { WrongTryDelays } from "./wrong_try_delays.ts";

const ownTries = { burst: 5, perSecond: 3 / 60 };
const networkTries = { burst: 300, perSecond: 60 / 60 };
const siteTries = { burst: 3_000, perSecond: 600 / 60 };

/** What a guard is made with. */
export interface SignInGuardOptions {
  /** A secret of 32 bytes, of its own, for device tokens. */
  readonly secret: Uint8Array<ArrayBuffer>;
  /** A monotonic clock in milliseconds. Where it jumps back nevertheless, time stands still for that moment. */
  readonly nowMs: () => number;
  /** Addresses, accounts and devices of each kind that are kept. */
  readonly entriesMax?: number;
}

/** Who wants to try a password. */
export interface SignInAttempt {
  /** The account's folded name, whether it exists or not. */
  readonly accountKey: string;
  /** The peer's address as the socket gives it. */
  readonly address: string;
  /** What `issueDeviceToken()` returned to this client at an earlier sign-in; anything else counts as none. */
  readonly deviceToken?: string;
  /** See `AccountRecord.passwordGeneration`: a token from before counts as none. 0 where left out. */
  readonly passwordGeneration?: number | undefined;
}

/** One admitted try. If neither is called, as when the connection is lost, the try counts as a wrong one. */
export interface Ticket {
  /** The check of the password costs the server as much as so many ordinary ones: it counts for so many of the network's tries. */
  weighs(checks: number): void;
  /** The password was right: gives the try back. */
  succeeded(): void;
  /** The password was wrong, or the exchange broken. Returns how long to hold the answer back, in milliseconds. */
  failed(): number;
}

/** The counts of one server. They are not kept over a restart; device tokens are. */
export class SignInGuard {
  readonly #accountTries: TokenBuckets;
  readonly #deviceTries: TokenBuckets;
  readonly #networkTries: TokenBuckets;
  readonly #siteTries: TokenBuckets;
  readonly #delays: WrongTryDelays;
  readonly #tokens: DeviceTokens;
  readonly #nowMs: () => number;

  /**
   * Begins with all tries unused.
   *
   * @param options The secret and the clock.
   */
  constructor(options: SignInGuardOptions) {
    const entriesMax = options.entriesMax ?? signInEntriesMax;
    this.#accountTries = new TokenBuckets({ ...ownTries, entriesMax });
    this.#deviceTries = new TokenBuckets({ ...ownTries, entriesMax });
    this.#networkTries = new TokenBuckets({ ...networkTries, entriesMax });
    this.#siteTries = new TokenBuckets({ ...siteTries, entriesMax });
    this.#delays = new WrongTryDelays(entriesMax);
    this.#tokens = new DeviceTokens(options.secret);
    this.#nowMs = neverBack(options.nowMs);
  }

  /**
   * Makes a guard with the secret that the store keeps.
   *
   * @param storage Where the secret is kept.
   * @param nowMs A monotonic clock in milliseconds.
   * @return The guard.
   * @throws {StorageError} where the secret cannot be read or kept.
   */
  static async open(
    storage: SecretStorage & Pick<CommandLog, "submit">,
    nowMs: () => number = () => performance.now(),
  ): Promise<SignInGuard> {
    const make = () => crypto.getRandomValues(new Uint8Array(32));
    return new SignInGuard({ secret: await keptSecret(storage, "device tokens", make), nowMs });
  }

  /** What is counted, by its name: for servers that count together. */
  get counts(): ReadonlyMap<string, SharedCount> {
    return new Map<string, SharedCount>([
      ["account tries", this.#accountTries],
      ["device tries", this.#deviceTries],
      ["network tries", this.#networkTries],
      ["site tries", this.#siteTries],
      ["wrong tries", this.#delays],
    ]);
  }

  /** Milliseconds on the clock by which it is counted. */
  nowMs(): number {
    return this.#nowMs();
  }

  /** How many entries of all kinds are kept. */
  get size(): number {
    const all = [this.#accountTries, this.#deviceTries, this.#networkTries, this.#siteTries];
    return all.reduce((sum, { size }) => sum + size, this.#delays.size);
  }

  /**
   * Makes the token by which a device is known again. Only for a device that has just signed in.
   *
   * @param accountKey The account's folded name.
   * @param generation See `AccountRecord.passwordGeneration`.
   * @return 64 characters, to be kept by the client like a password and sent with its next try.
   */
  issueDeviceToken(accountKey: string, generation = 0): Promise<string> {
    return this.#tokens.issue(accountKey, generation);
  }

  /**
   * Admits a try, or refuses it before any work is done for it.
   *
   * @param attempt Who wants to try.
   * @return The try, already counted.
   * @throws {ChatError} `slow_down`, with `retryAfterMs`; a refused try is not counted.
   */
  async admit(attempt: SignInAttempt): Promise<Ticket> {
    const { accountKey, address, deviceToken, passwordGeneration = 0 } = attempt;
    const device = deviceToken === undefined
      ? null
      : await this.#tokens.deviceId(accountKey, deviceToken, passwordGeneration);
    // A known device is not counted for its network either: a stranger there could have used that up.
    const site = siteOf(address);
    const shared = this.#ofNetwork(address, site);
    const wanted: readonly Wanted[] = device !== null
      ? [{ tries: this.#deviceTries, key: `${accountKey}\n${device}`, group: accountKey }]
      : [
        { tries: this.#accountTries, key: `${accountKey}\n${plainAddress(address)}`, group: site },
        ...shared,
      ];
    return this.#ticket(accountKey, shared, takeAll(wanted, this.#nowMs()));
  }

  #ofNetwork(address: string, site: string): Wanted[] {
    const network = networkOf(address);
    const wanted = [{ tries: this.#networkTries, key: network, group: site }];
    if (network !== site) wanted.push({ tries: this.#siteTries, key: site, group: site });
    return wanted;
  }

  #ticket(accountKey: string, shared: readonly Wanted[], taken: GiveBack[]): Ticket {
    let open = true;
    const close = () => {
      const wasOpen = open;
      open = false;
      return wasOpen;
    };
    return {
      weighs: (checks) => {
        if (checks <= 1) return;
        for (const wanted of shared) taken.push(take(wanted, this.#nowMs(), checks - 1));
      },
      succeeded: () => {
        if (close()) { for (const giveBack of taken) giveBack(this.#nowMs()); }
      },
      failed: () => close() ? this.#delays.count(accountKey, this.#nowMs()) : 0,
    };
  }
}

/** A try of one kind that is wanted. */
interface Wanted {
  readonly tries: TokenBuckets;
  readonly key: string;
  /** Who loses buckets where there are too many. */
  readonly group: string;
}

type GiveBack = (nowMs: number) => void;

/** Takes a try of every kind, or none. */
function takeAll(wanted: readonly Wanted[], nowMs: number): GiveBack[] {
  const waitMs = Math.max(...wanted.map(({ tries, key }) => tries.waitMs(key, nowMs)));
  if (waitMs > 0) throw slowDown(waitMs);
  return wanted.map((one) => take(one, nowMs, 1));
}

function take({ tries, key, group }: Wanted, nowMs: number, count: number): GiveBack {
  const fullAtMs = tries.take(key, group, nowMs, count);
  return (laterMs) => tries.giveBack(key, laterMs, count, fullAtMs);
}

function slowDown(waitMs: number): ChatError {
  const seconds = Math.ceil(waitMs / 1000);
  const when = `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return new ChatError("slow_down", `Too many tries to sign in: try again in ${when}.`, {
    retryAfterMs: waitMs,
  });
}

/** A clock made of the forward steps of another: a jump back must not make anyone wait until the clock has caught up. */
function neverBack(nowMs: () => number): () => number {
  let lastMs = nowMs();
  let elapsedMs = 0;
  return () => {
    const currentMs = nowMs();
    elapsedMs += Math.max(0, currentMs - lastMs);
    lastMs = currentMs;
    return elapsedMs;
  };
}
