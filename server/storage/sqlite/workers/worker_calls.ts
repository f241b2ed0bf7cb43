/**
 * Calls into a worker, as promises. One message a call, answered in order, in memory that both threads share.
 *
 * @module
 */

import type { Worker } from "node:worker_threads";
import { BlockingEnd, ListeningEnd, type PipeMemory } from "../pipe/pipe_ends.ts";
import type { OnProgress, Progress } from "../../progress.ts";
import { errorReceived, errorToSend, type SentError } from "../file/sent_error.ts";
import { StorageError } from "../../storage_error.ts";

/** Calls that may wait for one worker. Far more than its callers' own caps let through at once. */
export const waitingCallsMax = 100_000;

/** Bytes of calls that may wait for one worker, beside those that are on their way to it. */
const waitingBytesMax = 16 * 1024 * 1024;

/** The methods that a worker serves. */
// deno-lint-ignore no-explicit-any -- stands for any list of arguments; `call` checks the real one
export type Methods = Record<string, (...values: any[]) => unknown>;

type Request = readonly [id: number, method: string, values: readonly unknown[]];
/** What stands in place of a call's id where a worker tells how far it is: ids begin above it. */
const progressId = 0;

type Reply = readonly [id: number, error: SentError | null, value: unknown];

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
  readonly #pipe: ListeningEnd;
  readonly #onProgress: OnProgress | undefined;
  #nextId = progressId + 1;
  #death: StorageError | undefined;
  /** Called with what is found to be damaged, by whichever call. */
  onDamage: (error: StorageError) => void = () => {};

  /**
   * @param worker A worker that runs {@linkcode serveCalls}.
   * @param onDeath Called once if the worker dies by itself; every waiting call is rejected with the same error.
   * @param onProgress Called now and then while a call takes long, where its method tells how far it is.
   */
  constructor(
    worker: Worker,
    onDeath: (error: StorageError) => void,
    onProgress?: OnProgress | undefined,
  ) {
    this.#worker = worker;
    this.#onDeath = onDeath;
    this.#onProgress = onProgress;
    this.#pipe = new ListeningEnd({
      onValue: (value) => this.#settle(value as Reply),
      onFailure: (error) => this.#die(`an answer that cannot be read: ${String(error)}`),
    });
    worker.on("error", (error: Error) => this.#die(error.message));
    worker.on("exit", () => this.#die("its thread has ended"));
    worker.postMessage(this.#pipe.memory);
  }

  /**
   * Calls a method.
   *
   * @param method Its name.
   * @param values Its arguments: plain data, see value_codec.ts.
   * @returns What it returns. Rejected with what it throws, with a StorageError `full` if too many calls wait, and with
   * `failed` once the worker is dead.
   */
  call<Name extends keyof Served & string>(
    method: Name,
    ...values: Parameters<Served[Name]>
  ): Promise<ReturnType<Served[Name]>> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const isFull = this.#waiting.size >= waitingCallsMax ||
      this.#pipe.waitingBytes >= waitingBytesMax;
    if (isFull) return Promise.reject(tooManyCalls());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const request: Request = [id, method, values];
      this.#pipe.send(request);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /**
   * Ends the worker at once. What waits is rejected.
   *
   * @param reason The error for calls that wait, and for later ones.
   */
  terminate(reason: StorageError): void {
    this.#pipe.close();
    this.#rejectAll(reason);
    void this.#worker.terminate();
  }

  #settle([id, error, value]: Reply): void {
    if (id === progressId) return this.#onProgress?.(value as Progress);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (error !== null) waiting.reject(this.#received(error));
    else waiting.resolve(value);
  }

  #received(sent: SentError): Error {
    const error = errorReceived(sent);
    if (error instanceof StorageError && error.reason === "damaged") this.onDamage(error);
    return error;
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
 * @param together For methods whose calls cost less together, another one: it takes the arguments of all calls that have come one
 * after the other, and gives their results.
 * @returns Tells the caller how far a method is, while it runs.
 */
export function serveCalls(
  methods: Methods,
  together: Readonly<Record<string, string>> = {},
): OnProgress {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<PipeMemory>) => void;
  };
  function* answers(requests: readonly Request[]): Generator<Reply> {
    for (let at = 0; at < requests.length;) {
      const method = requests[at]![1];
      let end = at + 1;
      while (Object.hasOwn(together, method) && requests[end]?.[1] === method) end++;
      if (end - at === 1) yield answerOne(methods, requests[at]!);
      else yield* answerTogether(methods, together[method]!, requests.slice(at, end));
      at = end;
    }
  }
  // The first message and the only one: from there on everything goes through the pipe.
  let end: BlockingEnd | undefined;
  scope.onmessage = ({ data }) => {
    end = new BlockingEnd(data);
    void end.serve((requests) => answers(requests as readonly Request[]));
  };
  return (progress) => end?.send([progressId, null, progress]);
}

function answerOne(methods: Methods, [id, method, values]: Request): Reply {
  try {
    return [id, null, called(methods, method, values)];
  } catch (error) {
    return [id, errorToSend(error), null];
  }
}

function answerTogether(methods: Methods, method: string, requests: readonly Request[]): Reply[] {
  try {
    const results = called(methods, method, [requests.map(([, , values]) => values)]) as unknown[];
    return requests.map(([id], index) => [id, null, results[index]]);
  } catch (error) {
    return requests.map(([id]) => [id, errorToSend(error), null]);
  }
}

function called(methods: Methods, method: string, values: readonly unknown[]): unknown {
  if (!Object.hasOwn(methods, method)) throw new Error(`no method "${method}"`);
  return methods[method]?.(...values);
}
