import { assertEquals, assertMatch } from "@std/assert";

Deno.test("every kind of load in small loses nothing, in memory or on the disk", async () => {
  const module = new URL("../../bench/smoke.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module],
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertEquals(code, 0, said + new TextDecoder().decode(stderr));
  assertMatch(said, /Nothing was lost\.\n$/);
});
