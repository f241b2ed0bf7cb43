/**
 * Sends and fetches files as the client does, and copies bytes over bare TLS; runs as a process of its own.
 *
 * @module
 */
import { connectTls as connectAsClient } from "../client/connect/tls_connection.ts";
import { ChatClient } from "../client/core/chat/chat_client.ts";
import { openFetchedFile } from "../client/files/fetched_file.ts";
import { newHasher, openSentFile } from "../client/files/sent_file.ts";
import { newFileKey } from "../protocol/files/chunk_cipher.ts";
import { type FileContent, readFileContent } from "../protocol/files/file_content.ts";
import { channelBindingOf } from "../protocol/certificate/fingerprint.ts";
import { newPostId } from "../protocol/wire/post_id.ts";
import { loadStoredCertificate } from "../server/certificate/certificate.ts";
import { SharedCredentials } from "./accounts.ts";
import { connectTls } from "./deno_tls.ts";
import { processorSeconds } from "./server_process.ts";

/** What to do. */
export interface FilesLoad {
  /** The server's port, or that of the bare copy. */
  readonly port: number;
  /** The server's data folder. */
  readonly directory: string;
  /** A file to send. */
  readonly path: string;
  readonly bytes: number;
  readonly what: "bare" | "files" | "transfers";
  /** For how long transfers go on, and how many at once. */
  readonly seconds: number;
  readonly transfers: number;
}

/** What came of it. */
export interface FilesLoadResult {
  /** Megabytes a second toward the server, and back. */
  readonly up: number;
  readonly down: number;
  /** Processor time that this process has used for both, in seconds. */
  readonly processorSeconds: number;
  /** The most memory that this process had in use, in megabytes, above that before. */
  readonly megabytes: number;
}

/** In memory: people who fetch have disks of their own, and do not make the server's wait. */
const fetchedFolder = "/dev/shm";
const load: FilesLoad = JSON.parse(Deno.args[0]!);
const pieceBytes = 256 * 1024;
const spentAtFirst = processorSeconds(Deno.pid);
const noSignal = new AbortController().signal;

const bareTarget = { host: "127.0.0.1", port: load.port, serverName: "chat-server.invalid" };

type Rates = Omit<FilesLoadResult, "processorSeconds">;

async function bare(): Promise<Rates> {
  const certificate = await loadStoredCertificate(load.directory);
  const target = { ...bareTarget, trustedPems: [certificate!.certificatePem] };
  const buffer = new Uint8Array(pieceBytes);
  const timed = async (way: 0 | 1, copy: (conn: Deno.TlsConn) => Promise<void>) => {
    const conn = await connectTls(target, noSignal);
    const beganMs = performance.now();
    await conn.write(new Uint8Array([way]));
    await copy(conn);
    const ms = performance.now() - beganMs;
    conn.close();
    return load.bytes / 1e3 / ms;
  };
  const up = await timed(1, async (conn) => {
    for (let left = load.bytes; left > 0;) left -= await conn.write(buffer.subarray(0, left));
    await conn.read(buffer);
  });
  const down = await timed(0, async (conn) => {
    for (let left = load.bytes; left > 0;) left -= await conn.read(buffer) ?? Infinity;
  });
  return { up, down, megabytes: 0 };
}

async function openClient(index: number): Promise<ChatClient> {
  return await ChatClient.open({
    credentials: new SharedCredentials().of(index),
    connect: async (signal) => {
      const target = { host: "127.0.0.1", port: load.port, authorities: [] };
      const transport = await connectAsClient(target, signal);
      return { transport, channelBinding: await channelBindingOf(transport.certificateDer) };
    },
    connectBulk: async (signal) => {
      const { certificatePem } = (await loadStoredCertificate(load.directory))!;
      return await connectTls({ ...bareTarget, trustedPems: [certificatePem] }, signal);
    },
    onEvent: (event) => {
      if (event.type !== "post" || event.post.message.file === undefined) return;
      contents.push(readFileContent(event.post.message.file)!);
    },
  });
}

const contents: FileContent[] = [];

const options = { newHasher, onProgress: () => {}, signal: noSignal };

async function send(client: ChatClient): Promise<void> {
  const { source, name, type } = await openSentFile(load.path);
  await client.files.send({
    ...{ where: "#lobby", postId: newPostId(Date.now()), key: newFileKey(), source, name, type },
    text: "",
  }, options);
  source.close();
}

async function fetch(client: ChatClient, content: FileContent): Promise<void> {
  const { sink, path } = await openFetchedFile(fetchedFolder, "fetched", null);
  await client.files.get({ content, sink }, options);
  await Deno.remove(path()!);
}

/** The most memory that is in use while something is done, above that before. */
async function watched(work: () => Promise<void>): Promise<number> {
  const before = Deno.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => most = Math.max(most, Deno.memoryUsage().rss), 50);
  await work();
  clearInterval(timer);
  return (most - before) / 1e6;
}

async function files(): Promise<Rates> {
  const client = await openClient(0);
  const timed = async (work: () => Promise<void>) => {
    const beganMs = performance.now();
    await work();
    return load.bytes / 1e3 / (performance.now() - beganMs);
  };
  let up = 0;
  let down = 0;
  const megabytes = await watched(async () => {
    up = await timed(() => send(client));
    while (contents.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    down = await timed(() => fetch(client, contents[0]!));
  });
  return { up, down, megabytes };
}

/** Half of them send, half of them fetch, again and again. */
async function transfers(): Promise<Rates> {
  const client = await openClient(0);
  await send(client);
  while (contents.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const endMs = performance.now() + load.seconds * 1_000;
  let sent = 0;
  let fetched = 0;
  Deno.stderr.writeSync(new TextEncoder().encode("transfers run\n"));
  const megabytes = await watched(async () => {
    await Promise.all(Array.from({ length: load.transfers }, async (_, index) => {
      while (performance.now() < endMs) {
        if (index % 2 === 0) {
          await send(client);
          sent++;
        } else {
          await fetch(client, contents[0]!);
          fetched++;
        }
      }
    }));
  });
  const rate = (count: number) => count * load.bytes / 1e6 / load.seconds;
  return { up: rate(sent), down: rate(fetched), megabytes };
}

const done = await { bare, files, transfers }[load.what]();
const result: FilesLoadResult = {
  ...done,
  processorSeconds: processorSeconds(Deno.pid) - spentAtFirst,
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
