import { assertEquals } from "@std/assert";
import { sealedCharactersMax } from "../../../../protocol/wire/limits.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { codeOf } from "../../../fixtures/peer.ts";
import { NativeFixture } from "../native/native_fixture.ts";

const sealed = new Uint8Array(284).fill(7).toBase64();

Deno.test("a draft is answered, and told to the other session of the account alone", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack", "jill"] });
  const [desk, phone] = [await fixture.member("jack"), await fixture.member("jack")];
  const jill = await fixture.member("jill");
  const reply = await desk.ask("draft", { sealed });
  assertEquals(Object.keys(reply), ["reply", "heard"]);
  assertEquals([reply["heard"], (await jill.ask("draft", { sealed }))["heard"]], [true, false]);
  assertEquals(await phone.event("draft"), { event: "draft", sealed });
  // What is answered later was told before.
  await Promise.all([desk.ask("ping"), jill.ask("ping")]);
  for (const peer of [desk, jill]) {
    assertEquals(peer.waiting.filter(({ event }) => event === "draft"), []);
  }
});

Deno.test("a draft that is too long, or none at all, is refused, and nobody is told", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack"] });
  const [desk, phone] = [await fixture.member("jack"), await fixture.member("jack")];
  const contents = [
    { sealed: "A".repeat(sealedCharactersMax + 4) },
    { sealed: 7 },
    {},
    { sealed: "what I am typing" },
  ];
  for (const content of contents) {
    assertEquals(codeOf(await desk.ask("draft", content)), "bad_message");
  }
  await phone.ask("ping");
  assertEquals(phone.waiting.filter(({ event }) => event === "draft"), []);
});

Deno.test("whoever passes on too much is told to slow down, and for how long", async () => {
  const allowances = makeAllowances({ drafts: { perSecond: 1, burst: 1 } });
  await using fixture = await NativeFixture.start({ accountNames: ["jack"], allowances });
  const desk = await fixture.member("jack");
  assertEquals(codeOf(await desk.ask("draft", { sealed })), undefined);
  const { error } = await desk.ask("draft", { sealed });
  assertEquals(error, {
    code: "slow_down",
    message: "You are typing in more places at once than this server passes on. Wait a moment.",
    retryAfterMs: 1_000,
  });
});
