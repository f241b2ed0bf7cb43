/**
 * Servers of a cluster that share files, without NATS: one store for all of them, a folder for each.
 *
 * @module
 */
import { parseRoomName } from "../../../../protocol/names/names.ts";
import { silentLogger } from "../../../../server/common/log.ts";
import { FileFolder } from "../../../../server/storage/files/file_folder.ts";
import type { FilePeers } from "../../../../server/storage/files/file_peers.ts";
import {
  type FileAnswer,
  readAnswer,
  readQuestion,
} from "../../../../server/storage/files/file_questions.ts";
import { SharedFiles } from "../../../../server/storage/files/shared_files.ts";
import { createRoom } from "../../../fixtures/changes.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";

const megabyte = 1_000_000;

type Answering = (question: Uint8Array) => Promise<Uint8Array>;

/** One of them. */
export interface FileServer {
  readonly name: string;
  readonly folder: FileFolder;
  readonly files: SharedFiles;
}

/** Servers that know of each other as soon as they are there. */
export class FileServers implements AsyncDisposable {
  readonly storage: MemoryStorage;
  readonly room: number;
  /** What is done to an answer on its way; a rejection is an answer that does not come. */
  onAnswer: (from: string, answer: Uint8Array, type: string) => Promise<Uint8Array> = (_, answer) =>
    Promise.resolve(answer);
  /** How many questions each was asked. */
  readonly asked = new Map<string, number>();
  readonly #directory: string;
  readonly #answering = new Map<string, Answering>();
  readonly #servers = new Map<string, FileServer>();

  private constructor(directory: string, storage: MemoryStorage, room: number) {
    this.#directory = directory;
    this.storage = storage;
    this.room = room;
  }

  static async open(directory: string): Promise<FileServers> {
    const storage = new MemoryStorage();
    const roomId = await createRoom(storage, parseRoomName("#lobby"));
    return new FileServers(directory, storage, roomId);
  }

  /** Starts one. @param freeBytes How much of its disk is free. */
  async start(
    name: string,
    { freeBytes = 1_000 * megabyte, keeps = true }: { freeBytes?: number; keeps?: boolean } = {},
  ): Promise<FileServer> {
    const directory = `${this.#directory}/${name}`;
    await Deno.mkdir(directory, { recursive: true });
    const space = { freeBytes, totalBytes: 10_000 * megabyte };
    const folder = await FileFolder.open(directory, () => Promise.resolve(space));
    const files = new SharedFiles({
      ...{ folder, storage: this.storage, logger: silentLogger, keeps },
      peers: this.#peersOf(name),
    });
    const server = { name, folder, files };
    this.#servers.set(name, server);
    return server;
  }

  /** It answers no more, and does nothing more. */
  async stop({ name, files }: FileServer): Promise<void> {
    this.#answering.delete(name);
    this.#servers.delete(name);
    await files.close();
  }

  /** Announces a file in the log. */
  async announce(file: string, bytes: number): Promise<void> {
    await this.storage.submit({
      ...{ type: "file", version: 1, file, from: "Jack", owner: "jack", postId: file, bytes },
      destination: { roomId: this.room },
      timeMs: 1_764_000_000_000,
    });
  }

  /** All of a file comes to a server. */
  async fill({ files }: FileServer, file: string, bytes: Uint8Array): Promise<void> {
    const writer = await files.write(file, 0);
    await writer.append(bytes);
    await writer.finish();
    writer.close();
  }

  /** A file is sent to a server, and counts as sent. */
  async send(server: FileServer, file: string, bytes: Uint8Array): Promise<void> {
    await this.announce(file, bytes.length);
    await this.fill(server, file, bytes);
    const hash = await server.files.secure(file);
    await this.storage.submit({ type: "file_whole", version: 1, file, hash });
  }

  /** What a server answers to a question of somebody. */
  async ask(server: string, question: Uint8Array): Promise<FileAnswer | null> {
    return readAnswer(await this.#answering.get(server)!(question));
  }

  #peersOf(self: string): FilePeers {
    const answering = this.#answering;
    const ask = async (server: string, question: Uint8Array) => {
      this.asked.set(server, (this.asked.get(server) ?? 0) + 1);
      const answer = await answering.get(server)?.(question);
      if (answer === undefined) throw new Error("Nobody answers.");
      return await this.onAnswer(server, answer, readQuestion(question)!.type);
    };
    return {
      self,
      get others() {
        return [...answering.keys()].filter((name) => name !== self);
      },
      settled: Promise.resolve(),
      place: 0,
      reached: () => Promise.resolve(true),
      ask,
      answer: (one) => answering.set(self, one),
      close: () => Promise.resolve(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.values()].map(({ files }) => files.close()));
  }
}

/** All bytes of a file, as a server gives them; null where it gives none. */
export async function bytesAt(
  { files }: FileServer,
  file: string,
  offset = 0,
): Promise<Uint8Array | null> {
  const reader = await files.read(file, offset);
  if (reader === null) return null;
  const found: Uint8Array[] = [];
  const buffer = new Uint8Array(100_000);
  for (let count; (count = await reader.read(buffer)) !== null;) found.push(buffer.slice(0, count));
  reader.close();
  return new Uint8Array(await new Blob(found as BlobPart[]).arrayBuffer());
}
