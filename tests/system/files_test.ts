import { assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { someBytes } from "../fixtures/memory_files.ts";
import { startClientProgram, startServerProgram } from "./processes.ts";

Deno.test("a file is sent and fetched by real programs, and the server's disk holds nothing that can be read", async () => {
  await withFolder(async (folder) => {
    const bytes = someBytes(3_000_000);
    await Deno.writeFile(`${folder}/red roses.jpg`, bytes);
    await Deno.mkdir(`${folder}/saved`);
    const server = await startServerProgram(`${folder}/server`);
    await using _program = server.program;
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.line("Your account has been successfully created!");
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.line("Your account has been successfully created!");
    await jack.type(`SEND "${folder}/red roses.jpg" from the garden`);
    await jack.line("File sent to #lobby.");
    await jill.line(
      "**** Incoming public message from jack ****: * jack sent a file: red roses.jpg (3.0 MB): from the garden",
    );
    for (const name of ["red roses.jpg", "red roses (2).jpg"]) {
      await jill.type(`GET "${folder}/saved"`);
      assertEquals(await jill.line(/^File saved: /), `File saved: ${folder}/saved/${name}`);
      assertEquals(await Deno.readFile(`${folder}/saved/${name}`), bytes);
    }
    const stored = await Array.fromAsync(Deno.readDir(`${folder}/server/files`));
    assertEquals(stored.length, 1);
    assertMatch(stored[0]!.name, /^[0-9a-f]{32}$/);
    const kept = await Deno.readFile(`${folder}/server/files/${stored[0]!.name}`);
    assertEquals(new TextDecoder("latin1").decode(kept).includes("roses"), false);
    await jack.type("DELETE");
    await jill.type("GET");
    await jill.line(/not on the server any more/);
    assertEquals(jack.transcript().includes("from elsewhere"), false);
  });
});
