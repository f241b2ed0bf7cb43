import { assertEquals } from "@std/assert";
import { makeSelfExtracting } from "../../tools/self_extracting.ts";
import { findTarget } from "../../tools/targets.ts";
import { withFolder } from "../folders.ts";

Deno.test("the launcher keeps variables that add authorities to Deno's from the program", async () => {
  await withFolder(async (folder) => {
    const bundleFolder = `${folder}/bundle`;
    await Deno.mkdir(bundleFolder);
    await Deno.writeTextFile(`${bundleFolder}/main.js`, "");
    // A runtime that prints what it is started with.
    const runtime = `${folder}/runtime`;
    await Deno.writeTextFile(runtime, "#!/bin/sh\nenv\n");
    const target = findTarget();
    const path = await makeSelfExtracting({ bundleFolder, runtime, target }, `${folder}/chat`);
    const { stdout } = await new Deno.Command(path, {
      env: {
        HOME: folder,
        XDG_CACHE_HOME: "",
        DENO_CERT: "/authority.pem",
        DENO_TLS_CA_STORE: "system",
        SSL_CERT_FILE: "/store.pem",
      },
    }).output();
    const names = new TextDecoder().decode(stdout).split("\n").map((line) => line.split("=")[0]);
    const kept = ["DENO_DIR", "DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE"];
    assertEquals(kept.filter((name) => names.includes(name)), ["DENO_DIR", "SSL_CERT_FILE"]);
  });
});
