import { assertEquals } from "@std/assert";
import { encodeFileContent } from "../../../../protocol/files/file_content.ts";
import { newPostId } from "../../../../protocol/wire/post_id.ts";
import { MemoryFileBytes } from "../../../fixtures/memory_file_bytes.ts";
import { codeOf, type Message, type Peer } from "../../../fixtures/peer.ts";
import { NativeFixture } from "../native/native_fixture.ts";

const bytes = 9;

/** Somebody whose program does with tickets what it likes. */
class Stage implements AsyncDisposable {
  private constructor(
    readonly fixture: NativeFixture,
    readonly stored: MemoryFileBytes,
    readonly jack: Peer,
  ) {}

  static async start(): Promise<Stage> {
    const stored = new MemoryFileBytes();
    const fixture = await NativeFixture.start({
      accountNames: ["jack", "jill"],
      fileBytes: stored,
    });
    return new Stage(fixture, stored, await fixture.member("jack"));
  }

  announce(postId: string): Promise<Message> {
    return this.jack.ask("send_file", { room: "#lobby", postId, bytes });
  }

  /** Uses a ticket over a connection of its own, and sends what is missing. @return How that ended. */
  async use(ticket: unknown, offset = 0): Promise<unknown> {
    using peer = this.fixture.peer();
    const reply = await peer.ask("file_bytes", { ticket, offset });
    if (codeOf(reply) !== undefined) return codeOf(reply);
    await peer.sendBytes(new Uint8Array(bytes - offset));
    const end = await peer.find(({ event }) => event === "file_stored" || event === "error");
    return codeOf(end) ?? end["event"];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

Deno.test("a ticket brings nothing of a file that was given up meanwhile", async () => {
  await using stage = await Stage.start();
  const { file, ticket } = await stage.announce(newPostId(Date.now()));
  await stage.jack.ask("drop_file", { file });
  await stage.fixture.files!.sweep();
  assertEquals(await stage.use(ticket), "not_found");
  assertEquals([stage.stored.whole.size, stage.stored.parts.size], [0, 0]);
});

Deno.test("a file that is whole stays as it is, and its sender is told again that it is stored", async () => {
  await using stage = await Stage.start();
  const postId = newPostId(Date.now());
  const { file, ticket } = await stage.announce(postId);
  assertEquals(await stage.use(ticket), "file_stored");
  const again = await stage.announce(postId);
  assertEquals([again["file"], again["offset"]], [file, bytes]);
  assertEquals(await stage.use(again["ticket"]), "bad_message");
  assertEquals(stage.stored.whole.get(String(file))?.length, bytes);
  const third = await stage.announce(postId);
  assertEquals(await stage.use(third["ticket"], bytes), "file_stored");
});

Deno.test("a file that has come, and was not put in its place, is when its sender comes again", async () => {
  await using stage = await Stage.start();
  const postId = newPostId(Date.now());
  const { file } = await stage.announce(postId);
  stage.stored.parts.set(String(file), new Uint8Array(bytes));
  const { ticket } = await stage.announce(postId);
  assertEquals(await stage.use(ticket, bytes), "file_stored");
  assertEquals(stage.stored.whole.has(String(file)), true);
});

Deno.test("who has left a room fetches nothing of it with a ticket from before", async () => {
  await using stage = await Stage.start();
  const jill = await stage.fixture.member("jill");
  for (const peer of [stage.jack, jill]) await peer.ask("join", { room: "#den" });
  const postId = newPostId(Date.now());
  const announced = await stage.jack.ask("send_file", { room: "#den", postId, bytes });
  assertEquals(await stage.use(announced["ticket"]), "file_stored");
  const { ticket } = await jill.ask("get_file", { file: announced["file"] });
  await jill.ask("leave", { room: "#den" });
  assertEquals(await stage.use(ticket), "not_found");
});

Deno.test("whoever posts a file that was not sent is refused before the next request is taken", async () => {
  await using stage = await Stage.start();
  const postId = newPostId(Date.now());
  const { file } = await stage.announce(postId);
  const content = { file, name: "a", size: 1, hash: new Uint8Array(32), key: new Uint8Array(32) };
  const text = encodeFileContent({ ...content, file: String(file), type: "", text: "" });
  const order: unknown[] = [];
  const post = stage.jack.ask("post", { room: "#lobby", postId, text, kind: "file" });
  const ping = stage.jack.ask("ping");
  await Promise.all([
    post.then((reply) => order.push(codeOf(reply))),
    ping.then(() => order.push("pong")),
  ]);
  assertEquals(order, ["not_found", "pong"]);
});
