/**
 * Comings and goings for native sessions: collected for a moment and told in one event, so that a thousand people who
 * arrive together cost each other a few frames and not a million.
 *
 * @module
 */
import {
  listPageMax,
  presenceFramesPerSecond,
  presenceIntervalMs,
} from "../../../protocol/wire/limits.ts";
import type { PresenceEvent, RoomName } from "../../heart/session.ts";
import { encodeEvent } from "./encoding.ts";

/** What a change was, by the name of the user; the last one counts. */
type Changes = Map<string, "in" | "out">;

/** How the collected news is told. */
export interface PresenceNewsOptions {
  /** How many are told. */
  readonly audience: () => number;
  /** Tells every native session. */
  readonly toAll: (frame: Uint8Array) => void;
  /** Tells the native sessions in a room. */
  readonly toRoom: (room: RoomName, frame: Uint8Array) => void;
}

/** Collects comings and goings. */
export class PresenceNews {
  readonly #options: PresenceNewsOptions;
  #everywhere: Changes = new Map();
  /** By the room's id. */
  #rooms = new Map<number, { readonly room: RoomName; readonly changes: Changes }>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param options See {@linkcode PresenceNewsOptions}. */
  constructor(options: PresenceNewsOptions) {
    this.#options = options;
  }

  /** Takes one event; it is told within `presenceIntervalMs`, or later where very many are to be told. */
  note(event: PresenceEvent): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#intervalMs());
    if (event.type === "renamed") {
      noteChange(this.#everywhere, event.before.name, "out");
      return noteChange(this.#everywhere, event.user.name, "in");
    }
    const change = event.type === "connected" || event.type === "joined" ? "in" : "out";
    const changes = "room" in event ? this.#changesIn(event.room) : this.#everywhere;
    noteChange(changes, event.user.name, change);
  }

  /** Tells what was collected. */
  flush(): void {
    this.stop();
    const everywhere = this.#everywhere;
    const rooms = this.#rooms;
    this.#everywhere = new Map();
    this.#rooms = new Map();
    for (const [came, left] of pages(everywhere)) {
      this.#options.toAll(encodeEvent("presence", { came, left }));
    }
    for (const { room, changes } of rooms.values()) {
      for (const [joined, left] of pages(changes)) {
        this.#options.toRoom(room, encodeEvent("members", { room: room.name, joined, left }));
      }
    }
  }

  /** Tells nothing more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** What a crowd that arrives tells each other grows with its square: so that the server keeps up, it is told less often. */
  #intervalMs(): number {
    const affordableMs = this.#options.audience() / presenceFramesPerSecond * 1_000;
    return Math.max(presenceIntervalMs, affordableMs);
  }

  #changesIn(room: RoomName): Changes {
    let entry = this.#rooms.get(room.id);
    if (entry === undefined) this.#rooms.set(room.id, entry = { room, changes: new Map() });
    return entry.changes;
  }
}

/** Who came and went, or went and came, within one interval did not go anywhere. */
function noteChange(changes: Changes, name: string, change: "in" | "out"): void {
  const before = changes.get(name);
  if (before === undefined || before === change) changes.set(name, change);
  else changes.delete(name);
}

function* pages(changes: Changes): Generator<[entered: string[], exited: string[]]> {
  const all = [...changes];
  for (let at = 0; at < all.length; at += listPageMax) {
    const page = all.slice(at, at + listPageMax);
    yield [
      page.filter(([, change]) => change === "in").map(([name]) => name),
      page.filter(([, change]) => change === "out").map(([name]) => name),
    ];
  }
}
