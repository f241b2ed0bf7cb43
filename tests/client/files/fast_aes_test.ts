import { assertEquals, assertRejects } from "@std/assert";
import { openFastAes } from "../../../client/files/fast_aes.ts";
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";
import { type ChunkAes, chunkBytes, openWebAes } from "../../../protocol/files/chunk_cipher.ts";
import { someBytes } from "../../fixtures/memory_files.ts";

const key: Bytes = someBytes(32, 5);

async function sealedBy(aes: ChunkAes, nonce: Bytes, text: Bytes): Promise<Bytes> {
  // What is given may be changed.
  const pieces = await aes.seal(nonce, text.slice());
  return new Uint8Array(await new Blob([...pieces]).arrayBuffer());
}

Deno.test("what is encrypted is AES-256-GCM: test cases 13 to 15 of its specification (McGrew and Viega, appendix B)", async () => {
  const zeros = new Uint8Array(32);
  const cases = [
    {
      key: zeros,
      nonce: zeros.subarray(0, 12),
      text: "",
      sealed: "530f8afbc74536b9a963b4f1c4cb738b",
    },
    {
      ...{ key: zeros, nonce: zeros.subarray(0, 12), text: "00".repeat(16) },
      sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    },
    {
      key: Uint8Array.fromHex("feffe9928665731c6d6a8f9467308308".repeat(2)),
      nonce: Uint8Array.fromHex("cafebabefacedbaddecaf888"),
      text:
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
      sealed:
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c",
    },
  ];
  for (const { key, nonce, text, sealed } of cases) {
    const aes = await openFastAes(key);
    const found = await sealedBy(aes, nonce, Uint8Array.fromHex(text));
    assertEquals(found.toHex(), sealed);
    assertEquals((await aes.open(nonce, found.slice())).toHex(), text);
  }
});

Deno.test("what one of two ways has encrypted, the other one opens, at every length of a last block", async () => {
  const [fast, web] = [await openFastAes(key), await openWebAes(key)];
  const lengths = [...Array(70).keys(), 4_095, chunkBytes - 1, chunkBytes];
  for (const [seed, length] of lengths.entries()) {
    const nonce = someBytes(12, seed + 1);
    const text = someBytes(length, seed + 100);
    const sealed = await sealedBy(fast, nonce, text);
    assertEquals(sealed, await sealedBy(web, nonce, text), `${length} bytes`);
    assertEquals(await fast.open(nonce, sealed.slice()), text);
  }
});

Deno.test("many are encrypted and opened at the same time, also from places where no word begins", async () => {
  const [fast, web] = [await openFastAes(key), await openWebAes(key)];
  const texts = Array.from({ length: 8 }, (_, seed) => someBytes(50_000 + seed, seed + 1));
  const nonce = (at: number) => someBytes(12, at + 50);
  const sealed = await Promise.all(texts.map((text, at) => sealedBy(web, nonce(at), text)));
  const opened = await Promise.all(sealed.flatMap((one, at) => {
    const moved = new Uint8Array(one.length + 3);
    moved.set(one, 3);
    return [fast.open(nonce(at), moved.subarray(3)), sealedBy(fast, nonce(at), texts[at]!)];
  }));
  assertEquals(opened, texts.flatMap((text, at) => [text, sealed[at]!]));
});

Deno.test("what was altered, cut off or has another nonce does not open", async () => {
  const fast = await openFastAes(key);
  const nonce = someBytes(12, 7);
  const sealed = await sealedBy(fast, nonce, someBytes(100));
  for (const at of [0, 50, 99, 100, 115]) {
    const altered = sealed.slice();
    altered[at]! ^= 1;
    await assertRejects(() => fast.open(nonce, altered), TypeError);
  }
  await assertRejects(() => fast.open(nonce, sealed.subarray(0, -1)), TypeError);
  await assertRejects(() => fast.open(someBytes(12, 8), sealed), TypeError);
  await assertRejects(() => fast.open(nonce, new Uint8Array(15)), RangeError);
});

Deno.test("what is longer than a chunk is refused, and no byte of it leaves as it is", async () => {
  const fast = await openFastAes(key);
  const moved = new Uint8Array(chunkBytes + 18).subarray(1);
  await assertRejects(() => fast.seal(someBytes(12, 7), moved), RangeError);
});
