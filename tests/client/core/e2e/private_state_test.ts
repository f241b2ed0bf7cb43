import { assertEquals, assertNotEquals } from "@std/assert";
import { PrivateState } from "../../../../client/core/e2e/private_state.ts";
import { makeIdentity } from "../../../fixtures/identities.ts";
import { MemoryText } from "../hostile_server.ts";

const jack = await makeIdentity("jack");
const other = await makeIdentity("jack");
const place = { chain: "0011223344556677", number: 5 };

async function opened(store: MemoryText, identity = jack): Promise<PrivateState> {
  const state = await PrivateState.open(store);
  await state.unseal(identity);
  return state;
}

Deno.test("what was kept is there at the next start", async () => {
  const store = new MemoryText();
  const first = await opened(store);
  await first.saveVault({ version: 3, sealed: "AAAA" });
  first.noteSent("jill", place);
  await first.close();
  const second = await PrivateState.open(store);
  assertEquals(second.record, jack.record);
  assertEquals(second.vault, null);
  await second.unseal(jack);
  assertEquals(second.vault, { version: 3, sealed: "AAAA" });
  assertEquals(second.lastSent("jill"), place);
  assertEquals(second.lastSent("joe"), null);
});

Deno.test("the file shows nobody whom one writes to", async () => {
  const store = new MemoryText();
  const state = await opened(store);
  state.noteSent("jill", place);
  await state.close();
  const sealed: string = JSON.parse(store.text!).sealed;
  assertEquals(atob(sealed).includes("jill"), false);
  assertEquals(store.text!.includes("jill"), false);
});

Deno.test("what belongs to other keys, or is damaged, counts as nothing", async () => {
  const store = new MemoryText();
  const state = await opened(store);
  await state.saveVault({ version: 3, sealed: "AAAA" });
  assertEquals((await opened(store, other)).vault, null);
  assertEquals(JSON.parse(store.text!).record, other.record.toBase64());
  for (
    const text of ["", "{", "{}", '{"record":"%","sealed":"%"}', '{"record":"","sealed":"AAAA"}']
  ) {
    store.text = text;
    const found = await opened(store);
    assertEquals(found.vault, null);
    assertNotEquals(found.record, null);
  }
});

Deno.test("without a store, and where it cannot be written, all goes on", async () => {
  const without = await PrivateState.open(undefined);
  await without.unseal(jack);
  await without.saveVault({ version: 1, sealed: "AAAA" });
  assertEquals(without.vault?.version, 1);
  const full = new MemoryText();
  full.save = () => Promise.reject(new Deno.errors.PermissionDenied("read-only"));
  const state = await opened(full);
  await state.saveVault({ version: 1, sealed: "AAAA" });
  await state.close();
});

Deno.test("the chains that are remembered have a limit", async () => {
  const state = await opened(new MemoryText());
  for (let at = 0; at <= 1_000; at++) state.noteSent(`peer${at}`, place);
  assertEquals(state.lastSent("peer0"), null);
  assertEquals(state.lastSent("peer1000"), place);
  await state.close();
});
