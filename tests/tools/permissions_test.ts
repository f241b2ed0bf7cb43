import { assertEquals } from "@std/assert";
import { permissionFlags } from "../../tools/permissions.ts";

/** Runs a line of code with the permissions of the built program. Returns what it printed, or why it failed. */
async function tryWithPermissions(code: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/probe.mjs`;
  const probe = `try { console.log(${code}); } catch (error) { console.log(error.name); }`;
  try {
    await Deno.writeTextFile(path, probe);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-config", "--no-lock", ...permissionFlags, path],
      env: { SECRET_OF_ANOTHER: "x", CHAT_PASSWORD: "y", CHAT_DESCRIPTOR_LIMIT: "z" },
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const denied: Readonly<Record<string, string>> = {
  "starting a program": "await new Deno.Command(Deno.execPath()).output()",
  "ending another program": 'Deno.kill(Deno.ppid, "SIGCONT")',
  "loading native code": 'Deno.dlopen("libc.so.6", {})',
  "asking for the user's number": "Deno.uid()",
  "being given more permissions":
    'await Deno.permissions.request({ name: "run" }).then((status) => { if (status.state !== "granted") throw new Deno.errors.NotCapable("x"); })',
};

for (const [what, code] of Object.entries(denied)) {
  Deno.test(`the built program is denied ${what}`, async () => {
    assertEquals(await tryWithPermissions(code), "NotCapable");
  });
}

Deno.test("the built program is denied code from the network", async () => {
  assertEquals(await tryWithPermissions('await import("http://127.0.0.1:9/x.js")'), "TypeError");
});

Deno.test("the built program sees no variable that is not its own", async () => {
  assertEquals(await tryWithPermissions('Deno.env.get("SECRET_OF_ANOTHER")'), "undefined");
  assertEquals(await tryWithPermissions('Deno.env.get("CHAT_PASSWORD")'), "y");
  assertEquals(await tryWithPermissions('Deno.env.get("CHAT_DESCRIPTOR_LIMIT")'), "z");
});

Deno.test("the built program may do what a server and a client need", async () => {
  const listen =
    'Deno.listen({ hostname: "127.0.0.1", port: 0 }).addr.port > 0 && Deno.hostname() !== ""';
  assertEquals(await tryWithPermissions(listen), "true");
  assertEquals(await tryWithPermissions("Deno.networkInterfaces().length > 0"), "true");
  const authorities =
    'await import("node:tls").then((tls) => Array.isArray(tls.getCACertificates("system")))';
  assertEquals(await tryWithPermissions(authorities), "true");
  const disk =
    'await import("node:fs/promises").then((fs) => fs.statfs(".")).then(({ bavail }) => bavail >= 0)';
  assertEquals(await tryWithPermissions(disk), "true");
  const file = 'await Deno.makeTempFile().then((path) => Deno.remove(path)).then(() => "done")';
  assertEquals(await tryWithPermissions(file), "done");
});
