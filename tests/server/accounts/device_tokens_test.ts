import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { DeviceTokens } from "../../../server/accounts/device_tokens.ts";

const tokens = new DeviceTokens(new Uint8Array(32).fill(1));

Deno.test("a token is known again, also by a server with the same secret", async () => {
  const token = await tokens.issue("jack");
  assertMatch(token, /^[A-Za-z0-9_-]{64}$/);
  const deviceId = await tokens.deviceId("jack", token);
  assert(deviceId !== null);
  assertEquals(
    await new DeviceTokens(new Uint8Array(32).fill(1)).deviceId("jack", token),
    deviceId,
  );
});

Deno.test("every token is another device", async () => {
  const ids = [await tokens.issue("jack"), await tokens.issue("jack")]
    .map((token) => tokens.deviceId("jack", token));
  assertNotEquals(await ids[0], await ids[1]);
});

Deno.test("a token of another account or of another server counts as none", async () => {
  const token = await tokens.issue("jack");
  assertEquals(await tokens.deviceId("jill", token), null);
  assertEquals(await tokens.deviceId("jack ", token), null);
  assertEquals(await new DeviceTokens(new Uint8Array(32).fill(2)).deviceId("jack", token), null);
});

Deno.test("a token with any character altered counts as none", async () => {
  const token = await tokens.issue("jack");
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === "A" ? "B" : "A";
    assertEquals(
      await tokens.deviceId("jack", token.slice(0, i) + other + token.slice(i + 1)),
      null,
    );
  }
});

Deno.test("anything that is not a token counts as none", async () => {
  const token = await tokens.issue("jack");
  const texts = [
    "",
    "x",
    token.slice(1),
    `${token}A`,
    `${token}\n`,
    "=".repeat(64),
    "ä".repeat(64),
  ];
  texts.push("A".repeat(64), "A".repeat(1_000_000));
  for (const text of texts) assertEquals(await tokens.deviceId("jack", text), null);
});

Deno.test("a token from before the password was changed counts as none, and one from before passwords were counted goes on", async () => {
  const old = await tokens.issue("jack");
  const deviceId = await tokens.deviceId("jack", old, 0);
  assert(deviceId !== null);
  assertEquals(await tokens.deviceId("jack", old, 1), null);
  const fresh = await tokens.issue("jack", 1);
  assert(await tokens.deviceId("jack", fresh, 1) !== null);
  for (const generation of [0, 2, 11]) {
    assertEquals(await tokens.deviceId("jack", fresh, generation), null);
  }
});
