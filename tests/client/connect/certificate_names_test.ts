import { assertEquals, assertThrows } from "@std/assert";
import { isMadeFor } from "../../../client/connect/certificate_names.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { makeSigned } from "../../fixtures/certificates.ts";

Deno.test("a certificate is made for the hosts that it names, and a star stands for one label", async () => {
  const { server } = await makeSigned([
    { type: "dns", value: "Chat.example" },
    { type: "dns", value: "*.lab.example" },
    { type: "dns", value: "*.com" },
    { type: "dns", value: "*" },
    { type: "dns", value: "10.0.0.9" },
    { type: "ip", value: "10.0.0.7" },
    { type: "ip", value: "2001:db8::7" },
  ]);
  const yes = ["chat.example", "CHAT.EXAMPLE.", "a.lab.example", "10.0.0.7", "2001:db8::7"];
  const no = ["example", "lab.example", "a.b.lab.example", "x.chat.example", "chat.com", "com"];
  const neither = ["localhost", "", ".", "10.0.0.9", "10.0.0.8", "2001:db8::8", "::ffff:10.0.0.7"];
  for (const host of yes) {
    assertEquals([host, isMadeFor(server.certificateDer, host)], [host, true]);
  }
  for (const host of [...no, ...neither]) {
    assertEquals([host, isMadeFor(server.certificateDer, host)], [host, false]);
  }
});

Deno.test("a certificate without names is for no host, and what is no certificate is refused", async () => {
  const { server: { certificateDer } } = await makeSigned([], "localhost");
  assertEquals(isMadeFor(certificateDer, "localhost"), false);
  for (let length = 0; length < certificateDer.length; length += 7) {
    assertThrows(() => isMadeFor(certificateDer.subarray(0, length), "localhost"), ChatError);
  }
});
