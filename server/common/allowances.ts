/**
 * How much one user, or one network, may do: the same on all wires together. The heart takes it where something is done.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { ChatError } from "../../protocol/wire/errors.ts";
import { type BucketPolicy, type SharedCount, TokenBucket, TokenBuckets } from "./token_bucket.ts";

/** How long a user may post at the full rate without a pause, in seconds. */
const postBurstSeconds = 10;

/** What counts as one draft: most are shorter. A long one costs every server of a cluster as much as several. */
const draftCharacters = 1024;

/** What a post takes on the disk beside its text: names, times, the index. */
const postBytes = 200;
const daySeconds = 24 * 3600;

/**
 * Guests of one network share what they may do, and a class of them may come back to its rooms at once: so often the rate of posts.
 */
const guestEntriesFactor = 10;

/** Commands of IRC that may come at once beside those that post. */
const ircCommandsAtOnce = 50;

/** Users and networks of which it is known what they have done of late, of each kind. */
const entriesMax = 100_000;

/** Who does something: a session. */
export interface Doer {
  readonly user: {
    /** The folded name. */
    readonly nameKey: string;
    readonly account: boolean;
  };
  /** Where it comes from: see `siteOf`. */
  readonly site: string;
}

/** How much of each kind may be done. */
export interface AllowancePolicies {
  /** Posts of one user, and all else that others are told of or that waits for the disk. */
  readonly posts: BucketPolicy;
  /** Bytes that one user posts. */
  readonly bytes: BucketPolicy;
  /** Rooms that the guests of one network enter and leave. */
  readonly guestEntries: BucketPolicy;
  /** New rooms from one network: they stay, and when there are `roomsMax` nobody can make one any more. */
  readonly rooms: BucketPolicy;
  /** New accounts from one network: a class registers at once, a script does not fill the store. */
  readonly registrations: BucketPolicy;
  /** Drafts that the sessions of one account pass to one another, a long one for as many as it has KiB. */
  readonly drafts: BucketPolicy;
  /** Wrong keys of rooms that one user gives. */
  readonly roomKeys: BucketPolicy;
  /** Questions of one user on a wire: a client that catches up asks for one page after the other. */
  readonly questions: BucketPolicy;
  /** The same over IRC, where whatever is sent is counted. */
  readonly ircQuestions: BucketPolicy;
}

/** What is allowed. */
export interface AllowancesOptions {
  /** How many posts a user may make a second in the long run, and ten times as many at once; 0 means any number. */
  readonly postsPerSecond: number;
  /** How many bytes a user may post a day in the long run, and at once; at least the largest post, or 0 for any number. */
  readonly bytesPerDay: number;
  /** What differs from the usual. */
  readonly policies?: Partial<AllowancePolicies>;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

function policiesOf({ postsPerSecond, bytesPerDay }: AllowancesOptions): AllowancePolicies {
  const posts = { perSecond: postsPerSecond, burst: postsPerSecond * postBurstSeconds };
  return {
    posts,
    bytes: { perSecond: bytesPerDay / daySeconds, burst: bytesPerDay },
    guestEntries: {
      perSecond: posts.perSecond * guestEntriesFactor,
      burst: posts.burst * guestEntriesFactor,
    },
    rooms: { perSecond: 1 / 30, burst: 100 },
    registrations: { perSecond: 2, burst: 200 },
    drafts: { perSecond: 5, burst: 200 },
    roomKeys: { perSecond: 1 / 10, burst: 10 },
    questions: { perSecond: 500, burst: 2_000 },
    ircQuestions: { ...posts, burst: posts.burst + ircCommandsAtOnce },
  };
}

/** What is said to those who do more than is allowed. */
const refusals = {
  posts: "You are posting faster than this server allows. Wait a moment.",
  bytes: "You have posted as much as this server keeps from one user in a day. Try again later.",
  guestEntries: "Too many guests from your network enter and leave rooms. Wait a moment.",
  rooms: "Too many new rooms from your address. Wait a minute.",
  drafts: "You are typing in more places at once than this server passes on. Wait a moment.",
  roomKeys: "Too many wrong keys of rooms. Try again in a moment.",
  registrations: "Too many new accounts from your address. Try again in a moment.",
} as const;

type Kind = keyof typeof refusals;
type Buckets = Readonly<Record<Kind, TokenBuckets>>;

/** What may be done how often. Guests, who change their names as they like, count by their network. */
export class Allowances {
  readonly #nowMs: () => number;
  readonly #policies: AllowancePolicies;
  readonly #buckets: Buckets;

  /** @param options See {@linkcode AllowancesOptions}. */
  constructor(options: AllowancesOptions) {
    this.#nowMs = options.nowMs ?? (() => performance.now());
    const policies = { ...policiesOf(options), ...options.policies };
    const bucketsOf = (kind: Kind) => new TokenBuckets({ ...policies[kind], entriesMax });
    const kinds = Object.keys(refusals) as Kind[];
    this.#policies = policies;
    this.#buckets = Object.fromEntries(kinds.map((kind) => [kind, bucketsOf(kind)])) as Buckets;
  }

  /** What is counted, by its name: for servers that count together. */
  get counts(): ReadonlyMap<string, SharedCount> {
    return new Map(Object.entries(this.#buckets));
  }

  /** Milliseconds on the clock by which it is counted. */
  nowMs(): number {
    return this.#nowMs();
  }

  /**
   * Takes a post.
   *
   * @param body What is to be stored.
   * @throws {ChatError} `slow_down`, with the time after which it is allowed.
   */
  takePost(doer: Doer, body: string): void {
    const key = keyOf(doer);
    const nowMs = this.#nowMs();
    this.#take("posts", key, doer.site, 1, nowMs);
    this.#take("bytes", key, doer.site, Buffer.byteLength(body) + postBytes, nowMs);
  }

  /**
   * Takes something that waits for the disk, or that others are told of, as a post is, and that does not stay as one: it counts
   * as a post without a text.
   *
   * @throws {ChatError} `slow_down`.
   */
  takeChange(doer: Doer): void {
    this.#take("posts", keyOf(doer), doer.site);
  }

  /**
   * Takes the entering or leaving of a room.
   *
   * @throws {ChatError} `slow_down`.
   */
  takeEntry(doer: Doer): void {
    if (doer.user.account) this.takeChange(doer);
    else this.#take("guestEntries", doer.site, doer.site);
  }

  /**
   * Takes a new room.
   *
   * @throws {ChatError} `slow_down`.
   */
  takeRoom({ site }: Doer): void {
    this.#take("rooms", site, site);
  }

  /**
   * Sees that somebody has not given too many wrong keys of rooms. To be asked before a key is looked at: whoever guesses learns
   * nothing by one more.
   *
   * @throws {ChatError} `slow_down`.
   */
  checkRoomKeys(doer: Doer): void {
    if (this.#policies.roomKeys.perSecond === 0) return;
    const retryAfterMs = this.#buckets.roomKeys.waitMs(keyOf(doer), this.#nowMs());
    if (retryAfterMs > 0) throw new ChatError("slow_down", refusals.roomKeys, { retryAfterMs });
  }

  /**
   * Takes a draft that is passed on to the account's other sessions, and to every server of a cluster.
   *
   * @param sealed What is passed on.
   * @throws {ChatError} `slow_down`.
   */
  takeDraft(doer: Doer, sealed: string): void {
    const count = Math.max(1, Math.ceil(sealed.length / draftCharacters));
    this.#take("drafts", keyOf(doer), doer.site, count);
  }

  /** Takes a wrong key of a room, after {@linkcode Allowances.checkRoomKeys}. */
  takeWrongRoomKey(doer: Doer): void {
    this.#take("roomKeys", keyOf(doer), doer.site);
  }

  /**
   * Takes a new account.
   *
   * @param site Where it comes from: see `siteOf`.
   * @throws {ChatError} `slow_down`.
   */
  takeRegistration(site: string): void {
    this.#take("registrations", site, site);
  }

  /**
   * What a new connection may ask: whoever asks too much is read later. The connections of an account on one wire share it once
   * they are signed in: see `Session.questions`.
   *
   * @param wire The wire, which says what a question counts for.
   */
  questions(wire: "native" | "web" | "irc" | "classic"): TokenBucket {
    const { questions, ircQuestions } = this.#policies;
    return new TokenBucket(wire === "irc" ? ircQuestions : questions);
  }

  #take(kind: Kind, key: string, site: string, count = 1, nowMs = this.#nowMs()): void {
    if (this.#policies[kind].perSecond === 0) return;
    const retryAfterMs = this.#buckets[kind].takeNow(key, site, nowMs, count);
    if (retryAfterMs > 0) throw new ChatError("slow_down", refusals[kind], { retryAfterMs });
  }
}

/** No folded name has a space in it. */
function keyOf({ user, site }: Doer): string {
  return user.account ? user.nameKey : `guests of ${site}`;
}
