import { assertEquals } from "@std/assert";
import type { NetworkAddress } from "../../../server/main/reachable_addresses.ts";
import { readyLines } from "../../../server/main/ready_lines.ts";

const fingerprint = `SHA256:${"x".repeat(43)}`;
const machine: NetworkAddress[] = [
  { address: "127.0.0.1", family: "IPv4" },
  { address: "::1", family: "IPv6" },
  { address: "192.0.2.7", family: "IPv4" },
  { address: "169.254.1.2", family: "IPv4" },
  { address: "2001:db8::7", family: "IPv6" },
  { address: "fe80::1", family: "IPv6" },
  { address: "198.51.100.7", family: "IPv4" },
];

function joining(hostname: string, addresses: readonly NetworkAddress[]): string[] {
  const address: Deno.NetAddr = { transport: "tcp", hostname, port: 41_000 };
  return readyLines("lab", { address, fingerprint, listeners: [] }, { addresses }).slice(2);
}

const join = (host: string) =>
  `join with: chat client ${host} 41000 NAME --fingerprint ${fingerprint}`;

Deno.test("a server that listens everywhere names the addresses that other machines can reach", () => {
  assertEquals(joining("0.0.0.0", machine), [join("192.0.2.7"), join("198.51.100.7")]);
  assertEquals(joining("::", machine), ["192.0.2.7", "2001:db8::7", "198.51.100.7"].map(join));
});

Deno.test("a server that listens on one address names that one", () => {
  assertEquals(joining("198.51.100.7", machine), [join("198.51.100.7")]);
});

Deno.test("where only this machine can reach the server, it says so", () => {
  const alone = "Only people on this machine can join.";
  assertEquals(joining("127.0.0.1", machine), [alone, join("127.0.0.1")]);
  assertEquals(joining("::1", machine), [alone, join("::1")]);
  assertEquals(joining("0.0.0.0", machine.slice(0, 2)), [alone, join("127.0.0.1")]);
  assertEquals(joining("0.0.0.0", []), [alone, join("127.0.0.1")]);
});

Deno.test("of very many addresses a few are named, and each listener that is ready", () => {
  const many = Array.from({ length: 50 }, (_, index): NetworkAddress => ({
    address: `192.0.2.${index}`,
    family: "IPv4",
  }));
  assertEquals(joining("0.0.0.0", many).length, 4);
  const address: Deno.NetAddr = { transport: "tcp", hostname: "::", port: 41_000 };
  const irc = { name: "irc", address: { ...address, port: 6_697 } };
  const server = { address, fingerprint, listeners: [irc] };
  const lines = readyLines("lab", server, { addresses: [] });
  assertEquals(lines.at(0), 'chat server "lab" is ready on [::]:41000');
  assertEquals(lines.at(1), `fingerprint ${fingerprint}`);
  assertEquals(lines.at(-2), "irc is ready on [::]:6697");
});

Deno.test("whoever compares the fingerprint in a browser or an IRC program finds it written as there", () => {
  const address: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 41_000 };
  const known = `SHA256:${new Uint8Array(32).fill(0xa0, 0, 1).toBase64({ omitPadding: true })}`;
  const line = "fingerprint as browsers and IRC programs show it: A0" + ":00".repeat(31);
  const has = (names: readonly string[], hasWebCertificate = false) => {
    const listeners = names.map((name) => ({ name, address }));
    const server = { address, fingerprint: known, listeners };
    return readyLines("lab", server, { addresses: [], hasWebCertificate }).includes(line);
  };
  assertEquals([has(["web"]), has(["irc"]), has(["web", "irc"], true)], [true, true, true]);
  assertEquals([has([]), has(["irc-plain", "classic"]), has(["web"], true)], [false, false, false]);
});
