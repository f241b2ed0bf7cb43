import { assertEquals, assertRejects } from "@std/assert";
import { TransferStore } from "../../../client/files/transfer_store.ts";
import type { TextStore } from "../../../client/core/link/text_store.ts";
import { Transfers } from "../../../client/transfers/transfers.ts";
import { chunkBytes } from "../../../protocol/files/chunk_cipher.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { ClientFixture, type TestClient } from "../core/client_fixture.ts";
import { withFolder } from "../../fixtures/folders.ts";
import { MemoryFileBytes } from "../../fixtures/memory_file_bytes.ts";
import { someBytes } from "../../fixtures/memory_files.ts";

/** Keeps a text in memory. */
class MemoryText implements TextStore {
  text: string | undefined;
  load(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }
  save(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }
}

async function transfersOf(
  { client }: TestClient,
  text: MemoryText,
  downloads: string,
): Promise<Transfers> {
  return new Transfers(client, await TransferStore.over(text), { home: null, downloads });
}

/** What the post of the last file says, as it came to somebody. */
function lastFile({ events }: TestClient): string {
  const files = events.flatMap((event) =>
    event.type === "post" ? event.post.message.file ?? [] : []
  );
  return files.at(-1)!;
}

Deno.test("what one run of the program has begun, another one goes on with, each way", async () => {
  await withFolder(async (folder) => {
    const stored = new MemoryFileBytes();
    await using fixture = await ClientFixture.start(["jack"], { fileBytes: stored });
    const jack = await fixture.open("jack");
    const text = new MemoryText();
    const path = `${folder}/sent.bin`;
    const bytes = someBytes(6 * chunkBytes);
    await Deno.writeFile(path, bytes);

    const first = await transfersOf(jack, text, `${folder}/saved`);
    stored.onMoved = () => first.stop();
    const sending = first.send({ where: "#lobby", path, text: "" });
    await assertRejects(() => sending, ChatError);
    stored.onMoved = () => {};
    const second = await transfersOf(jack, text, `${folder}/saved`);
    assertEquals(second.left.map(({ direction, name }) => [direction, name]), [["up", "sent.bin"]]);
    assertEquals(await second.left[0]!.goOn(), null);
    assertEquals([second.left, stored.whole.size, stored.parts.size], [[], 1, 0]);

    await jack.untilText("sent a file: sent.bin (1.6 MB)");
    stored.onMoved = () => second.stop();
    const fetching = second.fetch(lastFile(jack));
    await assertRejects(() => fetching, ChatError);
    stored.onMoved = () => {};
    const third = await transfersOf(jack, text, `${folder}/saved`);
    assertEquals(third.left.map(({ direction, name }) => [direction, name]), [[
      "down",
      "sent.bin",
    ]]);
    assertEquals(await third.left[0]!.goOn(), `${folder}/saved/sent.bin`);
    assertEquals(await Deno.readFile(`${folder}/saved/sent.bin`), bytes);
    const names = (await Array.fromAsync(Deno.readDir(`${folder}/saved`))).map(({ name }) => name);
    assertEquals([names, third.left], [["sent.bin"], []]);
  });
});

Deno.test("a store of transfers that is damaged is begun anew", async () => {
  const text = new MemoryText();
  for (const damaged of ["", "{", '{"version":2}', '{"version":1,"sent":[{}],"fetched":[]}']) {
    text.text = damaged;
    const { sent, fetched } = await TransferStore.over(text);
    assertEquals([sent, fetched], [[], []]);
  }
});
