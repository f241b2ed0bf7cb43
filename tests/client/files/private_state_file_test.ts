import { assertEquals } from "@std/assert";
import { openPrivateStateStore } from "../../../client/files/private_state_file.ts";
import { withFolder } from "../../fixtures/folders.ts";

Deno.test("the file is this person's alone, of one account at one server, whatever the spelling", async () => {
  await withFolder(async (folder) => {
    const store = await openPrivateStateStore(folder, "host:1", "Jack");
    assertEquals(await store.load(), undefined);
    await store.save("text");
    assertEquals(await (await openPrivateStateStore(folder, "host:1", "jack")).load(), "text");
    assertEquals(await (await openPrivateStateStore(folder, "host:2", "jack")).load(), undefined);
    assertEquals(await (await openPrivateStateStore(folder, "host:1", "jill")).load(), undefined);
    const [file] = await Array.fromAsync(Deno.readDir(folder));
    const { mode } = await Deno.stat(`${folder}/${file!.name}`);
    if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, 0o600);
    await Deno.writeTextFile(`${folder}/${file!.name}`, "x".repeat(300_000));
    assertEquals(await store.load(), undefined);
  });
});
