/**
 * One WebSocket of the page and the connection to a server that belongs to it: first the question whether the server is to be
 * trusted, then bytes both ways. What the program checks for a terminal it checks here, too: the page cannot see a certificate.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { DataFolderError } from "../../platform/data_folder.ts";
import { closeCodes } from "../../protocol/web/web_socket_frames.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { ServerAddress } from "../../protocol/wire/server_address.ts";
import { openConnection } from "../connect/connection.ts";
import { type NewServer, ServerTrust } from "../connect/trust.ts";
import type { ServerConnection, Transport } from "../core/link/transport.ts";
import { UntrustedServerError } from "../core/link/untrusted_server_error.ts";
import type { BrowserSocket, FromPage } from "./browser_socket.ts";

/** Where a passage leads. */
export interface PassageOptions {
  readonly server: ServerAddress;
  /** The server that it must be the same as, where that one has told of it. */
  readonly sameAs?: ServerAddress | undefined;
  /** The only fingerprint that is accepted, where a person has agreed to it. */
  readonly fingerprint?: string | undefined;
  /** Trusts, without a question, a server that is seen for the first time. */
  readonly acceptNew: boolean;
  /** The client's data folder. */
  readonly folder: string;
  /** How long connecting may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

const answer = v.object({ type: v.literal("answer"), trusted: v.boolean() });

/** How long a person may take to compare a fingerprint, in milliseconds. */
const answerTimeoutMs = 5 * 60_000;
const readBufferBytes = 32 * 1024;

/**
 * Lets a page and a server talk until one of them ends. Never rejects.
 *
 * @param socket The page.
 * @param options See {@linkcode PassageOptions}.
 */
export async function openPassage(socket: BrowserSocket, options: PassageOptions): Promise<void> {
  const pieces = socket.pieces();
  try {
    const { transport, channelBinding } = await connect(socket, pieces, options);
    try {
      // Over TLS of one's own there is always one.
      await socket.tell({ type: "connected", channelBinding: encodeBase64(channelBinding!) });
      await carry(socket, pieces, transport);
    } finally {
      close(transport);
    }
  } catch (error) {
    await tellWhy(socket, error).catch(() => {});
  }
  await socket.end(closeCodes.normal);
}

async function connect(
  socket: BrowserSocket,
  pieces: AsyncGenerator<FromPage, void, void>,
  options: PassageOptions,
): Promise<ServerConnection> {
  const { server, sameAs, fingerprint, acceptNew, folder, timeoutMs, signal } = options;
  const trust = new ServerTrust({
    dataDirectory: folder,
    expectedFingerprint: fingerprint,
    confirmNewServer: (found) => acceptNew ? Promise.resolve(true) : askPage(socket, pieces, found),
  });
  return await openConnection({ ...server, sameAs, trust, timeoutMs, signal });
}

/** Asks the person at the page; one who goes away, or takes too long, does not agree. */
async function askPage(
  socket: BrowserSocket,
  pieces: AsyncGenerator<FromPage, void, void>,
  { host, port, fingerprint }: NewServer,
): Promise<boolean> {
  await socket.tell({ type: "question", host, port, fingerprint });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), answerTimeoutMs);
  });
  const next = await Promise.race([pieces.next(), late]);
  clearTimeout(timer);
  if (next === null || next.done === true || next.value.type !== "text") return false;
  const said = v.safeParse(answer, parseJson(next.value.text));
  return said.success && said.output.trusted;
}

/** Carries bytes until one end is gone; then the other one is let go, too. */
async function carry(
  socket: BrowserSocket,
  pieces: AsyncGenerator<FromPage, void, void>,
  transport: Transport,
): Promise<void> {
  const up = (async () => {
    for await (const piece of pieces) {
      if (piece.type === "binary") await writeWhole(transport, piece.bytes);
    }
  })();
  const down = (async () => {
    const buffer = new Uint8Array(readBufferBytes);
    for (;;) {
      const count = await transport.read(buffer);
      if (count === null) return;
      await socket.send(buffer.subarray(0, count));
    }
  })();
  // What fails after that is the other half, which has lost its end.
  up.catch(() => {});
  down.catch(() => {});
  await Promise.race([up, down]);
}

async function writeWhole(transport: Transport, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await transport.write(bytes.subarray(at));
}

async function tellWhy(socket: BrowserSocket, error: unknown): Promise<void> {
  if (error instanceof UntrustedServerError) {
    const { message, seen } = error;
    await socket.tell({
      type: "untrusted",
      message,
      before: seen?.before ?? null,
      now: seen?.now ?? null,
    });
  } else if (error instanceof ChatError) {
    await socket.tell({ type: "failed", code: error.code, message: error.message });
  } else if (error instanceof DataFolderError) {
    await socket.tell({ type: "failed", code: "storage_failed", message: error.message });
  }
}

function close(transport: Transport): void {
  try {
    transport.close();
  } catch {
    // It has ended already.
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
