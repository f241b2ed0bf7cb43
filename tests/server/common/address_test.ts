import { assertEquals } from "@std/assert";
import { networkOf, plainAddress, siteOf } from "../../../server/common/address.ts";

Deno.test("plainAddress() spells an IPv4 address in one way", () => {
  assertEquals(plainAddress("192.0.2.7"), "192.0.2.7");
  assertEquals(plainAddress("::ffff:192.0.2.7"), "192.0.2.7");
  assertEquals(plainAddress("::FFFF:192.0.2.7"), "192.0.2.7");
  assertEquals(plainAddress("2001:db8::1"), "2001:db8::1");
});

Deno.test("networkOf() an IPv4 address is the address", () => {
  assertEquals(networkOf("192.0.2.7"), "192.0.2.7");
  assertEquals(networkOf("::ffff:192.0.2.7"), "192.0.2.7");
});

Deno.test("networkOf() an IPv6 address is its /64", () => {
  assertEquals(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assertEquals(networkOf("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  assertEquals(networkOf("2001:db8:1:2::"), "2001:db8:1:2::/64");
  assertEquals(networkOf("2001:DB8:0001:2::9"), "2001:db8:1:2::/64");
  assertEquals(networkOf("2001:db8::9"), "2001:db8:0:0::/64");
  assertEquals(networkOf("::1"), "0:0:0:0::/64");
  assertEquals(networkOf("fe80::1%2"), "fe80:0:0:0::/64");
});

Deno.test("siteOf() is the address of IPv4, and the /48 of IPv6", () => {
  assertEquals(siteOf("::ffff:192.0.2.7"), "192.0.2.7");
  assertEquals(siteOf("2001:db8:1:2::9"), "2001:db8:1::/48");
  assertEquals(siteOf("2001:db8::9"), "2001:db8:0::/48");
});
