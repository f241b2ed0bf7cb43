/**
 * Which servers of a cluster run, and where clients reach them: each tells that with its place.
 *
 * @module
 */
import { ownAddressesMax, serverAddressesMax } from "../../../protocol/wire/limits.ts";
import { parseServerAddress } from "../../../protocol/wire/server_address.ts";
import type { AnnouncedServer } from "../cluster_view.ts";
import type { ToldPlace } from "./told_place.ts";

/** After this silence a server counts as gone. */
const silentMs = 6_000;

/** Another server. */
interface KnownServer {
  told: ToldPlace;
  heardMs: number;
}

/** What is told of the own server beside its place. */
export type OwnServer = Pick<ToldPlace, "addresses" | "people" | "missingFiles">;

/** The servers of a cluster, but for the own one. */
export class ServerList {
  /** Called when the own server has something else to tell of itself. */
  onSelf: () => void = () => {};
  readonly #others = new Map<string, KnownServer>();
  readonly #watchers = new Set<(addresses: readonly string[]) => void>();
  #self: AnnouncedServer | null = null;
  #addresses: readonly string[] = [];

  /** What is told of the own server: nobody comes to one that was not announced, or is retired. */
  get self(): OwnServer {
    const { addresses = [], people, missingFiles } = this.#self ?? {};
    const missing = missingFiles?.() ?? 0;
    return {
      addresses: [...addresses],
      people: people?.() ?? 0,
      ...(missing === 0 ? {} : { missingFiles: missing }),
    };
  }

  /** What the others have told last. */
  get others(): ToldPlace[] {
    return Array.from(this.#others.values(), ({ told }) => told);
  }

  /** See `ClusterView.addresses`. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** See `ClusterView.watch`. */
  watch(watcher: (addresses: readonly string[]) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** See `ClusterPresence.announce`. */
  announce(self: AnnouncedServer): void {
    this.#self = self;
    this.#update();
    this.onSelf();
  }

  /** See `ClusterPresence.retire`. */
  retire(): void {
    if (this.#self !== null) this.announce({ ...this.#self, addresses: [] });
  }

  /** Another server has told its place. */
  hear(told: ToldPlace): void {
    this.#others.set(told.run, { told, heardMs: performance.now() });
    this.#update();
  }

  /** Forgets those that were silent for too long; to be called now and then. */
  forgetSilent(): void {
    const nowMs = performance.now();
    for (const [run, { heardMs }] of this.#others) {
      if (nowMs - heardMs > silentMs) this.#others.delete(run);
    }
    this.#update();
  }

  #update(): void {
    const others = this.others.sort((one, other) => one.run < other.run ? -1 : 1);
    const addresses = this.#addressesOf(others);
    if (addresses.join() === this.#addresses.join()) return;
    this.#addresses = addresses;
    for (const watcher of this.#watchers) watcher(addresses);
  }

  /** The first address of each server before the second one of any. The own ones lead nowhere else, whoever else has them, too. */
  #addressesOf(others: readonly ToldPlace[]): string[] {
    const own = this.#self?.addresses ?? [];
    const found = new Set<string>();
    for (let at = 0; at < ownAddressesMax; at++) {
      for (const { addresses } of others) {
        const address = addresses[at];
        if (address === undefined || own.includes(address)) continue;
        if (parseServerAddress(address) !== null) found.add(address);
      }
    }
    return [...found].slice(0, serverAddressesMax);
  }
}
