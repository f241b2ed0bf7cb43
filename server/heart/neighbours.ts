/**
 * Who is connected to the other servers of a cluster. Each server tells what changes at its own, and all of it when it is asked;
 * a server that is silent counts as gone, and everyone on it with it. Sessions there are sessions here, too, to which nothing is
 * delivered: so everything that looks at who is present sees them.
 *
 * @module
 */
import type { Allowances } from "../common/allowances.ts";
import type { ToldSession, Whisper, Whispers } from "../storage/whispers.ts";
import type { AccountSessions } from "./account_sessions.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Presence } from "./presence.ts";
import type { RoomEntry } from "./room_entry.ts";
import type { Rooms } from "./rooms.ts";
import type { Ruling } from "./ruling.ts";
import { nameOf, type Room, type Session, type SessionEvent, type User } from "./session.ts";
import { piecesOf, toldOf } from "./told_sessions.ts";

/** How long the people of a server that stops count as present at the least: they go on with another one. */
const movingMs = 3_000;

/** How long changes wait to be told together. */
const tellAfterMs = 50;

/** How often a server says that it is there, and after which silence it counts as gone. */
const aliveIntervalMs = 2_000;
const silentMs = 6_000;

/** How long an account may have too many sessions: those on a server that has died count until it is known. */
const surplusMs = silentMs + 2 * aliveIntervalMs;

/** What is told of a farewell, in characters, and how many at once: they must fit a message of NATS together with the rest. */
const farewellCharactersMax = 300;
const farewellsMax = 200;

/** Wishes to end a session elsewhere that are said again until it is gone; of more the oldest is not. */
const wishesMax = 1_000;

/** The wish that a session on another server ends. */
type Wish = Extract<Whisper, { type: "end" }>;

const nobodyGone = { gone: [], farewells: [] } as const;

/** What neighbours work on. */
export interface NeighboursOptions {
  readonly whispers: Whispers;
  readonly presence: Presence;
  readonly rooms: Rooms;
  readonly accountSessions: AccountSessions;
  readonly entry: RoomEntry;
  readonly arrivals: Arrivals;
  readonly ruling: Ruling;
  readonly allowances: Allowances;
}

/** Another server. */
interface Neighbour {
  readonly run: string;
  heardMs: number;
  /** How many changes of it are known; -1 where something is missing. */
  number: number;
  readonly sessions: Map<number, Session>;
  /** Parts of a whole list, until all of them are there. */
  parts: ToldSession[][];
  /** Whether it has said that it stops. */
  isLeaving: boolean;
}

/** The other servers, and this one as they see it. */
export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #run = crypto.randomUUID();
  readonly #neighbours = new Map<string, Neighbour>();
  /** Where each session elsewhere is connected. */
  readonly #origins = new WeakMap<Session, { readonly run: string; readonly id: number }>();
  /** Ids of own sessions that have changed and were not told. */
  readonly #changed = new Set<number>();
  /** What was said on going by those of them that have gone. */
  readonly #farewells = new Map<number, string>();
  /** The sessions elsewhere that were ended here and have not been told to be gone: what is told may be lost. */
  readonly #wishes = new Map<string, Wish>();
  /** Accounts with too many sessions, by folded name, and since when, by `performance.now()`. */
  readonly #surplus = new Map<string, number>();
  #alive: ReturnType<typeof setInterval> | undefined;
  #unhear: () => void = () => {};
  #telling: ReturnType<typeof setTimeout> | undefined;
  #number = 0;
  /** See {@linkcode Neighbours.retire}. */
  #isRetiring = false;

  /** @param options See {@linkcode NeighboursOptions}. */
  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  /** Begins; the lobby is there. */
  start(): void {
    const { whispers, presence } = this.#options;
    this.#unhear = whispers.hear((whisper) => this.#hear(whisper));
    presence.onChange = (session) => this.#note(session);
    this.#alive = setInterval(() => this.#sayAlive(), aliveIntervalMs);
    whispers.tell({ type: "wanted", run: null });
  }

  /**
   * The people of this server are told to go to another one: from now on they are not told to be gone. But guests are, whose names
   * would not be free elsewhere.
   */
  retire(): void {
    this.#isRetiring = true;
    this.#sayStopping();
  }

  #sayStopping(): void {
    this.#options.whispers.tell({ type: "stopping", run: this.#run });
  }

  /** Tells the others that this server stops. */
  stop(): void {
    clearInterval(this.#alive);
    clearTimeout(this.#telling);
    this.#options.presence.onChange = null;
    this.#unhear();
    this.#sayStopping();
  }

  /** Tells at once what has changed. */
  flush(): void {
    if (this.#telling === undefined) return;
    clearTimeout(this.#telling);
    this.#tellChanges();
  }

  #note(session: Session): void {
    if (session.elsewhere || (this.#isRetiring && session.user.account)) return;
    this.#changed.add(session.id);
    if (session.ended && session.farewell !== null) {
      this.#farewells.set(session.id, session.farewell.slice(0, farewellCharactersMax));
    }
    this.#telling ??= setTimeout(() => this.#tellChanges(), tellAfterMs);
  }

  #tellChanges(): void {
    this.#telling = undefined;
    const sessions: ToldSession[] = [];
    const gone: number[] = [];
    for (const id of this.#changed) {
      const session = this.#options.presence.session(id);
      if (session === undefined) gone.push(id);
      else sessions.push(toldOf(session));
    }
    const farewells = [...this.#farewells].slice(0, farewellsMax);
    this.#changed.clear();
    this.#farewells.clear();
    if (sessions.length + gone.length === 0) return;
    for (const [at, some] of piecesOf(sessions).entries()) {
      const went = at === 0 ? { gone, farewells } : nobodyGone;
      this.#tell({ number: ++this.#number, part: 0, parts: 0, sessions: some, ...went });
    }
  }

  #tellAll(): void {
    // What waits to be told is a part of it.
    clearTimeout(this.#telling);
    this.#tellChanges();
    const own = [...this.#options.presence.all()].filter(({ elsewhere }) => !elsewhere);
    const pieces = piecesOf(own.map(toldOf));
    for (const [at, sessions] of pieces.entries()) {
      const place = { part: at + 1, parts: pieces.length };
      this.#tell({ number: this.#number, ...place, sessions, ...nobodyGone });
    }
  }

  #tell(told: Omit<Extract<Whisper, { type: "sessions" }>, "type" | "run">): void {
    this.#options.whispers.tell({ type: "sessions", run: this.#run, ...told });
  }

  #sayAlive(): void {
    this.#options.whispers.tell({ type: "alive", run: this.#run, number: this.#number });
    const nowMs = performance.now();
    for (const neighbour of this.#neighbours.values()) {
      if (nowMs - neighbour.heardMs > silentMs) this.#forget(neighbour);
    }
    for (const wish of this.#wishes.values()) {
      if (this.#neighbours.has(wish.run)) this.#options.whispers.tell(wish);
    }
    this.#endSurplus(nowMs);
  }

  #hear(whisper: Whisper): void {
    if (whisper.type === "read" || whisper.type === "signal" || whisper.type === "spent") return;
    if (whisper.type === "draft") return;
    if (whisper.type === "wanted") {
      // Those who ask for everyone ask this server, too, but not themselves: nobody else is told by it twice.
      if (whisper.run === null || whisper.run === this.#run) this.#tellAll();
      return;
    }
    const isOwn = whisper.run === this.#run;
    if (whisper.type === "end" || whisper.type === "invited") {
      if (isOwn) this.#obey(whisper);
    } else if (!isOwn) this.#follow(whisper);
  }

  /** Another server wants something of a session here. */
  #obey(whisper: Extract<Whisper, { type: "end" | "invited" }>): void {
    const session = this.#options.presence.session(whisper.session);
    if (session === undefined || session.elsewhere) return;
    if (whisper.type === "end") {
      session.revoked = true;
      session.farewell = whisper.farewell;
      session.connection.endBecause(whisper.reason);
      return this.#options.arrivals.disconnect(session);
    }
    const room = this.#options.rooms.findById(whisper.room);
    if (room === undefined) return;
    if (whisper.opened) room.invited.add(session.user.nameKey);
    session.deliver({ type: "invited", room: nameOf(room), by: whisper.by });
  }

  #follow(whisper: Extract<Whisper, { type: "sessions" | "alive" | "stopping" }>): void {
    const { run } = whisper;
    const known = this.#neighbours.get(run);
    if (whisper.type === "stopping") {
      if (known !== undefined) this.#leave(known);
      return;
    }
    const neighbour = known ?? { run, ...unheard() };
    this.#neighbours.set(run, neighbour);
    neighbour.heardMs = performance.now();
    if (whisper.type === "sessions" && whisper.parts > 0) return this.#replace(neighbour, whisper);
    const isNext = whisper.type === "sessions" && whisper.number === neighbour.number + 1 &&
      neighbour.number >= 0;
    if (isNext) this.#update(neighbour, whisper);
    else if (whisper.type === "alive" && whisper.number !== neighbour.number) {
      this.#options.whispers.tell({ type: "wanted", run });
    } else if (whisper.type === "sessions") neighbour.number = -1;
  }

  #replace(neighbour: Neighbour, told: Extract<Whisper, { type: "sessions" }>): void {
    if (told.part === 1) neighbour.parts = [];
    neighbour.parts.push([...told.sessions]);
    if (neighbour.parts.length !== told.part || told.part !== told.parts) return;
    const sessions = neighbour.parts.flat();
    neighbour.parts = [];
    const there = new Set(sessions.map(({ id }) => id));
    const wished = [...this.#wishes.values()].filter(({ run }) => run === neighbour.run);
    const known = [...neighbour.sessions.keys(), ...wished.map(({ session }) => session)];
    const gone = known.filter((id) => !there.has(id));
    this.#update(neighbour, { ...told, sessions, gone });
  }

  #update(
    neighbour: Neighbour,
    { number, sessions, gone, farewells }: Extract<Whisper, { type: "sessions" }>,
  ): void {
    neighbour.number = number;
    for (const [id, text] of farewells) {
      const session = neighbour.sessions.get(id);
      if (session !== undefined) session.farewell = text.slice(0, farewellCharactersMax);
    }
    for (const id of gone) {
      this.#remove(neighbour, id);
      this.#wishes.delete(wishKey(neighbour.run, id));
    }
    for (const told of sessions) this.#take(neighbour, told);
  }

  #take(neighbour: Neighbour, told: ToldSession): void {
    // It was ended here: its server has not heard that yet.
    if (this.#wishes.has(wishKey(neighbour.run, told.id))) return;
    const rooms = new Set<Room>();
    for (const id of told.rooms) {
      const room = this.#options.rooms.findById(id);
      if (room !== undefined) rooms.add(room);
      // The log is not that far here: everything is asked for again a little later.
      else neighbour.number = -1;
    }
    if (!told.account && !this.#keepsName(neighbour, told)) return this.#remove(neighbour, told.id);
    const session = this.#sessionOf(neighbour, told, rooms);
    session.namedMs = told.namedMs;
    const roles = new Map(told.roles);
    for (const room of told.account ? [] : session.rooms) {
      this.#options.ruling.setGuestRoles(room, session.user, roles.get(room.id) ?? []);
    }
    if (told.account && this.#options.accountSessions.hasSurplus(told.nameKey)) {
      this.#surplus.set(told.nameKey, this.#surplus.get(told.nameKey) ?? performance.now());
    }
    if (JSON.stringify(session.profile) === JSON.stringify(told.profile)) return;
    session.profile = told.profile;
    this.#options.presence.tellProfile(session);
  }

  /** The session that was told of, as it is now. */
  #sessionOf(neighbour: Neighbour, told: ToldSession, rooms: ReadonlySet<Room>): Session {
    const known = neighbour.sessions.get(told.id);
    if (known !== undefined && !known.ended) {
      const isSame = known.user.name === told.name && known.user.account === told.account;
      const isGuest = !known.user.account && !told.account;
      if (isSame || isGuest && this.#options.arrivals.renameElsewhere(known, toldUser(told))) {
        // Whoever follows an account is where the log says.
        if (!known.followsAccount) this.#options.entry.place(known, rooms);
        return known;
      }
    }
    this.#remove(neighbour, told.id);
    const session = this.#arrive(neighbour, told, rooms);
    neighbour.sessions.set(told.id, session);
    return session;
  }

  /**
   * Of two guests of one name, on two servers that did not know of each other, the first keeps it; all servers decide so by what they
   * are told. The other one's server gives that guest another name.
   */
  #keepsName({ run }: Neighbour, told: ToldSession): boolean {
    for (const other of [...this.#options.presence.sessions(told.nameKey)]) {
      const place = this.#placeOf(other);
      if (place.run === run && place.id === told.id) continue;
      const { namedMs } = other;
      if (isBefore({ ms: namedMs, ...place }, { ms: told.namedMs, run, id: told.id })) {
        // The other server perhaps has not heard of it.
        this.#note(other);
        return false;
      }
      if (!other.elsewhere) other.connection.giveUpName?.();
      else this.#remove(this.#neighbours.get(place.run), place.id);
    }
    return true;
  }

  /** Of the sessions that have been too many for an account for a while the newest go: its server ends each. */
  #endSurplus(nowMs: number): void {
    const { accountSessions } = this.#options;
    const placeOf = (session: Session) => ({ ms: session.sinceMs, ...this.#placeOf(session) });
    for (const [nameKey, sinceMs] of this.#surplus) {
      if (nowMs - sinceMs < surplusMs) continue;
      this.#surplus.delete(nameKey);
      accountSessions.endSurplus(nameKey, (a, b) => isBefore(placeOf(a), placeOf(b)) ? -1 : 1);
    }
  }

  #placeOf(session: Session): { readonly run: string; readonly id: number } {
    return this.#origins.get(session) ?? { run: this.#run, id: session.id };
  }

  #arrive({ run, isLeaving }: Neighbour, told: ToldSession, rooms: ReadonlySet<Room>): Session {
    const { nameKey, wire, id } = told;
    const { whispers, allowances, arrivals } = this.#options;
    const deliver = (event: SessionEvent) => {
      if (event.type !== "invited") return;
      const opened = this.#options.rooms.byId(event.room.id).invited.has(nameKey);
      const invitation = { room: event.room.id, by: event.by, opened };
      whispers.tell({ type: "invited", run, session: id, ...invitation });
    };
    const session = arrivals.connectElsewhere(toldUser(told), {
      deliver,
      followsAccount: told.followsAccount,
      secure: told.secure,
      opensSealed: told.opensSealed,
      showsInvitations: told.showsInvitations,
      elsewhere: true,
      profile: told.profile,
      connection: {
        wire,
        address: "",
        questions: allowances.questions(wire),
        silentMs: () => 0,
        endBecause: (reason, said) =>
          this.#wish({ type: "end", run, session: id, reason, farewell: said ?? null }),
      },
    }, { rooms, sinceMs: told.sinceMs });
    this.#origins.set(session, { run, id });
    session.leaving = isLeaving;
    return session;
  }

  #wish(wish: Wish): void {
    this.#wishes.set(wishKey(wish.run, wish.session), wish);
    if (this.#wishes.size > wishesMax) {
      const [oldest] = this.#wishes.keys();
      this.#wishes.delete(oldest!);
    }
    this.#options.whispers.tell(wish);
  }

  #remove(neighbour: Neighbour | undefined, id: number): void {
    const session = neighbour?.sessions.get(id);
    if (session === undefined) return;
    neighbour?.sessions.delete(id);
    this.#options.arrivals.disconnect(session);
  }

  /** A server stops: its guests are gone, and everyone else has a moment to come back. */
  #leave(neighbour: Neighbour): void {
    neighbour.isLeaving = true;
    for (const [id, session] of [...neighbour.sessions]) {
      session.leaving = true;
      if (!session.user.account) this.#remove(neighbour, id);
    }
    neighbour.heardMs = performance.now() - silentMs + movingMs;
  }

  #forget(neighbour: Neighbour): void {
    this.#neighbours.delete(neighbour.run);
    for (const id of [...neighbour.sessions.keys()]) this.#remove(neighbour, id);
  }
}

function unheard(): Omit<Neighbour, "run"> {
  return { heardMs: 0, number: -1, sessions: new Map(), parts: [], isLeaving: false };
}

function wishKey(run: string, session: number): string {
  return `${run} ${session}`;
}

function toldUser({ name, nameKey, account, origin }: ToldSession): User {
  return { name, nameKey, account, ...(origin === null ? {} : { origin }) };
}

/** A moment on a server, and a session there. */
interface Moment {
  readonly ms: number;
  readonly run: string;
  readonly id: number;
}

/** The same on all servers, whatever their clocks say: two moments are never the same. */
function isBefore(a: Moment, b: Moment): boolean {
  if (a.ms !== b.ms) return a.ms < b.ms;
  return a.run === b.run ? a.id < b.id : a.run < b.run;
}
