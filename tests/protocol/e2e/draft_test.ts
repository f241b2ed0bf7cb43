import { assertEquals, assertRejects } from "@std/assert";
import { decodeText, joinFields } from "../../../protocol/e2e/byte_fields.ts";
import { openDraft, sealDraft } from "../../../protocol/e2e/draft.ts";
import { deriveSealingKey, openBox, sealBox } from "../../../protocol/e2e/sealed_box.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { sealedCharactersMax, textBytesMax } from "../../../protocol/wire/limits.ts";
import { makeIdentity } from "../../fixtures/identities.ts";

const jack = await makeIdentity("jack");
const jill = await makeIdentity("jill");
const draft = { title: "#lobby", text: "Shall we", timeMs: 1_795_456_587_842 };

/** Anything, sealed as a draft of jack's. */
async function sealAsDraft(content: string) {
  const key = await deriveSealingKey(jack.masterKey, "chat draft v1");
  const context = joinFields("chat draft v1", "jack");
  return await sealBox(key, new TextEncoder().encode(content), context);
}

Deno.test("a draft opens to what was sealed, and so does one that is empty", async () => {
  for (const one of [draft, { ...draft, text: "" }, { title: "", text: "", timeMs: 0 }]) {
    assertEquals(await openDraft((await sealDraft(one, jack))!, jack), one);
  }
});

Deno.test("a draft is JSON with spaces behind it, so that its size tells little", async () => {
  const sealed = (await sealDraft(draft, jack))!;
  const key = await deriveSealingKey(jack.masterKey, "chat draft v1");
  const bytes = await openBox(key, sealed, joinFields("chat draft v1", "jack"));
  assertEquals(decodeText(bytes), JSON.stringify(draft).padEnd(256));
  const sizeOf = async (length: number) => {
    return (await sealDraft({ ...draft, text: "x".repeat(length) }, jack))!.length - 28;
  };
  assertEquals(await Promise.all([0, 100, 300, 1_000].map(sizeOf)), [256, 256, 512, 2_048]);
});

Deno.test("every text that can be a message fits a request as it is usually typed; what is far too long is not sealed", async () => {
  const text = "ü".repeat(textBytesMax / 2);
  const sealed = await sealDraft({ ...draft, text }, jack);
  assertEquals(sealed!.toBase64().length <= sealedCharactersMax, true);
  assertEquals(await sealDraft({ ...draft, text: "x".repeat(16_384) }, jack), null);
});

Deno.test("a draft does not open for another account, or with an altered byte", async () => {
  const sealed = (await sealDraft(draft, jack))!;
  await assertRejects(() => openDraft(sealed, jill), ChatError);
  await assertRejects(() => openDraft(sealed, { ...jack, nameKey: "jill" }), ChatError);
  for (let at = 0; at < sealed.length; at += 5) {
    const altered = sealed.slice();
    altered[at]! ^= 1;
    await assertRejects(() => openDraft(altered, jack), ChatError);
  }
  for (const length of [0, 5, 12, 27]) {
    await assertRejects(() => openDraft(sealed.slice(0, length), jack), ChatError);
  }
});

Deno.test("what a newer program has sealed in another form is told apart", async () => {
  for (
    const content of [
      "",
      "[]",
      "null",
      '{"title":"#lobby"}',
      JSON.stringify({ ...draft, title: "x".repeat(257) }),
      JSON.stringify({ ...draft, timeMs: -1 }),
      JSON.stringify({ ...draft, timeMs: 2 ** 53 }),
      JSON.stringify({ ...draft, timeMs: 8.64e15 + 1 }),
    ]
  ) {
    const sealed = await sealAsDraft(content);
    const error = await assertRejects(() => openDraft(sealed, jack), ChatError);
    assertEquals(error.code, "bad_message", content);
  }
});
