/**
 * Files through everything that can go wrong on the way: cut connections, `kill -9` of either side, many at once.
 *
 * `STRESS=long deno test -A tests/stress/files_test.ts` does it with a gigabyte.
 */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { newHasher } from "../../client/files/sent_file.ts";
import { newFileKey, sealedFileBytes } from "../../protocol/files/chunk_cipher.ts";
import { readFileContent } from "../../protocol/files/file_content.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { FileFolder } from "../../server/storage/files/file_folder.ts";
import { ClientFixture } from "../client/core/client_fixture.ts";
import { withFolder } from "../fixtures/folders.ts";
import { MemorySink, MemorySource, someBytes } from "../fixtures/memory_files.ts";
import { CuttableLink } from "../system/cuttable_link.ts";
import { type Program, startClientProgram, startServerProgram } from "../system/processes.ts";
import { amount, note } from "./settings.ts";

const megabytes = amount("STRESS_FILE_MB", 6, 1_000);
const size = megabytes * 1_000_000 + 17;
const atOnce = 100;

async function makeFile(path: string): Promise<string> {
  using file = await Deno.open(path, { write: true, create: true });
  const hash = createHash("sha256");
  const piece = new Uint8Array(64 * 1024);
  for (let at = 0; at < size; at += piece.length) {
    const part = piece.subarray(0, size - at);
    crypto.getRandomValues(part);
    hash.update(part);
    await file.write(part);
  }
  return hash.digest("hex");
}

async function hashOf(path: string): Promise<string> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  for await (const piece of file.readable) hash.update(piece);
  return hash.digest("hex");
}

/** What the server's disk has of files. */
async function storedIn(folder: string): Promise<[name: string, bytes: number][]> {
  const found: [string, number][] = [];
  for await (const { name } of Deno.readDir(folder)) {
    found.push([name.replace(/^[0-9a-f]{32}/, "ID"), (await Deno.stat(`${folder}/${name}`)).size]);
  }
  return found;
}

/** A server behind a link that can be cut, which is killed and started again. */
class Stage implements AsyncDisposable {
  #server: Program;

  private constructor(
    readonly folder: string,
    readonly link: CuttableLink,
    readonly port: number,
    server: Program,
  ) {
    this.#server = server;
  }

  static async open(folder: string): Promise<Stage> {
    const { program, port } = await startServerProgram(`${folder}/server`);
    return new Stage(folder, new CuttableLink(port), port, program);
  }

  async killServer(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.link.cut();
    const { program } = await startServerProgram(`${this.folder}/server`, { port: this.port });
    this.#server = program;
    this.link.mend();
  }

  async client(name: string): Promise<Program> {
    const directory = `${this.folder}/${name}`;
    const args = ["--accept-new", "--timeout", "120"];
    const client = startClientProgram(this.link.port, name, { directory, args });
    await client.line("Please enter your operation");
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** Does something with a file while its connection is cut three times, and its client and the server are killed. */
async function throughEverything(
  stage: Stage,
  name: string,
  begin: (client: Program) => Promise<void>,
): Promise<Program> {
  const part = Math.floor(size / 8);
  const { link } = stage;
  {
    await using client = await stage.client(name);
    const first = link.cutAfter(part);
    await begin(client);
    await first;
    for (let cuts = 1; cuts < 3; cuts++) await link.cutAfter(part);
    await link.freezeAfter(part);
  }
  link.cut();
  link.mend();
  const client = await stage.client(name);
  const frozen = link.freezeAfter(part);
  await begin(client);
  await frozen;
  await stage.killServer();
  return client;
}

Deno.test("a file gets there and back through three cuts and a kill of either side, each way", async () => {
  await withFolder(async (folder) => {
    const hash = await makeFile(`${folder}/sent`);
    await Deno.mkdir(`${folder}/saved`);
    await using stage = await Stage.open(folder);
    const beganMs = performance.now();
    {
      await using _jill = await stage.client("jill");
    }
    await using jack = await throughEverything(stage, "jack", async (client) => {
      await client.type(`SEND ${folder}/sent`);
    });
    await jack.line("File sent to #lobby.");
    const stored = [["ID", sealedFileBytes(size)]];
    assertEquals(await storedIn(`${folder}/server/files`), stored);
    await using jill = await throughEverything(stage, "jill", async (client) => {
      await client.type("CH", `GET ${folder}/saved`);
    });
    await jill.line(`File saved: ${folder}/saved/sent`);
    assertEquals(await storedIn(`${folder}/saved`), [["sent", size]]);
    assertEquals(await hashOf(`${folder}/saved/sent`), hash);
    assertEquals(await storedIn(`${folder}/server/files`), stored);
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    note(
      `${megabytes} MB there and back in ${seconds} s, with three cuts and a kill -9 of the client and of the server ` +
        "on each way: equal hash, once on the disk.",
    );
  });
});

Deno.test("a hundred files go and come at once", async () => {
  await withFolder(async (folder) => {
    const names = Array.from({ length: 10 }, (_, index) => `load${index}`);
    const fileBytes = await FileFolder.open(folder);
    await using fixture = await ClientFixture.start(names, { fileBytes });
    const clients = await Promise.all(names.map((name) => fixture.open(name)));
    const { signal } = new AbortController();
    const options = { newHasher, onProgress: () => {}, signal };
    const files = Array.from({ length: atOnce }, (_, seed) => someBytes(300_000, seed + 1));
    const ids = files.map(() => newPostId(Date.now()));
    await Promise.all(files.map((bytes, index) =>
      clients[index % names.length]!.client.files.send({
        ...{ where: "#lobby", postId: ids[index]!, key: newFileKey(), name: `file${index}` },
        ...{ source: new MemorySource(bytes), type: "", text: "" },
      }, options)
    ));
    assertEquals((await storedIn(`${folder}/files`)).length, atOnce);
    const last = clients.at(-1)!;
    const contents = new Map(
      last.events.flatMap((event) =>
        event.type === "post" && event.post.message.file !== undefined
          ? [[event.post.id, readFileContent(event.post.message.file)!] as const]
          : []
      ),
    );
    await Promise.all(files.map(async (bytes, index) => {
      const sink = new MemorySink();
      const { files } = clients[(index + 1) % names.length]!.client;
      await files.get({ content: contents.get(ids[index]!)!, sink }, options);
      assertEquals(sink.bytes, bytes);
    }));
  });
});
