import { assertEquals, assertLess } from "@std/assert";
import { countedByNetwork } from "../../../server/common/peer_log.ts";

/** A logger that counts, its clock, and what it wrote. */
function makeLog() {
  const lines: string[] = [];
  const write = (message: string, properties: Record<string, unknown> = {}) =>
    void lines.push(message.replace("{more}", String(properties["more"])));
  const clock = { nowMs: 0 };
  const sink = { debug: () => {}, info: write, warn: write, error: write };
  return { lines, clock, logger: countedByNetwork(sink, () => clock.nowMs) };
}

Deno.test("a network has one line of a kind in a minute, and the next one says how many there were", () => {
  const { lines, clock, logger } = makeLog();
  for (let i = 0; i < 1_000; i++) {
    logger.info("No TLS.", { address: `2001:db8:0:${i.toString(16)}::1` });
  }
  assertEquals(lines, ["No TLS."]);
  clock.nowMs += 60_000;
  logger.info("No TLS.", { address: "2001:db8::1" });
  assertEquals(lines[1], "No TLS. (And 999 more of these from there since the last line.)");
  clock.nowMs += 60_000;
  logger.info("No TLS.", { address: "2001:db8::1" });
  assertEquals(lines[2], "No TLS.");
});

Deno.test("another network, another kind of line, and lines about no peer are written", () => {
  const { lines, logger } = makeLog();
  logger.info("No TLS.", { address: "192.0.2.1" });
  logger.info("No TLS.", { address: "192.0.2.2" });
  logger.info("Cut.", { address: "192.0.2.1" });
  for (let i = 0; i < 3; i++) logger.warn("The disk is full.");
  assertEquals(lines.length, 6);
});

Deno.test("lines that name somebody are written, up to a hundred a minute", () => {
  const { lines, logger } = makeLog();
  for (let i = 0; i < 1_000; i++) {
    logger.info("Registered {name}.", { name: `user${i}`, address: "192.0.2.1" });
  }
  assertEquals(lines.length, 100);
});

Deno.test("very many networks share what is written about them", () => {
  const { lines, logger, clock } = makeLog();
  const flood = () => {
    for (let i = 0; i < 100_000; i++) {
      logger.info("No TLS.", { address: `10.${i >> 16}.${i >> 8 & 255}.${i & 255}` });
    }
  };
  flood();
  assertLess(lines.length, 250);
  clock.nowMs += 60_000;
  flood();
  assertLess(lines.length, 500);
});
