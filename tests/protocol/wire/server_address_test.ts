import { assertEquals } from "@std/assert";
import { parseServerAddress, serverAddressText } from "../../../protocol/wire/server_address.ts";

Deno.test("an address is a host and a port, in every form of a host", () => {
  const cases: [string, string, number][] = [
    ["b.example:41000", "b.example", 41000],
    ["B.Example:1", "b.example", 1],
    ["10.0.0.7:65535", "10.0.0.7", 65_535],
    ["[2001:db8::7]:41000", "2001:db8::7", 41000],
    ["[::ffff:10.0.0.7]:41000", "::ffff:10.0.0.7", 41000],
    ["chat_b:41000", "chat_b", 41000],
    [`${"a.".repeat(120)}example:41000`, `${"a.".repeat(120)}example`, 41000],
  ];
  for (const [text, host, port] of cases) {
    assertEquals(parseServerAddress(text), { host, port }, text);
    assertEquals(serverAddressText(host, port), text.toLowerCase());
  }
  assertEquals(serverAddressText("[::1]", 41000), "[::1]:41000");
});

Deno.test("what is no address is none: no port, no host, something beside them, too long", () => {
  const cases = [
    "",
    ":41000",
    "b.example",
    "b.example:",
    "b.example:0",
    "b.example:041000",
    "b.example:65536",
    "b.example:123456",
    "b.example:41000 ",
    " b.example:41000",
    "b.example:41000\n",
    "b.example:41000/path",
    "user@b.example:41000",
    "http://b.example:41000",
    "b..:41000",
    "-b:41000",
    "b-:41000",
    "b example:41000",
    "b\u0000example:41000",
    "bücher.example:41000",
    "b\u202eexample:41000",
    "999.0.0.1:41000",
    "2001:db8::7:41000",
    "[2001:db8::7]",
    "[2001:db8::7%eth0]:41000",
    "[2001:db8::7::1]:41000",
    "[b.example]:41000",
    "[]:41000",
    `${"a".repeat(300)}:41000`,
  ];
  for (const text of cases) assertEquals(parseServerAddress(text), null, JSON.stringify(text));
});
