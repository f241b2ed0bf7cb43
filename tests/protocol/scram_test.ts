import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import fc from "fast-check";
import { ChatError, type ErrorCode } from "../../protocol/errors.ts";
import {
  deriveKeys,
  keysFromSaltedPassword,
  saltedPassword,
  ScramClient,
  type ScramClientOptions,
  type ScramServerOptions,
  startScram,
} from "../../protocol/scram.ts";

/** The exchange of RFC 7677, section 3. */
const vector = {
  clientNonce: "rOprNGfwEbeRWgbNEkqO",
  serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  salt: decodeBase64("W22ZaJ0SNY7soEsUEjb6gQ=="),
  clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
  serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};
const keys = await deriveKeys("pencil", vector.salt, 4096);
const certificateHash = new Uint8Array(32).fill(7);

function makeClient(changes: Partial<ScramClientOptions> = {}): ScramClient {
  return new ScramClient({
    userName: "user",
    keysFor: () => Promise.resolve(keys),
    binding: "not_supported",
    nonce: vector.clientNonce,
    iterationsMin: 4096,
    ...changes,
  });
}

function startServer(clientFirst: string, changes: Partial<ScramServerOptions> = {}) {
  return startScram(clientFirst, { bindings: "none", nonce: vector.serverNonce, ...changes });
}

const plus = { bindings: "required", channelBinding: certificateHash } as const;

interface Tampering {
  readonly clientFirst?: (text: string) => string;
  readonly serverFirst?: (text: string) => string;
  readonly clientFinal?: (text: string) => string;
  readonly serverFinal?: (text: string) => string;
}

const untouched = (text: string) => text;

/** Runs a whole exchange with someone in the middle; resolves only where both ends are content. */
async function exchange(
  tampering: Tampering = {},
  client: ScramClient = makeClient({ binding: certificateHash }),
  options: Partial<ScramServerOptions> = plus,
): Promise<void> {
  const server = startServer((tampering.clientFirst ?? untouched)(client.first), options);
  const serverFirst = server.serverFirst(vector.salt, 4096);
  const clientFinal = await client.respond((tampering.serverFirst ?? untouched)(serverFirst));
  const outcome = await server.finish((tampering.clientFinal ?? untouched)(clientFinal), keys);
  client.verify((tampering.serverFinal ?? untouched)(outcome.serverFinal));
  assert(outcome.ok);
}

async function assertFails(promise: Promise<unknown>, code?: ErrorCode): Promise<void> {
  const error = await assertRejects(() => promise, ChatError);
  if (code !== undefined) assertEquals(error.code, code);
}

function assertRefused(run: () => unknown, code: ErrorCode): void {
  assertEquals(assertThrows(run, ChatError).code, code);
}

Deno.test("ScramClient speaks the exchange of RFC 7677, section 3, letter for letter", async () => {
  const client = makeClient({
    keysFor: (salt, iterations) => deriveKeys("pencil", salt, iterations),
  });
  assertEquals(client.first, vector.clientFirst);
  assertEquals(await client.respond(vector.serverFirst), vector.clientFinal);
  client.verify(vector.serverFinal);
});

Deno.test("ScramServer speaks the exchange of RFC 7677, section 3, letter for letter", async () => {
  const server = startServer(vector.clientFirst);
  assertEquals(server.userName, "user");
  assertEquals(server.bound, false);
  assertEquals(server.serverFirst(vector.salt, 4096), vector.serverFirst);
  const outcome = await server.finish(vector.clientFinal, keys);
  assertEquals(outcome, { ok: true, serverFinal: vector.serverFinal });
});

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

Deno.test("a server's nonce that adds nothing to the client's is refused", async () => {
  const serverFirst = `r=${vector.clientNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
  await assertFails(makeClient().respond(serverFirst), "bad_proof");
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

Deno.test("other types of channel binding are refused", () => {
  for (
    const type of ["tls-unique", "tls-exporter", "tls-server-end-poin", "TLS-SERVER-END-POINT"]
  ) {
    assertRefused(() => startServer(`p=${type},,n=user,r=abc`, plus), "bad_message");
  }
});

Deno.test("one user cannot act for another", async () => {
  const same = startServer("n,a=user,n=user,r=abc");
  assertEquals(same.userName, "user");
  assertRefused(() => startServer("n,a=admin,n=user,r=abc"), "bad_message");
  assertRefused(() => startServer("n,a=User,n=user,r=abc"), "bad_message");
  const add = (text: string) => text.replace(",,", ",a=user,");
  await assertFails(exchange({ clientFirst: add }), "bad_proof");
});

Deno.test("a server that offers channel binding without its data is a mistake of ours", () => {
  assertThrows(() => startScram(vector.clientFirst, { bindings: "offered" }), Error, "Broken");
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

Deno.test("a second guess within one exchange is refused", async () => {
  const server = startServer(vector.clientFirst);
  server.serverFirst(vector.salt, 4096);
  const wrong = vector.clientFinal.replace("p=dH", "p=dI");
  assertEquals((await server.finish(wrong, keys)).ok, false);
  await assertFails(server.finish(vector.clientFinal, keys), "bad_message");
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

Deno.test("malformed first messages of a client are refused", () => {
  const texts = [
    "",
    ",",
    "n",
    "n,",
    "n,,",
    "x,,n=user,r=abc",
    "N,,n=user,r=abc",
    "n,n=user,r=abc",
    "n,a=,n=user,r=abc",
    "n,b=user,n=user,r=abc",
    "n,a=us=er,n=user,r=abc",
    "n,,r=abc",
    "n,,n=,r=abc",
    "n,,n=user",
    "n,,n=user,",
    "n,,n=user,r=",
    "n,,r=abc,n=user",
    "n,,n=user,r=abc,",
    "n,,n=user,,r=abc",
    "n,,n=user,r=a b",
    "n,,n=user,r=ä",
    "n,,n=user,r=a\u007fb",
    "n,,n=us\0er,r=abc",
    "n,,n=us\ud800er,r=abc",
    "n,,n=us=er,r=abc",
    "n,,n=us=2cer,r=abc",
    "n,,n=user,r=abc,r=abc",
    "n,,n=user,r=abc,1=x",
    "n,,n=user,r=abc,xx",
    " n,,n=user,r=abc",
    "p,,n=user,r=abc",
    "p=,,n=user,r=abc",
    "n\n,,n=user,r=abc",
    `n,,n=${"u".repeat(513)},r=abc`,
    `n,a=${"u".repeat(513)},n=user,r=abc`,
    `n,,n=user,r=${"a".repeat(513)}`,
    `n,,n=user,r=abc${",x=1".repeat(1000)}`,
  ];
  for (const text of texts) assertRefused(() => startServer(text), "bad_message");
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
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
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
  await fc.assert(property, { numRuns: 3000 });
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
    fc.string({ unit: "binary", maxLength: 8 }),
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
  await fc.assert(property, { numRuns: 500 });
});
