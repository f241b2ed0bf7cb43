import { assertEquals, assertRejects } from "@std/assert";
import type { ChatClient } from "../../../client/core/chat/chat_client.ts";
import type { IncomingFile } from "../../../client/core/files/client_files.ts";
import { TransferStore } from "../../../client/files/transfer_store.ts";
import { Transfers } from "../../../client/transfers/transfers.ts";
import { transferToCancel } from "../../../client/talk/cancelling.ts";
import { errorText, inCapitals } from "../../../client/talk/remark_text.ts";
import { chunkBytes, newFileKey } from "../../../protocol/files/chunk_cipher.ts";
import { encodeFileContent } from "../../../protocol/files/file_content.ts";
import { newFileId } from "../../../protocol/wire/file_id.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { withFolder } from "../../fixtures/folders.ts";
import { MemoryFileBytes } from "../../fixtures/memory_file_bytes.ts";
import { someBytes } from "../../fixtures/memory_files.ts";
import { ClientFixture } from "../core/client_fixture.ts";

Deno.test("a file that is being fetched is not fetched a second time into the same place", async () => {
  await withFolder(async (downloads) => {
    const arrived = Promise.withResolvers<void>();
    const get = async ({ sink }: IncomingFile) => {
      await arrived.promise;
      await sink.write(0, Uint8Array.of(7));
      await sink.finish();
    };
    // Nothing else of the client is used.
    const client = { files: { get } } as unknown as ChatClient;
    const transfers = new Transfers(client, TransferStore.forThisRun(), { home: null, downloads });
    const body = encodeFileContent({
      ...{ file: newFileId(), name: "roses.jpg", size: 1, type: "", text: "" },
      ...{ hash: new Uint8Array(32), key: newFileKey() },
    });
    const begun = Promise.withResolvers<void>();
    transfers.onChange = begun.resolve;
    const first = transfers.fetch(body);
    await begun.promise;
    const error = await assertRejects(() => transfers.fetch(body), ChatError);
    assertEquals(error.message, "roses.jpg is being fetched already.");
    arrived.resolve();
    assertEquals(await first, `${downloads}/roses.jpg`);
    const names = await Array.fromAsync(Deno.readDir(downloads), ({ name }) => name);
    assertEquals(names, ["roses.jpg"]);
    assertEquals(await transfers.fetch(body), `${downloads}/roses (2).jpg`);
  });
});

Deno.test("where a path ends at a space, it is said how such a path is written", async () => {
  await withFolder(async (downloads) => {
    // Nothing is asked of it: the path is refused before.
    const client = {} as unknown as ChatClient;
    const transfers = new Transfers(client, TransferStore.forThisRun(), { home: null, downloads });
    const messageFor = async (text: string) =>
      (await assertRejects(
        () => transfers.send({ where: "#lobby", path: `${downloads}/my`, text }),
        ChatError,
      )).message;
    const said = `The file "${downloads}/my" cannot be read: it does not exist.`;
    assertEquals(await messageFor(""), said);
    assertEquals(
      await messageFor("report.txt"),
      `${said} Put quotation marks around a path with spaces.`,
    );
  });
});

Deno.test("a file that is cancelled is kept nowhere, neither by a sender nor by a reader, and a later run knows nothing of it", async () => {
  await withFolder(async (folder) => {
    const stored = new MemoryFileBytes();
    await using fixture = await ClientFixture.start(["jack"], { fileBytes: stored });
    const jack = await fixture.open("jack");
    const path = `${folder}/roses.bin`;
    await Deno.writeFile(path, someBytes(6 * chunkBytes));
    const store = TransferStore.forThisRun();
    const folders = { home: null, downloads: `${folder}/saved` };
    const transfers = new Transfers(jack.client, store, folders);
    const cancelOnce = () => {
      stored.onMoved = () => {};
      transfers.cancel(0);
    };
    stored.onMoved = cancelOnce;
    const sending = await assertRejects(
      () => transfers.send({ where: "#lobby", path, text: "" }),
      ChatError,
    );
    assertEquals(
      errorText(sending, inCapitals),
      "The transfer was cancelled. Nothing of it was kept.",
    );
    await jack.client.ping();
    await fixture.native.files!.sweep();
    assertEquals([stored.whole.size, stored.parts.size, store.sent], [0, 0, []]);

    await transfers.send({ where: "#lobby", path, text: "" });
    await jack.untilText("sent a file: roses.bin (1.6 MB)");
    const body = jack.events.flatMap((event) =>
      event.type === "post" ? event.post.message.file ?? [] : []
    );
    stored.onMoved = cancelOnce;
    await assertRejects(() => transfers.fetch(body[0]!), ChatError);
    const left = await Array.fromAsync(Deno.readDir(folders.downloads), ({ name }) => name);
    assertEquals([left, store.fetched, transfers.views], [[], [], []]);
    assertEquals(stored.whole.size, 1);
  });
});

Deno.test("a transfer is cancelled by a part of its name, without one where it is the only one", () => {
  const view = (name: string) => {
    return { direction: "up", name, done: 0, total: 1, perSecond: null } as const;
  };
  const find = (typed: string, ...names: string[]) => {
    try {
      return transferToCancel(typed, names.map(view), inCapitals);
    } catch (error) {
      return errorText(error as ChatError, inCapitals);
    }
  };
  assertEquals(find(""), "No file is on its way.");
  assertEquals(find("", "roses.jpg"), 0);
  assertEquals(find("ROSE", "tulip.txt", "roses.jpg"), 1);
  assertEquals(find("rose", "rose", "roses.jpg"), 0);
  assertEquals(find("rose", "rose", "roses.jpg", "rose"), 2);
  assertEquals(
    find("", "tulip.txt", "roses.jpg"),
    "Several files are on their way: tulip.txt, roses.jpg. CANCEL NAME says which one.",
  );
  assertEquals(
    find("violet", "tulip.txt"),
    "No file with that name is on its way: tulip.txt.",
  );
});
