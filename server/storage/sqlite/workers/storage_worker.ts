/**
 * The program of a storage worker: becomes the writer or a reader by the first call, `open`. It is a program of its
 * own, with a bundle of its own: see worker_program.ts.
 *
 * @module
 */

import { Reader } from "./reader.ts";
import { type Methods, serveCalls } from "./worker_calls.ts";
import { Writer } from "./writer.ts";

function methodsOf(part: Writer | Reader): Methods {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(part));
  const methods = names.filter((name) => name !== "constructor");
  return Object.fromEntries(methods.map((name) => [
    name,
    (...values: unknown[]): unknown => {
      const method: unknown = Reflect.get(part, name);
      if (typeof method !== "function") throw new TypeError(`"${name}" is no method`);
      return Reflect.apply(method, part, values);
    },
  ]));
}

const served: Methods = {
  open(role: "writer" | "reader", path: string): void {
    const part = role === "writer" ? new Writer(path, report) : new Reader(path, report);
    Object.assign(served, methodsOf(part));
    delete served["open"];
  },
};
const report = serveCalls(served, { apply: "applyAll" });
