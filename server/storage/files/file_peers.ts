/**
 * The way to the files of the other servers of a cluster. Everything that decides stands above this, so that tests can have servers
 * without NATS.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";
import { AtOnce } from "../../common/at_once.ts";
import {
  encodeQuestion,
  type FileAnswer,
  type FileQuestion,
  readAnswer,
} from "./file_questions.ts";

/** The other servers, as whoever asks them for files needs them. */
export interface FilePeers {
  /** What the own server is asked by. */
  readonly self: string;
  /** The other servers that run, by what each is asked by. */
  readonly others: readonly string[];
  /** Resolves when every server that runs has had the time to tell of itself. */
  readonly settled: Promise<void>;
  /** How far the log was followed here. */
  readonly place: number;
  /** Waits for a place of the log. See `ClusterView.reached`. */
  reached(place: number, timeoutMs: number): Promise<boolean>;
  /** Asks one of them. Rejected where it does not answer within the time. */
  ask(server: string, question: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /**
   * Answers what others ask, from now on.
   *
   * @param answering Gives the answer. Where it is rejected, whoever has asked gets none.
   */
  answer(answering: (question: Uint8Array) => Promise<Uint8Array>): void;
  /** Lets go of them. */
  close(): Promise<void>;
}

/** How long a piece is waited for, in milliseconds. */
const pieceTimeoutMs = 8_000;
/** Pieces that are asked for at once, so that they take neither much memory nor the whole line. */
const piecesAtOnceMax = 8;

/** Asks for pieces of files. */
export class PieceAsking {
  readonly #peers: FilePeers;
  readonly #logger: Logger;
  readonly #atOnce = new AtOnce(piecesAtOnceMax);

  /**
   * @param peers Who is asked.
   * @param logger Where it is written who answers what cannot be.
   */
  constructor(peers: FilePeers, logger: Logger) {
    this.#peers = peers;
    this.#logger = logger;
  }

  /**
   * Asks a server for a piece.
   *
   * @param server Which one.
   * @param piece The file, where the piece begins, and how many bytes it must have.
   * @returns The piece; null where that server does not give it. Never rejected.
   */
  async piece(
    server: string,
    { file, offset, length }: {
      readonly file: string;
      readonly offset: number;
      readonly length: number;
    },
  ): Promise<Uint8Array | null> {
    const answer = await this.#atOnce.run(() =>
      askFor(this.#peers, server, { type: "piece", file, offset }, pieceTimeoutMs)
    );
    if (answer === null || answer.type === "none") return null;
    if (answer.type === "piece" && answer.bytes.length === length) return answer.bytes;
    this.#logger.warn(
      "The server {server} has answered for the file {file} what cannot be a part of it.",
      { server, file },
    );
    return null;
  }
}

/**
 * Asks a server something about a file.
 *
 * @param peers The servers.
 * @param server Which one.
 * @param question What is asked.
 * @param timeoutMs How long the answer is waited for, in milliseconds.
 * @returns The answer; null where none comes, or none that can be read.
 */
export async function askFor(
  peers: FilePeers,
  server: string,
  question: FileQuestion,
  timeoutMs: number,
): Promise<FileAnswer | null> {
  try {
    return readAnswer(await peers.ask(server, encodeQuestion(question), timeoutMs));
  } catch {
    return null;
  }
}

/** The same servers in a random order, so that not all turn to the same one. */
export function shuffled(servers: readonly string[]): string[] {
  return servers.map((server) => ({ server, rank: Math.random() }))
    .sort((one, other) => one.rank - other.rank).map(({ server }) => server);
}
