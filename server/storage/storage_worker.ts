/**
 * The program of a storage worker: becomes the writer or a reader by the first call, `open`. It is a program of its
 * own, with a bundle of its own: see worker_program.ts.
 *
 * @module
 */

import { Reader } from "./reader.ts";
import { serveCalls } from "./worker_calls.ts";
import { Writer } from "./writer.ts";

function serve(part: Writer | Reader): void {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(part));
  const methods = names.filter((name) => name !== "constructor");
  serveCalls(Object.fromEntries(methods.map((name) => [
    name,
    (...values: unknown[]): unknown => {
      const method: unknown = Reflect.get(part, name);
      if (typeof method !== "function") throw new TypeError(`"${name}" is no method`);
      return Reflect.apply(method, part, values);
    },
  ])));
}

serveCalls({
  open(role: "writer" | "reader", path: string): void {
    serve(role === "writer" ? new Writer(path) : new Reader(path));
  },
});
