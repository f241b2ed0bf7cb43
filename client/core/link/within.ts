/**
 * A time limit for something that can be given up.
 *
 * @module
 */
import { ClientError } from "./client_error.ts";

/**
 * Does something within a time.
 *
 * @param ms The time, in milliseconds.
 * @param signal Gives up before.
 * @param act Gets a signal, and must settle soon after that is aborted.
 * @return What it gives.
 * @throws {ClientError} `timeout` where the time is over; else the reason of the signal, or what the act throws.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const late = () => controller.abort(new ClientError("timeout", { kind: "no_answer" }));
  const timer = setTimeout(late, ms);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await act(controller.signal);
  } catch (error) {
    // What an aborted operation throws differs from one to the next: the reason is what counts.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
