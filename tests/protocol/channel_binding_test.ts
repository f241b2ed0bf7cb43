import { assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { tlsServerEndPoint } from "../../protocol/channel_binding.ts";

const certificate = new TextEncoder().encode("abc");
const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("tlsServerEndPoint() takes the hash of the certificate's signature", async () => {
  assertEquals(encodeHex(await tlsServerEndPoint(certificate, "SHA-256")), sha256);
  assertEquals(
    encodeHex(await tlsServerEndPoint(certificate, "SHA-384")),
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  );
  assertEquals((await tlsServerEndPoint(certificate, "SHA-512")).length, 64);
});

Deno.test("tlsServerEndPoint() takes SHA-256 in place of MD5 and SHA-1", async () => {
  assertEquals(encodeHex(await tlsServerEndPoint(certificate, "MD5")), sha256);
  assertEquals(encodeHex(await tlsServerEndPoint(certificate, "SHA-1")), sha256);
});
