/** Files on a real terminal: sent by a command or a dropped path, with a bar on both sides, and fetched. */
import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { withFolder } from "../fixtures/folders.ts";
import { someBytes } from "../fixtures/memory_files.ts";
import { withTerminalChat } from "./terminal_chat.ts";

Deno.test("a file is sent and fetched with a bar on both sides, and a path that is dropped asks", async () => {
  await withFolder(async (folder) => {
    const bytes = someBytes(20_000_000);
    await Deno.writeFile(`${folder}/red roses.jpg`, bytes);
    await Deno.writeFile(`${folder}/tulip.txt`, someBytes(10));
    await withTerminalChat(async ({ sit }) => {
      const jack = await sit("jack");
      const jill = await sit("jill");
      jack.enter(`/send "${folder}/red roses.jpg" for you`);
      await jack.until(/↑ red roses\.jpg [█░]{20} \d+ %/);
      await jill.until("* jack sent a file: red roses.jpg (20 MB): for you");
      jill.enter(`/get "${folder}"`);
      await jill.until(/↓ red roses\.jpg [█░]{20} \d+ %/);
      await jill.until(/Saved: [\s\S]*red roses \(2\)\.jpg/);
      assertEquals(await Deno.readFile(`${folder}/red roses (2).jpg`), bytes);
      jack.type(`\x1b[200~${folder}/tulip.txt\x1b[201~`);
      await jack.until("Send the file tulip.txt to #lobby? (y; n or Esc: as text)");
      // What appears by itself listens after a second: until then keys are meant for what was there before.
      await delay(1_100);
      jack.type("y");
      await jill.until("* jack sent a file: tulip.txt (10 bytes)");
      jill.enter("/get 99999");
      await jill.until("Message 99999 brings no file");
    });
  });
});
