import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import fc from "fast-check";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  deriveKeys,
  keysFromSaltedPassword,
  saltedPassword,
  ScramClient,
  startScram,
} from "../../../protocol/scram/scram.ts";
import {
  assertFails,
  assertRefused,
  certificateHash,
  exchange,
  keys,
  makeClient,
  plus,
  startServer,
  vector,
} from "./scram_exchange.ts";
import { fuzzCount } from "../../fixtures/fuzz_count.ts";
import { anyText } from "../../fixtures/any_text.ts";

Deno.test("keysFromSaltedPassword() gives the keys that deriveKeys() gives", async () => {
  const salted = await saltedPassword("pencil", vector.salt, 4096);
  assertEquals(encodeBase64(salted), "xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=");
  const { clientKey, storedKey, serverKey } = await keysFromSaltedPassword(salted);
  assertEquals({ clientKey, storedKey, serverKey, saltedPassword: salted }, keys);
});

Deno.test("the PLUS form binds both ends to the certificate", async () => {
  const client = makeClient({ binding: certificateHash });
  assert(client.first.startsWith("p=tls-server-end-point,,n=user,"));
  await exchange({}, client);
  assert(startServer(makeClient({ binding: certificateHash }).first, plus).bound);
});

Deno.test("random nonces are at least 24 bytes each and differ every time", () => {
  const options = { userName: "user", keysFor: () => Promise.resolve(keys) };
  const make = () =>
    new ScramClient({ ...options, binding: "not_supported" }).first.slice("n,,n=user,r=".length);
  const clientNonce = make();
  assertEquals(decodeBase64(clientNonce).length, 24);
  assert(clientNonce !== make());
  const serverNonce = () =>
    startScram(vector.clientFirst, { bindings: "none" }).serverFirst(vector.salt, 4096)
      .slice(`r=${vector.clientNonce}`.length).split(",")[0] ?? "";
  assertEquals(decodeBase64(serverNonce()).length, 24);
  assertEquals(new Set([serverNonce(), serverNonce(), serverNonce()]).size, 3);
});

Deno.test("names with commas and equals signs arrive as they were typed", async () => {
  for (const userName of ["a,b", "a=b", "=2C", "=3D2C", ",,==", "Jürgen", "🙂"]) {
    const client = makeClient({ userName });
    assertEquals(startServer(client.first).userName, userName);
    await exchange({}, makeClient({ userName }), { bindings: "none" });
  }
});

Deno.test("a wrong password is answered by e=invalid-proof, and the client says so", async () => {
  const wrong = await deriveKeys("pencils", vector.salt, 4096);
  const client = makeClient({ keysFor: () => Promise.resolve(wrong) });
  const server = startServer(client.first);
  const clientFinal = await client.respond(server.serverFirst(vector.salt, 4096));
  const outcome = await server.finish(clientFinal, keys);
  assertEquals(outcome, { ok: false, serverFinal: "e=invalid-proof" });
  assertRefused(() => client.verify(outcome.serverFinal), "sign_in_refused");
});

Deno.test("a server that knows the stored key but not the server key is not believed", async () => {
  const client = makeClient();
  const server = startServer(client.first);
  const clientFinal = await client.respond(server.serverFirst(vector.salt, 4096));
  const forged = { storedKey: keys.storedKey, serverKey: new Uint8Array(32) };
  const outcome = await server.finish(clientFinal, forged);
  assert(outcome.ok);
  assertRefused(() => client.verify(outcome.serverFinal), "bad_proof");
});

Deno.test("an altered proof is refused", async () => {
  const client = makeClient();
  const server = startServer(client.first);
  const clientFinal = await client.respond(server.serverFirst(vector.salt, 4096));
  const [head = "", proof = ""] = clientFinal.split("p=");
  const bytes = decodeBase64(proof);
  bytes[31] = (bytes[31] ?? 0) ^ 1;
  const outcome = await server.finish(`${head}p=${encodeBase64(bytes)}`, keys);
  assertEquals(outcome.ok, false);
});

Deno.test("a proof of a wrong length is refused", async () => {
  for (const length of [0, 1, 31, 33, 64]) {
    const proof = encodeBase64(new Uint8Array(length));
    const clientFinal = (text: string) => text.replace(/p=.*$/, `p=${proof}`);
    await assertFails(exchange({ clientFinal }), "bad_message");
  }
});

Deno.test("an altered nonce is refused at either end", async () => {
  const change = (text: string) => text.replace("EkqO%hv", "EkqO%hw");
  await assertFails(exchange({ clientFinal: change }), "bad_proof");
  await assertFails(exchange({ serverFirst: change }), "bad_proof");
  const changeOwn = (text: string) => text.replace("rOprN", "rOprM");
  await assertFails(exchange({ serverFirst: changeOwn }), "bad_proof");
});

Deno.test("an altered server signature is refused", async () => {
  const forged = `v=${encodeBase64(new Uint8Array(32))}`;
  await assertFails(exchange({ serverFinal: () => forged }), "bad_proof");
  await assertFails(exchange({ serverFinal: () => "v=AAAA" }), "bad_proof");
});

Deno.test("an altered salt or iteration count makes the exchange fail", async () => {
  const salt = encodeBase64(new Uint8Array(16));
  const keysFor = (newSalt: Uint8Array<ArrayBuffer>, iterations: number) =>
    deriveKeys("pencil", newSalt, iterations);
  const client = () => makeClient({ keysFor, binding: certificateHash });
  const otherSalt = (text: string) => text.replace(/s=[^,]+/, `s=${salt}`);
  await assertFails(exchange({ serverFirst: otherSalt }, client()), "sign_in_refused");
  const otherCount = (text: string) => text.replace("i=4096", "i=4097");
  await assertFails(exchange({ serverFirst: otherCount }, client()), "sign_in_refused");
});

Deno.test("mandatory extensions are refused at both ends", async () => {
  assertRefused(() => startServer("n,,m=x,n=user,r=abc"), "bad_message");
  assertRefused(() => startServer("n,,n=user,r=abc,m=x"), "bad_message");
  await assertFails(makeClient().respond(`m=x,${vector.serverFirst}`), "bad_message");
  await assertFails(makeClient().respond(`${vector.serverFirst},m=x`), "bad_message");
});

Deno.test("optional extensions are passed over at both ends", async () => {
  const client = makeClient();
  const server = startServer(`${client.first},x=1,y=a=b`);
  assertEquals(server.userName, "user");
  const clientFinal = await client.respond(`${vector.serverFirst},x=1`);
  assert(clientFinal.startsWith("c=biws,r="));
});

Deno.test("optional extensions are covered by the proof", async () => {
  const add = (text: string) => `${text},x=1`;
  await assertFails(exchange({ clientFirst: add }), "sign_in_refused");
  await assertFails(exchange({ serverFirst: add }), "sign_in_refused");
  const insert = (text: string) => text.replace(",p=", ",x=1,p=");
  await assertFails(exchange({ clientFinal: insert }), "sign_in_refused");
});

Deno.test("stripped channel binding is refused: p becomes n", async () => {
  const strip = (text: string) => text.replace(/^p=[^,]+/, "n");
  await assertFails(exchange({ clientFirst: strip }), "bad_proof");
  const client = () => makeClient({ binding: certificateHash });
  const offered = { ...plus, bindings: "offered" } as const;
  await assertFails(exchange({ clientFirst: strip }, client(), offered), "bad_proof");
  const final = (text: string) => text.replace(/^c=[^,]+/, "c=biws");
  const tampering = { clientFirst: strip, clientFinal: final };
  await assertFails(exchange(tampering, client(), offered), "sign_in_refused");
});

Deno.test("stripped channel binding is refused: a client that was told that there is none", async () => {
  const client = () => makeClient({ binding: "not_offered" });
  assertEquals(client().first.slice(0, 3), "y,,");
  await assertFails(exchange({}, client(), plus), "bad_proof");
  await assertFails(exchange({}, client(), { ...plus, bindings: "offered" }), "bad_proof");
  await exchange({}, client(), { bindings: "none" });
  const hide = { clientFirst: (text: string) => text.replace(/^y/, "n") };
  await assertFails(exchange(hide, client(), { ...plus, bindings: "offered" }), "bad_proof");
});

Deno.test("a client that cannot bind is served only where binding is not required", async () => {
  const client = () => makeClient({ binding: "not_supported" });
  await assertFails(exchange({}, client(), plus), "bad_proof");
  await exchange({}, client(), { ...plus, bindings: "offered" });
  await exchange({}, client(), { bindings: "none" });
});

Deno.test("a client that binds is refused where there is nothing to bind to", async () => {
  await assertFails(exchange({}, makeClient({ binding: certificateHash }), { bindings: "none" }));
});

Deno.test("another certificate's hash is refused", async () => {
  const relayed = makeClient({ binding: new Uint8Array(32).fill(8) });
  await assertFails(exchange({}, relayed), "bad_proof");
  await assertFails(exchange({}, makeClient({ binding: new Uint8Array(0) })), "bad_proof");
  await assertFails(exchange({}, makeClient({ binding: new Uint8Array(48).fill(7) })), "bad_proof");
});

Deno.test("messages at the wrong time or twice are refused", async () => {
  const client = makeClient();
  assertRefused(() => client.verify(vector.serverFinal), "bad_message");
  const server = startServer(client.first);
  await assertFails(server.finish(vector.clientFinal, keys), "bad_message");
  const serverFirst = server.serverFirst(vector.salt, 4096);
  assertThrows(() => server.serverFirst(vector.salt, 4096), Error, "Broken");
  const clientFinal = await client.respond(serverFirst);
  await assertFails(client.respond(serverFirst), "bad_message");
  const outcome = await server.finish(clientFinal, keys);
  await assertFails(server.finish(clientFinal, keys), "bad_message");
  client.verify(outcome.serverFinal);
  assertRefused(() => client.verify(outcome.serverFinal), "bad_message");
});

const steps = ["clientFirst", "serverFirst", "clientFinal", "serverFinal"] as const;

Deno.test("every truncation of every message makes the exchange fail", async () => {
  const lengths = { clientFirst: 80, serverFirst: 90, clientFinal: 190, serverFinal: 50 };
  for (const step of steps) {
    for (let length = 0; length < lengths[step]; length++) {
      let shorter = false;
      const cut = (text: string) => {
        shorter = length < text.length;
        return text.slice(0, length);
      };
      const run = exchange({ [step]: cut });
      await run.then(() => assert(!shorter, `${step} cut to ${length}`), (error: unknown) => {
        assert(error instanceof ChatError);
      });
    }
  }
});

Deno.test("any single-character change of any message makes the exchange fail", async () => {
  const character = fc.oneof(
    fc.constantFrom(..."npyrsicveam,=ABCwxz0189+/"),
    anyText({ minLength: 1, maxLength: 1 }),
  );
  const property = fc.asyncProperty(
    fc.constantFrom(...steps),
    fc.nat(),
    fc.constantFrom("replace", "insert", "delete"),
    character,
    async (step, place, manner, inserted) => {
      let altered = true;
      const change = (text: string) => {
        const at = place % text.length;
        const rest = text.slice(manner === "insert" ? at : at + 1);
        const changed = text.slice(0, at) + (manner === "delete" ? "" : inserted) + rest;
        altered = changed !== text;
        return changed;
      };
      const failed = await exchange({ [step]: change }).then(() => null, (error: unknown) => error);
      fc.pre(altered);
      assert(failed instanceof ChatError, String(failed));
    },
  );
  await fc.assert(property, { numRuns: fuzzCount(600, 3_000) });
});

Deno.test("random text at either end only ever gives a ChatError", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "n,,",
      "p=tls-server-end-point,,",
      "n=",
      "r=",
      "s=",
      "i=",
      "c=",
      "p=",
      "v=",
      "e=",
    ),
    fc.constantFrom(",", "=", "m=", "4096", vector.clientNonce, "biws", "AAAA"),
    anyText({ maxLength: 8 }),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const property = fc.asyncProperty(text, async (text) => {
    for (const step of steps) {
      await exchange({ [step]: () => text }).then(
        () => {},
        (error: unknown) => assert(error instanceof ChatError, String(error)),
      );
    }
  });
  await fc.assert(property, { numRuns: fuzzCount(200, 500) });
});
