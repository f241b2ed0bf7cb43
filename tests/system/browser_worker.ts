/**
 * Makes of a worker what a page is: everything that only Deno and Node have goes before the bundle is loaded.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { Visit } from "./browser_person.ts";

/** What a worker is started with. */
export interface Errand {
  /** The address of the bundle. */
  readonly bundle: string;
  readonly gateway: string;
  readonly peer: string;
}

/** What it says in the end. */
export type Outcome = Visit | { readonly error: string };

const notInBrowsers = ["Deno", "process", "Buffer", "global", "setImmediate", "clearImmediate"];

self.onmessage = async ({ data }: MessageEvent<Errand>) => {
  self.postMessage(await run(data).catch((error) => ({ error: String(error?.stack ?? error) })));
};

async function run({ bundle, gateway, peer }: Errand): Promise<Outcome> {
  for (const name of notInBrowsers) Reflect.deleteProperty(globalThis, name);
  const left = notInBrowsers.filter((name) => name in globalThis);
  if (left.length > 0) return { error: `${left} could not be removed.` };
  const { visit } = await import(bundle);
  return await visit(gateway, peer);
}
