import { assertEquals, assertThrows } from "@std/assert";
import { startScram } from "../../../protocol/scram/scram.ts";
import {
  assertFails,
  assertRefused,
  exchange,
  keys,
  plus,
  startServer,
  vector,
} from "./scram_exchange.ts";

Deno.test("ScramServer speaks the exchange of RFC 7677, section 3, letter for letter", async () => {
  const server = startServer(vector.clientFirst);
  assertEquals(server.userName, "user");
  assertEquals(server.bound, false);
  assertEquals(server.serverFirst(vector.salt, 4096), vector.serverFirst);
  const outcome = await server.finish(vector.clientFinal, keys);
  assertEquals(outcome, { ok: true, serverFinal: vector.serverFinal });
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

Deno.test("a second guess within one exchange is refused", async () => {
  const server = startServer(vector.clientFirst);
  server.serverFirst(vector.salt, 4096);
  const wrong = vector.clientFinal.replace("p=dH", "p=dI");
  assertEquals((await server.finish(wrong, keys)).ok, false);
  await assertFails(server.finish(vector.clientFinal, keys), "bad_message");
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
