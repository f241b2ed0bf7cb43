import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { sealedCharactersMax } from "../../../../protocol/wire/limits.ts";
import { sealedTextBytesMax, sealEnvelope } from "../../../../server/wires/classic/envelope.ts";
import { envelopeFor, makeSealedBody } from "../../../../server/wires/classic/sealed_body.ts";
import { keyPair } from "./keys.ts";

Deno.test("envelopeFor() gives the envelope untouched to the key that it is sealed with, only", async () => {
  const { publicKey } = await keyPair("jack");
  const envelope = await sealEnvelope("hello", publicKey, 0);
  const body = makeSealedBody(publicKey.id, envelope);
  assertEquals(envelopeFor(body, publicKey.id), envelope);
  assertEquals(envelopeFor(body, (await keyPair("jill")).publicKey.id), null);
});

Deno.test("envelopeFor() passes over what other clients seal", async () => {
  const { id } = (await keyPair("jack")).publicKey;
  for (const body of ["", "AAAC", "classic", `classic:${id}:`, "classic::x", `${id}:x`]) {
    assertEquals(envelopeFor(body, id), null, body);
  }
});

Deno.test("envelopeFor() gives nothing that a classic client could not take, whoever stored it", async () => {
  const { publicKey } = await keyPair("jack");
  const envelope = await sealEnvelope("x".repeat(sealedTextBytesMax + 1), publicKey, 0);
  for (
    const bad of ["garbage", "x".repeat(3_000), "a;b", `${envelope};`, envelope, `é${envelope}`]
  ) {
    assertEquals(envelopeFor(`classic:${publicKey.id}:${bad}`, publicKey.id), null, bad);
  }
});

Deno.test("makeSealedBody() refuses what is no envelope, and its bodies are no base64", async () => {
  const { publicKey } = await keyPair("jack");
  for (const bad of ["", "hello", "a;b", "x".repeat(sealedCharactersMax)]) {
    assertThrows(() => makeSealedBody(publicKey.id, bad), ChatError);
  }
  const body = makeSealedBody(publicKey.id, await sealEnvelope("hello", publicKey, 0));
  assertThrows(() => Uint8Array.fromBase64(body), SyntaxError);
});
