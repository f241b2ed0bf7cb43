/**
 * What to tell a person when no connection to the server can be made.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { TimeUsedUp } from "./time_budget.ts";

/** The connection cannot be made. The message says why and what to do. Exit status 1. */
export class ConnectError extends ChatError {
  /**
   * Makes the error.
   *
   * @param code `timeout` where the server did not answer in time, else `disconnected`.
   * @param message What went wrong and what to do.
   * @param options `cause`, kept for logs.
   */
  constructor(
    code: "timeout" | "disconnected",
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.name = "ConnectError";
  }
}

/** What was tried. */
export interface ConnectAttempt {
  /** The host as the person gave it. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The time limit, in milliseconds. */
  readonly timeoutMs: number;
}

type FailureCause =
  | "refused"
  | "notFound"
  | "timeout"
  | "unreachable"
  | "closed"
  | "noTls"
  | "other";

/** Node's names of the errors that Deno throws as classes. */
const causeByNodeCode = new Map<string, FailureCause>([
  ["ECONNREFUSED", "refused"],
  ["ENOTFOUND", "notFound"],
  ["EAI_AGAIN", "notFound"],
  ["ECONNRESET", "closed"],
  ["EPIPE", "closed"],
  ["ETIMEDOUT", "timeout"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
]);

/**
 * Turns what a failed step toward a server threw into an error for people.
 *
 * @param error What connecting or the TLS handshake threw.
 * @param attempt What was tried.
 * @returns The error to throw, with the first as its cause.
 */
export function explainFailure(error: unknown, attempt: ConnectAttempt): ConnectError {
  const cause = causeOf(error);
  const code = cause === "timeout" ? "timeout" : "disconnected";
  return new ConnectError(code, messageFor(cause, attempt, error), { cause: error });
}

function messageFor(cause: FailureCause, attempt: ConnectAttempt, error: unknown): string {
  const { host, port, timeoutMs } = attempt;
  switch (cause) {
    case "refused":
      return `Nothing is listening on ${host} port ${port}. Is the server running, and is the port right?`;
    case "notFound":
      return `There is no host named ${host}. Check the spelling, or give its IP address.`;
    case "timeout":
      return `${host} port ${port} did not answer within ${
        timeoutMs / 1_000
      } s. Check host and port, and whether ` +
        "a firewall is between; --timeout SECONDS waits longer.";
    case "unreachable":
      return `There is no route to ${host}. Is this machine connected to the network?`;
    case "closed":
      return `${host} port ${port} closed the connection at once. The server may be stopping or full, or another ` +
        "program may be using that port. Check the port, and try again.";
    case "noTls":
      return `${host} port ${port} is not a chat server: the program listening there does not use TLS. ` +
        "Check the port.";
    case "other":
      return `No connection to ${host} port ${port}: ${
        error instanceof Error ? error.message : error
      }`;
  }
}

function causeOf(error: unknown): FailureCause {
  if (!(error instanceof Error)) return "other";
  const { errors } = Deno;
  if (error instanceof TimeUsedUp || error instanceof errors.TimedOut) return "timeout";
  if (error instanceof errors.ConnectionRefused) return "refused";
  if (error instanceof errors.ConnectionReset || error instanceof errors.ConnectionAborted) {
    return "closed";
  }
  if (error instanceof errors.UnexpectedEof || error instanceof errors.BrokenPipe) return "closed";
  if (error instanceof errors.NetworkUnreachable) return "unreachable";
  if (error instanceof errors.InvalidData) return "noTls";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code.startsWith("ERR_SSL_")) return "noTls";
  return causeByNodeCode.get(code) ?? causeOfMessage(error.message);
}

/** For name look-ups Deno has neither a class nor a code. */
function causeOfMessage(message: string): FailureCause {
  if (/failed to lookup address|no such host/i.test(message)) return "notFound";
  if (/unreachable|no route to host/i.test(message)) return "unreachable";
  return "other";
}
