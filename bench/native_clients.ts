/**
 * Many native clients in one process, each as cheap as it can be: the load must not be what is measured.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import type { Credentials } from "../client/core/link/credentials.ts";
import { connectTls } from "./deno_tls.ts";
import { encodeMessage, FrameDecoder, frameHeaderBytes } from "../protocol/wire/frame.ts";
import { frameBytesMaxFromServer } from "../protocol/wire/limits.ts";
import { channelBindingOf, serverCertificateName } from "../protocol/certificate/fingerprint.ts";
import { decodePem } from "../protocol/certificate/pem.ts";
import { ScramClient } from "../protocol/scram/scram.ts";
import { SharedCredentials } from "./accounts.ts";

/** A signed-in connection whose frames are counted instead of read. */
export interface RawClient {
  readonly conn: Deno.TlsConn;
  /** Sends bytes, in order. */
  send(bytes: Uint8Array): Promise<void>;
}

/** What a raw client tells. */
export type OnPayload = (payload: Uint8Array, client: number) => void;

/** Where clients connect to. */
export interface LoadTarget {
  readonly port: number;
  /** The data folder, where the certificate is. */
  readonly directory: string;
  /** Where several servers are one chat: the ports of all of them, to be taken in turn. */
  readonly ports?: readonly number[];
}

/**
 * Connects and signs in.
 *
 * @param server See {@linkcode LoadTarget}.
 * @param count How many clients, named from `first` on.
 * @param onPayload Takes each payload after sign-in; its memory is reused afterwards.
 * @param onBatch Called after everything that one read brought.
 */
export async function openClients(
  server: LoadTarget,
  count: number,
  onPayload: OnPayload,
  onBatch: (client: RawClient, index: number) => void = () => {},
  first = 0,
): Promise<RawClient[]> {
  const { ports = [server.port], directory } = server;
  const doors = await Promise.all(ports.map((port) => doorOf({ port, directory })));
  const shared = new SharedCredentials();
  const clients: RawClient[] = [];
  const openOne = async (index: number) => {
    const { binding, connect } = doors[index % doors.length]!;
    const conn = await connect();
    await signInRaw(conn, shared.of(first + index), binding);
    clients[index] = raw(conn, index, onPayload, onBatch);
  };
  const width = 20;
  for (let from = 0; from < count; from += width) {
    const batch = Array.from(
      { length: Math.min(width, count - from) },
      (_, at) => openOne(from + at),
    );
    await deadline(Promise.all(batch), 60_000);
  }
  return clients;
}

/**
 * The way to a server whose certificate is known.
 *
 * @param server Its port, and its data folder, where its certificate is.
 * @return The data of its channel binding, and what connects, with the handshake done.
 */
export async function doorOf(
  server: { port: number; directory: string },
): Promise<{ binding: Uint8Array<ArrayBuffer>; connect: () => Promise<Deno.TlsConn> }> {
  const pem = await Deno.readTextFile(`${server.directory}/tls_identity.pem`);
  const trustedPems = [pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"))];
  const target = { host: "127.0.0.1", port: server.port, serverName: serverCertificateName };
  return {
    binding: await channelBindingOf(decodePem("CERTIFICATE", pem)!),
    connect: () => connectTls({ ...target, trustedPems }, AbortSignal.timeout(30_000)),
  };
}

/** Signs in with as little as it takes. */
async function signInRaw(
  conn: Deno.TlsConn,
  credentials: Credentials,
  binding: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const scram = new ScramClient({
    userName: credentials.name,
    keysFor: (salt, iterations) => credentials.keysFor(salt, iterations),
    binding,
  });
  const first = await ask(conn, "sign_in", scram.first);
  await ask(conn, "sign_in_proof", await scram.respond(first));
}

/** Makes a request with SCRAM's data and gives the data of the reply. */
async function ask(conn: Deno.TlsConn, type: string, data: string): Promise<string> {
  await conn.write(encodeMessage({ type, id: 1, data }));
  const decoder = new FrameDecoder(frameBytesMaxFromServer);
  const buffer = new Uint8Array(16 * 1024);
  for (;;) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error("The server closed the connection.");
    for (const payload of decoder.decode(buffer.subarray(0, count))) {
      const message = JSON.parse(new TextDecoder().decode(payload));
      if (message.error !== undefined) throw new Error(message.error.message);
      if (message.reply === 1) return message.data;
    }
  }
}

function raw(
  conn: Deno.TlsConn,
  index: number,
  onPayload: OnPayload,
  onBatch: (client: RawClient, index: number) => void,
): RawClient {
  const client: RawClient = {
    conn,
    send: async (bytes) => {
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    },
  };
  (async () => {
    let buffer = new Uint8Array(64 * 1024);
    let filled = 0;
    for (;;) {
      if (filled === buffer.length) buffer = enlarged(buffer);
      const count = await conn.read(buffer.subarray(filled)).catch(() => null);
      if (count === null) return;
      filled += count;
      const taken = takePayloads(buffer.subarray(0, filled), index, onPayload);
      buffer.copyWithin(0, taken, filled);
      filled -= taken;
      onBatch(client, index);
    }
  })();
  return client;
}

/** Hands on each payload that is complete and returns how many bytes are done with. A plain loop: it runs a million times a second. */
function takePayloads(bytes: Uint8Array, client: number, onPayload: OnPayload): number {
  let at = 0;
  while (bytes.length - at > frameHeaderBytes) {
    const start = at + frameHeaderBytes;
    const length = bytes[at]! * 2 ** 24 + bytes[at + 1]! * 2 ** 16 + bytes[at + 2]! * 2 ** 8 +
      bytes[at + 3]!;
    if (bytes.length - start < length) break;
    at = start + length;
    onPayload(bytes.subarray(start, at), client);
  }
  return at;
}

function enlarged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

/** Whether a payload is a post event, by the one byte that tells it from all other messages. */
export function isPostEvent(payload: Uint8Array): boolean {
  // {"event":"post"…  against {"event":"pre… and {"reply":…
  return payload[2] === 0x65 && payload[10] === 0x70 && payload[11] === 0x6f;
}
