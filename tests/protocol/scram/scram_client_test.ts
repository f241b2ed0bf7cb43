import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { deriveKeys, ScramClient } from "../../../protocol/scram/scram.ts";
import { assertFails, keys, makeClient, startServer, vector } from "./scram_exchange.ts";

Deno.test("ScramClient speaks the exchange of RFC 7677, section 3, letter for letter", async () => {
  const client = makeClient({
    keysFor: (salt, iterations) => deriveKeys("pencil", salt, iterations),
  });
  assertEquals(client.first, vector.clientFirst);
  assertEquals(await client.respond(vector.serverFirst), vector.clientFinal);
  client.verify(vector.serverFinal);
});

Deno.test("the client refuses a nonce that does not begin with its own", async () => {
  for (const nonce of ["rOprNGfwEbeRWgbNEkqPxxxxxxxxxxxxxx", "xrOprNGfwEbeRWgbNEkqO", "x"]) {
    const serverFirst = vector.serverFirst.replace(/^r=[^,]+/, `r=${nonce}`);
    await assertFails(makeClient().respond(serverFirst), "bad_proof");
  }
});

Deno.test("a server's nonce that adds nothing to the client's is refused", async () => {
  const serverFirst = `r=${vector.clientNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
  await assertFails(makeClient().respond(serverFirst), "bad_proof");
});

Deno.test("the client refuses too few and too many iterations before it derives anything", async () => {
  const never = () => Promise.reject(new Error("The keys were asked for."));
  for (const iterations of ["1", "4096", "599999", "5000001", "9999999999"]) {
    const client = new ScramClient({
      userName: "user",
      keysFor: never,
      binding: "not_supported",
      nonce: vector.clientNonce,
    });
    const serverFirst = vector.serverFirst.replace("i=4096", `i=${iterations}`);
    await assertFails(client.respond(serverFirst), "bad_proof");
  }
});

Deno.test("the client accepts 600,000 and 5,000,000 iterations", async () => {
  for (const iterations of [600_000, 5_000_000]) {
    let asked = 0;
    const options = {
      userName: "user",
      binding: "not_supported" as const,
      nonce: vector.clientNonce,
      keysFor: (_salt: Uint8Array, count: number) => {
        asked = count;
        return Promise.resolve(keys);
      },
    };
    await new ScramClient(options).respond(vector.serverFirst.replace("4096", `${iterations}`));
    assertEquals(asked, iterations);
  }
});

Deno.test("the client refuses iterations that are no plain number", async () => {
  for (const text of ["0", "04096", "-4096", "+4096", "4096.0", "4e3", "0x1000", " 4096", "x"]) {
    const serverFirst = vector.serverFirst.replace("i=4096", `i=${text}`);
    await assertFails(makeClient().respond(serverFirst), "bad_message");
  }
  const long = vector.serverFirst.replace("i=4096", `i=${"9".repeat(400)}`);
  await assertFails(makeClient().respond(long), "bad_message");
});

Deno.test("the client refuses a salt that is too short or too long", async () => {
  for (const length of [1, 15, 65, 128]) {
    const salt = encodeBase64(new Uint8Array(length));
    const serverFirst = vector.serverFirst.replace(/s=[^,]+/, `s=${salt}`);
    await assertFails(makeClient().respond(serverFirst), "bad_proof");
  }
});

Deno.test("the server's errors reach the client as sentences, never as the server's own text", async () => {
  const cases: readonly [string, ErrorCode][] = [
    ["e=invalid-proof", "sign_in_refused"],
    ["e=unknown-user", "sign_in_refused"],
    ["e=channel-bindings-dont-match", "bad_proof"],
    ["e=server-does-support-channel-binding", "bad_proof"],
    ["e=\u001b[31mpaint", "sign_in_refused"],
  ];
  for (const [serverFinal, code] of cases) {
    const client = makeClient();
    await client.respond(vector.serverFirst);
    const error = assertThrows(() => client.verify(serverFinal), ChatError);
    assertEquals(error.code, code);
    assert(!error.message.includes("\u001b"));
  }
});

Deno.test("base64 that is not canonical is refused", async () => {
  for (
    const salt of ["W22ZaJ0SNY7soEsUEjb6gR==", "W22ZaJ0SNY7soEsUEjb6gQ", "W22Z_J0SNY7soEsUEjb6gQ=="]
  ) {
    const serverFirst = vector.serverFirst.replace(/s=[^,]+/, `s=${salt}`);
    await assertFails(makeClient().respond(serverFirst), "bad_message");
  }
  const server = startServer(vector.clientFirst);
  server.serverFirst(vector.salt, 4096);
  await assertFails(server.finish(vector.clientFinal.replace("VQ=", "VR="), keys), "bad_message");
});
