import { assertEquals } from "@std/assert";

const child = new URL("./lines_child.ts", import.meta.url).pathname;

function start(args: string[] = []): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", child, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** The lines that come out for chunks that go in. */
async function linesOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const process = start();
  const writer = process.stdin.getWriter();
  for (const chunk of chunks) {
    await writer.write(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  }
  await writer.close();
  const { stdout, code } = await process.output();
  assertEquals(code, 3);
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("lines end with LF or CRLF, and the last one needs no end", async () => {
  assertEquals(await linesOf("one\r\ntwo\n\nth", "ree"), [
    '"one"',
    '"two"',
    '""',
    '"three"',
    "null",
  ]);
});

Deno.test("a character that is cut in two is put together; bytes that are none become U+FFFD", async () => {
  const [first, second] = [new Uint8Array([0xe2, 0x98]), new Uint8Array([0x95, 0x0a])];
  assertEquals(await linesOf(first, second, new Uint8Array([0xff, 0x0a])), [
    '"☕"',
    '"\ufffd"',
    "null",
  ]);
});

Deno.test("a line without end does not take memory without end", async () => {
  const lines = await linesOf("x".repeat(2.5 * 1024 * 1024), "\nnext\n");
  assertEquals(lines, [
    "1048576 characters",
    "1048576 characters",
    "524288 characters",
    '"next"',
    "null",
  ]);
});

Deno.test("a program whose output nobody reads ends quietly", async () => {
  const process = start();
  const reader = process.stdout.getReader();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode("first\n"));
  await reader.read();
  await reader.cancel();
  for (let count = 0; count < 100; count++) {
    const sent = await writer.write(new TextEncoder().encode("more\n")).then(
      () => true,
      () => false,
    );
    if (!sent) break;
  }
  await writer.close().catch(() => {});
  assertEquals((await process.status).code, 0);
});
