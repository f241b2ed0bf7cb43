/**
 * Makes of a worker what a page is: everything that only Deno and Node have goes before the bundle is loaded.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { Visit, Way } from "./browser_person.ts";

/** What a worker is started with. */
export interface Errand extends Way {
  /** The address of the bundle. */
  readonly bundle: string;
  /** Whether WebCrypto has ML-KEM-768 there. */
  readonly hasMlKem: boolean;
}

/** What it says in the end. */
export type Outcome = Visit | { readonly error: string };

const notInBrowsers = ["Deno", "process", "Buffer", "global", "setImmediate", "clearImmediate"];

/** What older browsers lack of WebCrypto. */
const onlyNewBrowsers = [
  "encapsulateBits",
  "decapsulateBits",
  "encapsulateKey",
  "decapsulateKey",
  "getPublicKey",
];

self.onmessage = async ({ data }: MessageEvent<Errand>) => {
  self.postMessage(await run(data).catch((error) => ({ error: String(error?.stack ?? error) })));
};

async function run({ bundle, hasMlKem, ...way }: Errand): Promise<Outcome> {
  if (!hasMlKem) {
    for (const name of onlyNewBrowsers) Reflect.deleteProperty(SubtleCrypto.prototype, name);
  }
  for (const name of notInBrowsers) Reflect.deleteProperty(globalThis, name);
  const left = notInBrowsers.filter((name) => name in globalThis);
  if (left.length > 0) return { error: `${left} could not be removed.` };
  const { visit } = await import(bundle);
  return await visit(way);
}
