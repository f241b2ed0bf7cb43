/**
 * Who may come in to the page on this machine: whoever has the address that the program has printed, once. Others who use the
 * same machine reach its ports, too, and so do pages of other sites that are open in the same browser.
 *
 * Browsers do not keep cookies of one host apart by port: one for all of 127.0.0.1 would be sent to a server of another user.
 * So the page lives under a path that nobody can guess, and the cookie is for this path alone.
 *
 * @module
 */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { encodeHex } from "@std/encoding/hex";

/** What becomes of somebody who opens an address. */
export type Entry =
  /** Goes on to the page, with these cookies. */
  | { readonly type: "enters"; readonly path: string; readonly cookies: readonly string[] }
  /** Someone else had used the address before: both are out now. */
  | { readonly type: "stolen" }
  | { readonly type: "unknown" };

/** Bytes of each secret. */
const secretBytes = 24;
/** Addresses that are printed and not used yet; of more the oldest is forgotten. */
const freshMax = 8;

const entryFolder = "/enter/";
const pageCookie = "chat_page";
const entryCookie = "chat_entry";

/** The door of one program that serves its page. */
export class Door {
  #folder = newFolder();
  #secret = newSecret();
  /** What can be opened, and what was opened: then with the proof that the browser which did got. */
  readonly #entries = new Map<string, string | null>();

  /** The folder of the page, with slashes at both ends. */
  get folder(): string {
    return this.#folder;
  }

  /** A path that can be opened once. */
  newEntry(): string {
    const fresh = [...this.#entries].filter(([, proof]) => proof === null);
    if (fresh.length >= freshMax) this.#entries.delete(fresh[0]![0]);
    const token = newSecret();
    this.#entries.set(token, null);
    return entryFolder + token;
  }

  /** Whether a path is one of those that are opened once, or looks like it. */
  isEntry(path: string): boolean {
    return path.startsWith(entryFolder);
  }

  /**
   * Somebody opens such a path. The browser that has opened it first may do so again: people click twice.
   *
   * @param path The path.
   * @param cookies The header of the request.
   */
  enter(path: string, cookies: string | undefined): Entry {
    const token = [...this.#entries.keys()].find((one) => isSame(path, entryFolder + one));
    if (token === undefined) return { type: "unknown" };
    const proof = this.#entries.get(token) ?? null;
    if (proof !== null && !has(cookies, entryCookie, proof)) {
      this.#lock();
      return { type: "stolen" };
    }
    const known = proof ?? newSecret();
    this.#entries.set(token, known);
    return {
      type: "enters",
      path: this.#folder,
      cookies: [
        cookie(pageCookie, this.#secret, this.#folder),
        cookie(entryCookie, known, entryFolder + token),
      ],
    };
  }

  /**
   * What of the page is asked for.
   *
   * @param path The path of a request.
   * @param cookies Its cookies.
   * @return The path below the page's folder; null for whoever did not come through the door.
   */
  pathInside(path: string, cookies: string | undefined): string | null {
    const isThere = isSame(path.slice(0, this.#folder.length), this.#folder);
    if (!isThere || !has(cookies, pageCookie, this.#secret)) return null;
    return path.slice(this.#folder.length);
  }

  /** Lets nobody in any more who is in, or has an address. */
  #lock(): void {
    this.#folder = newFolder();
    this.#secret = newSecret();
    this.#entries.clear();
  }
}

function newSecret(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(secretBytes)));
}

function newFolder(): string {
  return `/${newSecret()}/`;
}

function cookie(name: string, value: string, path: string): string {
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=Strict`;
}

function has(cookies: string | undefined, name: string, value: string): boolean {
  const all = (cookies ?? "").split(";").map((one) => one.trim());
  return all.some((one) => isSame(one, `${name}=${value}`));
}

function isSame(one: string, other: string): boolean {
  const encoder = new TextEncoder();
  const [a, b] = [encoder.encode(one), encoder.encode(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
