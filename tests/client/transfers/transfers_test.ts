import { assertEquals, assertRejects } from "@std/assert";
import type { ChatClient } from "../../../client/core/chat/chat_client.ts";
import type { IncomingFile } from "../../../client/core/files/client_files.ts";
import { TransferStore } from "../../../client/files/transfer_store.ts";
import { Transfers } from "../../../client/transfers/transfers.ts";
import { newFileKey } from "../../../protocol/files/chunk_cipher.ts";
import { encodeFileContent } from "../../../protocol/files/file_content.ts";
import { newFileId } from "../../../protocol/wire/file_id.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { withFolder } from "../../fixtures/folders.ts";

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
