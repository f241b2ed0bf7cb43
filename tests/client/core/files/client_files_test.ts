import { assertEquals, assertRejects } from "@std/assert";
import { newHasher } from "../../../../client/files/sent_file.ts";
import { errorText, inCapitals } from "../../../../client/talk/remark_text.ts";
import {
  chunkBytes,
  newFileKey,
  sealedChunkBytes,
  sealedFileBytes,
} from "../../../../protocol/files/chunk_cipher.ts";
import {
  encodeFileContent,
  type FileContent,
  readFileContent,
} from "../../../../protocol/files/file_content.ts";
import { sizeText } from "../../../../protocol/text/size_text.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { newPostId } from "../../../../protocol/wire/post_id.ts";
import { MemoryFileBytes } from "../../../fixtures/memory_file_bytes.ts";
import { MemorySink, MemorySource, someBytes } from "../../../fixtures/memory_files.ts";
import { ClientFixture, type TestClient } from "../client_fixture.ts";

/** Two people in a room, and where their files are. */
class Sharing implements AsyncDisposable {
  private constructor(
    readonly fixture: ClientFixture,
    readonly stored: MemoryFileBytes,
    readonly jack: TestClient,
    readonly jill: TestClient,
  ) {}

  static async start(): Promise<Sharing> {
    const stored = new MemoryFileBytes();
    const fixture = await ClientFixture.start(["jack", "jill", "joe"], { fileBytes: stored });
    const jack = await fixture.open("jack");
    const jill = await fixture.open("jill");
    return new Sharing(fixture, stored, jack, jill);
  }

  /** Jack sends a file, to the lobby if nothing else is given. @return What its post says, as it came to Jill. */
  async send(source: MemorySource, given: Partial<Outgoing> = {}): Promise<FileContent> {
    const postId = newPostId(Date.now());
    const { onProgress = () => {}, ...more } = given;
    await this.jack.client.files.send({
      ...{ where: "#lobby", postId, key: newFileKey(), source, name: "roses.jpg", type: "" },
      text: "for you",
      ...more,
    }, { newHasher, onProgress, signal: new AbortController().signal });
    await this.jill.untilText(`sent a file: roses.jpg (${sizeText(source.size)}): for you`);
    return this.contentOf(given.postId ?? postId);
  }

  contentOf(postId: string): FileContent {
    for (const event of this.jill.events) {
      if (event.type !== "post" || event.post.id !== postId) continue;
      assertEquals(event.post.kind, "file");
      return readFileContent(event.post.message.file!)!;
    }
    throw new Error("Jill was told of no file.");
  }

  async fetch(content: FileContent, sink: MemorySink, by: TestClient = this.jill): Promise<void> {
    const { signal } = new AbortController();
    await by.client.files.get({ content, sink }, { newHasher, onProgress: () => {}, signal });
  }

  /** Somebody fetches it in vain. @return What they are told, and what is kept of it. */
  async fetchInVain(content: FileContent): Promise<string> {
    const sink = new MemorySink();
    const error = await assertRejects(() => this.fetch(content, sink), ChatError);
    return `${errorText(error, inCapitals)} ${sink.state} ${sink.bytes.length}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

interface Outgoing {
  readonly where: string;
  readonly postId: string;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly onProgress: (progress: { readonly done: number }) => void;
}

Deno.test("a file that is sent to a room is fetched by somebody else, and the server holds it encrypted", async () => {
  await using sharing = await Sharing.start();
  for (const size of [0, 1, chunkBytes, 2 * chunkBytes + 5]) {
    const bytes = someBytes(size);
    const content = await sharing.send(new MemorySource(bytes));
    assertEquals([content.name, content.size, content.text], ["roses.jpg", size, "for you"]);
    const stored = sharing.stored.whole.get(content.file)!;
    assertEquals(stored.length, sealedFileBytes(size));
    const sink = new MemorySink();
    await sharing.fetch(content, sink);
    assertEquals(sink.state, "whole");
    assertEquals(sink.bytes, bytes);
    if (size > 0) assertEquals(includes(stored, bytes.subarray(0, 32)), false);
  }
});

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return part.length > 4;
  }
  return false;
}

Deno.test("a sender whose connection is cut in the middle goes on where the server has it", async () => {
  await using sharing = await Sharing.start();
  const bytes = someBytes(6 * chunkBytes + 1);
  const source = new MemorySource(bytes);
  const read: number[] = [];
  const readPart = source.read.bind(source);
  source.read = (offset, buffer) => {
    read.push(offset / chunkBytes);
    return readPart(offset, buffer);
  };
  let cuts = 0;
  const content = await sharing.send(source, {
    onProgress: ({ done }) => {
      if (done < (cuts + 1) * 2 * chunkBytes || cuts === 2) return;
      cuts++;
      // The last of them carries the file.
      sharing.jack.pipe.close();
    },
  });
  assertEquals(cuts, 2);
  assertEquals(sharing.stored.whole.get(content.file)?.length, sealedFileBytes(bytes.length));
  const sink = new MemorySink();
  await sharing.fetch(content, sink);
  assertEquals(sink.bytes, bytes);
});

Deno.test("a sender that was started anew goes on with the same post and key", async () => {
  await using sharing = await Sharing.start();
  const bytes = someBytes(5 * chunkBytes);
  const postId = newPostId(Date.now());
  const key = newFileKey();
  const aborter = new AbortController();
  const first = sharing.jack.client.files.send({
    ...{ where: "#lobby", postId, key, source: new MemorySource(bytes), name: "a", type: "" },
    text: "",
  }, {
    newHasher,
    signal: aborter.signal,
    onProgress: ({ done }) => done >= 3 * chunkBytes && aborter.abort(),
  });
  await assertRejects(() => first, ChatError);
  const [part] = sharing.stored.parts.values();
  assertEquals((part?.length ?? 0) > 0, true);
  const source = new MemorySource(bytes);
  const content = await sharing.send(source, { postId, key });
  assertEquals(sharing.stored.whole.size, 1);
  const sink = new MemorySink();
  await sharing.fetch(content, sink);
  assertEquals(sink.bytes, bytes);
});

Deno.test("what an earlier run has fetched is not fetched again", async () => {
  await using sharing = await Sharing.start();
  const bytes = someBytes(4 * chunkBytes + 9);
  const content = await sharing.send(new MemorySource(bytes));
  const before = sharing.stored.read.bind(sharing.stored);
  const offsets: number[] = [];
  sharing.stored.read = (file, offset) => {
    offsets.push(offset / sealedChunkBytes);
    return before(file, offset);
  };
  // A part of a chunk is of no use.
  const sink = new MemorySink(bytes.slice(0, 2 * chunkBytes + 100));
  await sharing.fetch(content, sink);
  assertEquals(offsets, [2]);
  assertEquals(sink.bytes, bytes);
});

Deno.test("a server that alters, exchanges, cuts off or lengthens a file is found out, and nothing is kept", async () => {
  await using sharing = await Sharing.start();
  const bytes = someBytes(3 * chunkBytes);
  const content = await sharing.send(new MemorySource(bytes));
  const { whole } = sharing.stored;
  const right = whole.get(content.file)!;
  const damaged =
    "A part of the file was damaged, moved or exchanged on the server. Nothing was kept. " +
    "Ask the person who runs the server. discarded 0";

  const flipped = right.slice();
  flipped[sealedChunkBytes + 99]! ^= 1;
  whole.set(content.file, flipped);
  assertEquals(await sharing.fetchInVain(content), damaged);

  const swapped = right.slice();
  swapped.set(right.subarray(0, sealedChunkBytes), sealedChunkBytes);
  swapped.set(right.subarray(sealedChunkBytes, 2 * sealedChunkBytes), 0);
  whole.set(content.file, swapped);
  assertEquals(await sharing.fetchInVain(content), damaged);

  whole.set(content.file, right);
  const other = await sharing.send(new MemorySource(someBytes(3 * chunkBytes, 2)));
  whole.set(content.file, whole.get(other.file)!);
  assertEquals(await sharing.fetchInVain(content), damaged);
  whole.set(content.file, right);

  const record = sharing.fixture.native.storage.data.files.get(content.file)!;
  const wrongSize =
    "The server has a file of another size than the sender said. Nothing was kept. " +
    "Ask the person who runs the server. discarded 0";
  for (const change of [-sealedChunkBytes, 1]) {
    const { files } = sharing.fixture.native.storage.data;
    files.set(content.file, { ...record, bytes: record.bytes + change });
    assertEquals(await sharing.fetchInVain(content), wrongSize);
    files.set(content.file, record);
  }

  whole.set(content.file, right.slice(0, -5));
  const sink = new MemorySink();
  const error = await assertRejects(() => sharing.fetch(content, sink), ChatError);
  assertEquals([error.code, sink.state], ["disconnected", "paused"]);

  whole.set(content.file, right);
  const again = new MemorySink();
  await sharing.fetch(content, again);
  assertEquals(again.bytes, bytes);
});

Deno.test("a sender who lies about the size or the hash is found out, and nothing is kept", async () => {
  await using sharing = await Sharing.start();
  const content = await sharing.send(new MemorySource(someBytes(100)));
  assertEquals(
    await sharing.fetchInVain({ ...content, hash: new Uint8Array(32) }),
    "The file is not the one that the sender sent: its SHA-256 differs. Nothing was kept. " +
      "Ask the sender to send it again. discarded 0",
  );
  assertEquals(
    await sharing.fetchInVain({ ...content, size: 101 }),
    "The server has a file of another size than the sender said. Nothing was kept. " +
      "Ask the person who runs the server. discarded 0",
  );
});

Deno.test("a file that changes while it is sent is not posted", async () => {
  await using sharing = await Sharing.start();
  const source = new MemorySource(someBytes(2 * chunkBytes));
  const error = await assertRejects(
    () => sharing.send(source, { onProgress: () => source.isSame = false }),
    ChatError,
  );
  assertEquals(
    errorText(error, inCapitals),
    "The file was changed while it was being sent. Send it again.",
  );
  assertEquals(sharing.jill.posts, []);
});

Deno.test("a post that was taken back leaves nothing of its file", async () => {
  await using sharing = await Sharing.start();
  const postId = newPostId(Date.now());
  const content = await sharing.send(new MemorySource(someBytes(100)), { postId });
  const sequence = sharing.fixture.native.chat.lastSequence;
  await sharing.jack.client.takeBack("#lobby", { sequence, edits: [] });
  await sharing.fixture.native.files!.sweep();
  assertEquals(sharing.stored.whole.size, 0);
  assertEquals(sharing.fixture.native.storage.data.files.size, 0);
  assertEquals(
    await sharing.fetchInVain(content),
    "This file is not on the server any more, or not for you. discarded 0",
  );
});

Deno.test("a full disk of the server is told to the sender", async () => {
  await using sharing = await Sharing.start();
  sharing.stored.roomBytes = 3 * chunkBytes;
  const error = await assertRejects(
    () => sharing.send(new MemorySource(someBytes(40 * chunkBytes))),
    ChatError,
  );
  assertEquals([error.code, error.fromServer], ["storage_failed", true]);
  assertEquals(
    error.message,
    "The server's disk is full: nothing was stored. Tell the person who runs it, then try again.",
  );
});

Deno.test("a private file is described in what is sealed only, and is for its two ends", async () => {
  await using sharing = await Sharing.start();
  const bytes = someBytes(chunkBytes + 9);
  const content = await sharing.send(new MemorySource(bytes), { where: "jill" });
  assertEquals([content.name, content.text], ["roses.jpg", "for you"]);
  const { data } = sharing.fixture.native.storage;
  const [post] = data.posts;
  assertEquals(post?.post.kind, "sealed");
  assertEquals(JSON.stringify([...data.files.values()]).includes("roses"), false);
  const sink = new MemorySink();
  await sharing.fetch(content, sink);
  assertEquals(sink.bytes, bytes);
  const joe = await sharing.fixture.open("joe");
  const error = await assertRejects(
    () => sharing.fetch(content, new MemorySink(), joe),
    ChatError,
  );
  assertEquals(error.code, "not_found");
  await sharing.jack.client.takeBack("jill", { sequence: post!.post.sequence, edits: [] });
  await sharing.fixture.native.files!.sweep();
  assertEquals([sharing.stored.whole.size, data.files.size], [0, 0]);
});

Deno.test("somebody who is not in the room cannot fetch its files", async () => {
  await using sharing = await Sharing.start();
  await sharing.jack.client.rooms.join("#garden");
  const jill = sharing.jill.client;
  await jill.rooms.join("#garden");
  const postId = newPostId(Date.now());
  await sharing.jack.client.files.send({
    ...{ where: "#garden", postId, key: newFileKey(), source: new MemorySource(someBytes(9)) },
    ...{ name: "a", type: "", text: "" },
  }, { newHasher, onProgress: () => {}, signal: new AbortController().signal });
  const content = sharing.contentOf(postId);
  const joe = await sharing.fixture.open("joe");
  const error = await assertRejects(
    () => sharing.fetch(content, new MemorySink(), joe),
    ChatError,
  );
  assertEquals(error.code, "not_found");
  const sink = new MemorySink();
  await sharing.fetch(content, sink);
  assertEquals(sink.bytes, someBytes(9));
});

Deno.test("a post cannot bring a file that somebody else has sent, or that was sent elsewhere", async () => {
  await using sharing = await Sharing.start();
  const content = await sharing.send(new MemorySource(someBytes(9)));
  const body = encodeFileContent(content);
  for (const by of [sharing.jill, sharing.jack]) {
    const id = newPostId(Date.now());
    const error = await assertRejects(
      () => by.client.post("#lobby", body, id, "file"),
      ChatError,
    );
    assertEquals(error.code, "not_found");
  }
});
