/**
 * Where a page keeps texts: in files of the program that serves it, or in the browser where that is the chat server itself.
 *
 * @module
 */
import * as v from "valibot";
import type { TextStore } from "../../core/link/text_store.ts";

/** What is kept: what tells the server that this machine was here before, what is remembered of keys, how far was read, and all else. */
export type StoreKind = "device" | "memory" | "read" | "page";

/** Whose texts they are. */
export interface StoreOwner {
  /** `host:port`. */
  readonly server: string;
  readonly name: string;
}

const loaded = v.object({ text: v.nullable(v.string()) });

/**
 * Opens a store.
 *
 * @param way Who serves the page.
 * @param owner Whose it is.
 * @param kind What is kept.
 */
export function openStore(
  way: "program" | "server",
  owner: StoreOwner,
  kind: StoreKind,
): TextStore {
  return way === "program" ? programStore(owner, kind) : browserStore(owner, kind);
}

function programStore(owner: StoreOwner, kind: StoreKind): TextStore {
  const ask = async (text?: string): Promise<unknown> => {
    const body = JSON.stringify({ ...owner, kind, ...(text === undefined ? {} : { text }) });
    const headers = { "content-type": "application/json" };
    const response = await fetch("store", { method: "POST", headers, body });
    if (!response.ok) throw new Error(`The store answered with ${response.status}.`);
    return await response.json();
  };
  return {
    load: async () => v.parse(loaded, await ask()).text ?? undefined,
    save: async (text) => void await ask(text),
  };
}

/** Forgets all that the browser keeps of an account: on a machine of somebody else nothing of it stays. */
export function forgetInBrowser(owner: StoreOwner): void {
  const kinds: readonly StoreKind[] = ["device", "memory", "read", "page"];
  for (const kind of kinds) localStorage.removeItem(keyOf(owner, kind));
}

function keyOf({ server, name }: StoreOwner, kind: StoreKind): string {
  return `chat ${kind} ${server} ${name.toLowerCase()}`;
}

function browserStore(owner: StoreOwner, kind: StoreKind): TextStore {
  const key = keyOf(owner, kind);
  return {
    load: () => Promise.resolve(localStorage.getItem(key) ?? undefined),
    save: (text) => {
      localStorage.setItem(key, text);
      return Promise.resolve();
    },
  };
}
