import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Credentials } from "../../client/core/link/credentials.ts";
import { signIn } from "../../client/core/link/sign_in.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { openStorage } from "../../server/storage/sqlite/sqlite_storage.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { Door } from "./real/native.ts";
import { ServerProcess } from "./real/server.ts";
import { note } from "./settings.ts";

const racers = 100;

Deno.test("of 100 clients that want one name exactly one gets it, and with its own password", async () => {
  await withFolder(async (directory) => {
    await using server = await ServerProcess.start({ directory });
    const door = await Door.of(server);
    // Four spellings and passwords: a derivation of keys for each of a hundred would only take time.
    const spellings = ["Highlander", "highlander", "HIGHLANDER", "HighLander"];
    const people = spellings.map((name, index) => new Credentials(name, `password ${index}`));
    const contents = await Promise.all(people.map((one) => one.registration()));
    const links = await Promise.all(Array.from({ length: racers }, () => door.open()));
    const outcomes = await Promise.all(links.map(async (link, index) => {
      const person = index % people.length;
      try {
        await link.request("register", contents[person]!);
        return person;
      } catch (error) {
        if (error instanceof ChatError) return error.code;
        throw error;
      }
    }));
    for (const link of links) link.close();
    const winners = outcomes.filter((outcome) => typeof outcome === "number");
    assertEquals(winners.length, 1);
    assertEquals(outcomes.filter((outcome) => outcome === "name_taken").length, racers - 1);
    for (const [index, person] of people.entries()) {
      const link = await door.open();
      const entering = signIn(link, person, door.binding, undefined);
      if (index === winners[0]) assertEquals((await entering).name, spellings[index]);
      else assertEquals((await assertRejects(() => entering, ChatError)).code, "sign_in_refused");
      link.close();
    }
    note(`race: ${racers} registrations of one name, 1 succeeded`);
  });
});

Deno.test("a second server on a data folder refuses to start, and the first is unharmed", async () => {
  await withFolder(async (directory) => {
    await addAccountsTo(directory, ["ann"]);
    {
      await using server = await ServerProcess.start({ directory });
      const link = await (await Door.of(server)).enter("ann");
      let stored = 0;
      let posting = true;
      const post = async () => {
        while (posting) {
          const postId = newPostId(Date.now());
          const posted = await link.request("post", { room: "#lobby", postId, text: "x" });
          assertEquals(posted.sequence, ++stored);
        }
      };
      const done = post();
      done.catch(() => {});
      for (let tries = 0; tries < 2; tries++) {
        const error = await assertRejects(() => ServerProcess.start({ directory }), Error);
        assertStringIncludes(error.message, "Another server is using the data folder");
        assertStringIncludes(error.message, "Stop it, or choose another folder with --data DIR.");
      }
      posting = false;
      await done;
      assert(stored > 0);
      assertEquals(await link.request("ping", {}), {});
      link.close();
      assertEquals(await server.stop(), 0);
      note(`two servers: refused twice while the first stored ${stored} posts`);
    }
    const storage = await openStorage(directory);
    assertEquals(await storage.verify(), []);
    await storage.close();
  });
});
