import { assertEquals, assertRejects } from "@std/assert";
import * as v from "valibot";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { sealedVaultCharactersMax, vaultBytesMax } from "../../../protocol/wire/limits.ts";
import { deriveSealingKey, openBox, sealBox } from "../../../protocol/e2e/sealed_box.ts";
import { decodeText, joinFields } from "../../../protocol/e2e/byte_fields.ts";
import {
  fitVault,
  isSmallEnough,
  keepDigests,
  type KnownPeer,
  openVault,
  type PinnedKeys,
  sealVault,
  type Vault,
} from "../../../protocol/e2e/vault.ts";
import { filled, makeIdentity } from "../../fixtures/identities.ts";

const jack = await makeIdentity("jack");
const jill = await makeIdentity("jill");
const publicKeys = { agreement: filled(1), signing: filled(2) };
const keys: PinnedKeys = { ...publicKeys, encapsulationDigest: null };
/** The same, with a key of ML-KEM-768. */
const grown: PinnedKeys = { ...publicKeys, encapsulationDigest: filled(3) };
const peer: KnownPeer = {
  keys,
  earlier: [],
  verified: false,
  plain: false,
  contacted: false,
};

function vaultOf(count: number, more: Partial<KnownPeer> = {}): Vault {
  return new Map(Array.from({ length: count }, (_, at) => [`peer${at}`, { ...peer, ...more }]));
}

Deno.test("a vault opens to what was sealed", async () => {
  const vault: Vault = new Map([
    ["jill", { ...peer, keys: grown, verified: true, contacted: true }],
    ["jürgen", { ...peer, earlier: [publicKeys, { agreement: filled(3), signing: filled(4) }] }],
    ["irc", { ...peer, keys: null, plain: true }],
  ]);
  for (const contents of [vault, new Map()]) {
    const sealed = await sealVault(contents, 3, jack);
    assertEquals(await openVault(sealed, 3, jack), { contents, fromOlderProgram: false });
  }
});

Deno.test("a vault does not open as another version, for another account, or with an altered byte", async () => {
  const sealed = await sealVault(vaultOf(2), 3, jack);
  await assertRejects(() => openVault(sealed, 2, jack), ChatError);
  await assertRejects(() => openVault(sealed, 4, jack), ChatError);
  await assertRejects(() => openVault(sealed, 3, jill), ChatError);
  await assertRejects(() => openVault(sealed, 3, { ...jack, nameKey: "jill" }), ChatError);
  for (let at = 0; at < sealed.length; at += 5) {
    const altered = sealed.slice();
    altered[at]! ^= 1;
    await assertRejects(() => openVault(altered, 3, jack), ChatError);
  }
  for (const length of [0, 5, 12, 27]) {
    await assertRejects(() => openVault(sealed.slice(0, length), 3, jack), ChatError);
  }
});

Deno.test("a vault of a form that is not known is refused, not misread", async () => {
  const key = await deriveSealingKey(jack.masterKey, "chat vault v1");
  const context = joinFields("chat vault v1", "jack", "1");
  for (const text of ["{}", '{"peers":[{"name":"x"}]}', '{"peers":{}}', "[]", "null"]) {
    const box = await sealBox(key, new TextEncoder().encode(text), context);
    const error = await assertRejects(() => openVault(box, 1, jack), ChatError);
    assertEquals(error.code, "bad_message");
  }
});

Deno.test("what is empty or false may be left out, and is", async () => {
  const key = await deriveSealingKey(jack.masterKey, "chat vault v1");
  const context = joinFields("chat vault v1", "jack", "1");
  const pair = [keys.agreement.toBase64(), keys.signing.toBase64()];
  for (const flags of [{}, { earlier: [], verified: false, plain: false, contacted: false }]) {
    const text = JSON.stringify({ peers: [{ name: "jill", keys: pair, ...flags }] });
    const box = await sealBox(key, new TextEncoder().encode(text), context);
    const contents = new Map([["jill", peer]]);
    assertEquals(await openVault(box, 1, jack), { contents, fromOlderProgram: true });
  }
});

Deno.test("a program that knows no keys of ML-KEM-768 reads what this one writes, without their digests", async () => {
  const vault: Vault = new Map([["jill", { ...peer, keys: grown }], ["joe", peer]]);
  const key = await deriveSealingKey(jack.masterKey, "chat vault v1");
  const context = joinFields("chat vault v1", "jack", "1");
  const text = decodeText(await openBox(key, await sealVault(vault, 1, jack), context));
  // What such programs expect.
  const pair = v.tuple([v.string(), v.string()]);
  const before = v.object({ peers: v.array(v.object({ name: v.string(), keys: pair })) });
  const [agreement, signing] = [filled(1).toBase64(), filled(2).toBase64()];
  assertEquals(v.parse(before, JSON.parse(text)), {
    peers: [{ name: "jill", keys: [agreement, signing] }, {
      name: "joe",
      keys: [agreement, signing],
    }],
  });
});

Deno.test("keepDigests() puts back what an older program has left out, for the same keys only", () => {
  const before: Vault = new Map([["jill", { ...peer, keys: grown }], ["joe", peer]]);
  const verified = { ...peer, verified: true };
  const put = keepDigests(before, new Map([["jill", verified], ["joe", peer]]));
  assertEquals(put, new Map([["jill", { ...verified, keys: grown }], ["joe", peer]]));
  const otherKeys = { ...keys, agreement: filled(9) };
  const otherDigest = { ...grown, encapsulationDigest: filled(9) };
  const unchanged: Vault[] = [
    new Map([["jill", { ...peer, keys: otherKeys }]]),
    new Map([["jill", { ...peer, keys: otherDigest }]]),
    new Map([["jill", { ...peer, keys: null }]]),
    new Map([["jim", peer]]),
    new Map(),
  ];
  for (const vault of unchanged) assertEquals(keepDigests(before, vault) === vault, true);
});

Deno.test("the size of a vault tells little about how much is in it", async () => {
  const sizes = [0, 1, 2, 3].map(async (count) =>
    (await sealVault(vaultOf(count), 1, jack)).length
  );
  assertEquals(new Set(await Promise.all(sizes)).size, 1);
});

Deno.test("a vault is full at some size, and the largest fits the wire", async () => {
  let count = 100;
  const fits = async (count: number) => {
    try {
      return await sealVault(vaultOf(count), 1, jack);
    } catch (error) {
      assertEquals((error as ChatError).code, "too_many");
      return null;
    }
  };
  let largest = await fits(count);
  for (let next = largest; next !== null; next = await fits(count)) {
    largest = next;
    count += 10;
  }
  assertEquals(largest!.length <= vaultBytesMax + 28, true);
  assertEquals(largest!.toBase64().length <= sealedVaultCharactersMax, true);
  assertEquals(count > 300, true);
});

Deno.test("fitVault() forgets only those who just wrote, the oldest first, and never the one in question", async () => {
  const full = new Map([
    ["verified", { ...peer, verified: true }],
    ["contacted", { ...peer, contacted: true }],
    ["agreed", { ...peer, plain: true }],
    ...vaultOf(600),
  ]);
  const fitted = fitVault(full, "peer0");
  await sealVault(fitted, 1, jack);
  for (const name of ["verified", "contacted", "agreed", "peer0", "peer599"]) {
    assertEquals(fitted.has(name), true, name);
  }
  assertEquals(fitted.has("peer1"), false);
  assertEquals(fitVault(vaultOf(600, { contacted: true }), "peer0").size, 600);
  const small = vaultOf(3);
  assertEquals(fitVault(small, "peer0"), small);
});

Deno.test("where forgetting is not enough, fitVault() leaves digests out, the oldest first, and never that of the one in question", async () => {
  const full = vaultOf(280, { contacted: true, keys: grown });
  const fitted = fitVault(full, "peer0");
  await sealVault(fitted, 1, jack);
  assertEquals(fitted.size, 280);
  const hasDigest = (name: string) => fitted.get(name)?.keys?.encapsulationDigest !== null;
  assertEquals(["peer0", "peer1", "peer279"].map(hasDigest), [true, false, true]);
  assertEquals(isSmallEnough(full), false);
  assertEquals(isSmallEnough(fitted), true);
});
