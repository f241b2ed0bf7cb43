/**
 * Calls into a worker, as promises. One message a call, answered in order.
 *
 * @module
 */

import type { Worker } from "node:worker_threads";
import { errorReceived, errorToSend, type SentError } from "../file/sent_error.ts";
import { StorageError } from "../../storage.ts";

/** Calls that may wait for one worker. Far more than its callers' own caps let through at once. */
export const waitingCallsMax = 100_000;

/** The methods that a worker serves. */
// deno-lint-ignore no-explicit-any -- stands for any list of arguments; `call` checks the real one
export type Methods = Record<string, (...values: any[]) => unknown>;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly values: readonly unknown[];
}

type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

function tooManyCalls(): StorageError {
  return new StorageError("full", "Too many requests wait for the disk. Try again in a moment.");
}

/** The calling side of a worker. */
export class WorkerCalls<Served extends Methods> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onDeath: (error: StorageError) => void;
  #nextId = 1;
  #death: StorageError | undefined;

  /**
   * @param worker A worker that runs {@linkcode serveCalls}.
   * @param onDeath Called once if the worker dies by itself; every waiting call is rejected with the same error.
   */
  constructor(worker: Worker, onDeath: (error: StorageError) => void) {
    this.#worker = worker;
    this.#onDeath = onDeath;
    worker.on("message", (reply: Reply) => this.#settle(reply));
    worker.on("messageerror", () => this.#die("a message that cannot be read"));
    worker.on("error", (error: Error) => this.#die(error.message));
  }

  /**
   * Calls a method.
   *
   * @param method Its name.
   * @param values Its arguments; they are cloned.
   * @returns What it returns. Rejected with what it throws, with a StorageError `full` if too many calls wait, and with
   * `failed` once the worker is dead.
   */
  call<Name extends keyof Served & string>(
    method: Name,
    ...values: Parameters<Served[Name]>
  ): Promise<ReturnType<Served[Name]>> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    if (this.#waiting.size >= waitingCallsMax) return Promise.reject(tooManyCalls());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      const request: Request = { id, method, values };
      this.#worker.postMessage(request);
    });
  }

  /**
   * Ends the worker at once. What waits is rejected.
   *
   * @param reason The error for calls that wait, and for later ones.
   */
  terminate(reason: StorageError): void {
    void this.#worker.terminate();
    this.#rejectAll(reason);
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting.reject(errorReceived(reply.error));
    else waiting.resolve(reply.value);
  }

  #die(cause: string): void {
    if (this.#death !== undefined) return;
    const error = new StorageError(
      "failed",
      `The server's storage has failed (${cause}). Restart the server; everything that was acknowledged is stored.`,
    );
    this.terminate(error);
    this.#onDeath(error);
  }

  #rejectAll(error: StorageError): void {
    this.#death ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const call of waiting) call.reject(error);
  }
}

/**
 * The serving side: runs in the worker and answers each call.
 *
 * @param methods What can be called; may change meanwhile. What they throw is sent to the caller.
 */
export function serveCalls(methods: Methods): void {
  // Not `parentPort`: that looks through all of each message for ports, which took as long as cloning it.
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<Request>) => void;
    postMessage(reply: Reply): void;
  };
  scope.onmessage = ({ data: { id, method, values } }) => {
    let reply: Reply;
    try {
      if (!Object.hasOwn(methods, method)) throw new Error(`no method "${method}"`);
      reply = { id, value: methods[method]?.(...values) };
    } catch (error) {
      reply = { id, error: errorToSend(error) };
    }
    scope.postMessage(reply);
  };
}
