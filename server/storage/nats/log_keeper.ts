/**
 * Whoever keeps the log of a cluster, and carries what its servers tell one another: NATS. Everything that decides stands above
 * this, so that the tests can put a log of their own below it.
 *
 * @module
 */
import type { FoundLog, LogNames } from "./log_stream.ts";

/** A message of the log. */
export interface LogMessage {
  /** Its number there. */
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** The log, read from a place on. It may break at any time, and may then leave messages out: whoever reads begins anew. */
export interface LogReading {
  /**
   * The next messages, in order, for some seconds: it ends by itself, also where none comes. Throws where the log cannot be read.
   */
  next(): AsyncIterable<LogMessage>;
  /** Ends what is being read. */
  stop(): void;
}

/** What servers tell and hear there without its being kept. */
export type ToldSubject = keyof Pick<LogNames, "whispers" | "places">;

/** How long any answer is waited for, in milliseconds, where nothing else is said. */
export const answerMs = 2_000;

/** At first it is waited for so long: a leader that stops loses what is on its way to it, and the next one answers at once. */
const firstAnswerMs = 400;

/**
 * How long to wait for the answer that a message was kept. Where everything is slow, sending it again does not help.
 *
 * @param unanswered How often nothing came.
 * @returns Milliseconds: twice as long each time, up to {@linkcode answerMs}.
 */
export function waitFor(unanswered: number): number {
  return Math.min(firstAnswerMs * 2 ** unanswered, answerMs);
}

/**
 * Puts a question again and again, and takes the first answer: what is asked during an election is lost, and after it nobody should wait
 * until a time-out has passed.
 *
 * @param ask Puts the question, and waits for its answer for so many milliseconds. It may be put although an earlier one is answered
 * later on.
 * @returns The answer. Rejected as soon as one of the questions is, after {@linkcode answerMs} at the latest.
 */
export async function firstAnswer<Answer>(
  ask: (waitMs: number) => Promise<Answer>,
): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const put = () => void ask(answerMs).then(answered.resolve, answered.reject);
  const timer = setInterval(put, firstAnswerMs);
  put();
  try {
    return await answered.promise;
  } finally {
    clearInterval(timer);
  }
}

/** Keeps a log. Every method that returns a promise rejects, after some seconds at the latest, where there is no answer. */
export interface LogKeeper {
  /**
   * Appends a message, unless the log has had one with this id lately.
   *
   * @param data The message.
   * @param id Its id.
   * @param waitMs How long its answer is waited for, in milliseconds.
   * @returns When it is in the log. Rejected where that is not known: it may be there all the same, or come there later.
   */
  publish(data: Uint8Array, id: string, waitMs: number): Promise<void>;
  /**
   * Finds the log.
   *
   * @param waitMs How long its answer is waited for, in milliseconds.
   * @throws {StorageError} where something is there that cannot be a log.
   * @returns The log, or null where there is none.
   */
  find(waitMs: number): Promise<FoundLog | null>;
  /**
   * Makes the log; where another server was quicker, nothing happens.
   *
   * @param cluster The id of the new cluster.
   * @param beganEmpty See {@linkcode FoundLog}.
   */
  make(cluster: string, beganEmpty: boolean): Promise<void>;
  /**
   * Begins to read.
   *
   * @param sequence The message after which; 0: at the first one.
   * @param waitMs How long an answer is waited for, in milliseconds.
   */
  readAfter(sequence: number, waitMs: number): Promise<LogReading>;
  /**
   * Gets one message. That needs only the leader of the log; to begin a reading needs the leader of all NATS servers, too.
   *
   * @param sequence Its number.
   * @param waitMs How long the answer is waited for, in milliseconds.
   * @returns The message; null where it is not there.
   */
  get(sequence: number, waitMs: number): Promise<LogMessage | null>;
  /** Tells everyone who hears it now, except where the connection is lost. Must not throw. */
  tell(subject: ToldSubject, text: string): void;
  /** Hears what is told from now on, also by itself. The returned function ends it. */
  hear(subject: ToldSubject, listener: (data: Uint8Array) => void): () => void;
  /** Called when the connection was lost, or is there again. */
  onConnection: () => void;
  /** Whether there is a connection, as far as is known. */
  readonly isConnected: boolean;
  /** Lets go of everything. */
  close(): Promise<void>;
}
