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
      await jill.until(/-- \/get \d+ saves it\./);
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
      await jill.until("Message 99999 brings no file that was shown.");
    });
  });
});

Deno.test("/cancel ends a file on its way, which is then kept nowhere", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/roses.bin`;
    {
      using file = await Deno.open(path, { write: true, createNew: true });
      // So large that it is still on its way when somebody has typed a command.
      await file.truncate(1_500_000_000);
    }
    await withTerminalChat(async ({ sit, folder: chat }) => {
      const jack = await sit("jack");
      jack.enter("/cancel");
      await jack.until("No file is on its way.");
      jack.enter(`/send ${path}`);
      await jack.until(/↑ roses\.bin [█░]{20} \d+ %/);
      jack.enter("/cancel rose");
      await jack.until("The transfer was cancelled. Nothing of it was kept.");
      await jack.until(() => [...Deno.readDirSync(`${chat}/server/files`)].length === 0);
      assertEquals(jack.text().includes("sent a file"), false);
    });
  });
});
