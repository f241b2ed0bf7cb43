import { assertEquals } from "@std/assert";
import { decodePem, encodePem } from "../../../protocol/certificate/pem.ts";

Deno.test("decodePem() reads what encodePem() writes, at every length up to some lines", () => {
  for (let length = 1; length < 200; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    const text = encodePem("THING", bytes);
    assertEquals(decodePem("THING", text), bytes);
    for (const line of text.split("\n")) assertEquals(line.length <= 64, true);
  }
});

Deno.test("encodePem() writes the form of RFC 7468", () => {
  assertEquals(
    encodePem("THING", new Uint8Array(49)),
    `-----BEGIN THING-----\n${"A".repeat(64)}\nAA==\n-----END THING-----\n`,
  );
});

Deno.test("decodePem() finds the first block of its label between others and other text", () => {
  const text = "note\r\n" + encodePem("KEY", new Uint8Array([1])) +
    encodePem("CERTIFICATE", new Uint8Array([2])).replaceAll("\n", "\r\n") +
    encodePem("CERTIFICATE", new Uint8Array([3]));
  assertEquals(decodePem("CERTIFICATE", text), new Uint8Array([2]));
  assertEquals(decodePem("KEY", text), new Uint8Array([1]));
});

Deno.test("decodePem() finds nothing in what is no PEM", () => {
  const texts = [
    "",
    "THING",
    "-----BEGIN THING-----",
    "-----BEGIN THING-----\nAAAA\n",
    "-----BEGIN THING-----\n-----END THING-----\n",
    "-----BEGIN THING-----\nA*==\n-----END THING-----\n",
    "-----END THING-----\nAAAA\n-----BEGIN THING-----\n",
    encodePem("OTHER", new Uint8Array([1])),
  ];
  for (const text of texts) assertEquals(decodePem("THING", text), undefined, text);
});
