import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { descriptorAdvice, descriptorLimit } from "../../../server/main/descriptor_limit.ts";

const limits = [
  "Limit                     Soft Limit           Hard Limit           Units     ",
  "Max processes             95997                95997                processes ",
  "Max open files            1024                 524288               files     ",
  "Max locked memory         8388608              8388608              bytes     ",
].join("\n");

const nothingReadable = () => Promise.reject(new Deno.errors.NotCapable("Requires all access"));

Deno.test("descriptorLimit() is what holds now, as Linux tells it", async () => {
  const readTextFile = (path: string) => {
    assertEquals(path, "/proc/self/limits");
    return Promise.resolve(limits);
  };
  assertEquals(await descriptorLimit({ readTextFile, readVariable: () => undefined }), 1024);
});

Deno.test("descriptorLimit() is what the launcher tells, where the program may not look", async () => {
  const told = (text: string) =>
    descriptorLimit({ readTextFile: nothingReadable, readVariable: () => text });
  assertEquals(await told("4096"), 4096);
  assertEquals(await told("unlimited"), null);
  assertEquals(await told(""), null);
  assertEquals(await told("4096; echo"), null);
});

Deno.test("descriptorLimit() is unknown off Linux, and where nothing can be read out of the file", async () => {
  const none = { readVariable: () => undefined };
  assertEquals(await descriptorLimit({ ...none, readTextFile: nothingReadable }), null);
  for (const text of ["", "Max open files            unlimited            unlimited  files"]) {
    assertEquals(
      await descriptorLimit({ ...none, readTextFile: () => Promise.resolve(text) }),
      null,
    );
  }
});

Deno.test("descriptorAdvice() says nothing where the limit is enough, or unknown", () => {
  assertEquals(descriptorAdvice(1_064, 1_000, 1), null);
  assertEquals(descriptorAdvice(null, 1_000_000, 1), null);
});

Deno.test("descriptorAdvice() names a limit that is too low in one line, and the commands that mend it", () => {
  const advice = descriptorAdvice(1_024, 1_000, 77);
  assert(advice !== null && !advice.includes("\n"));
  assertStringIncludes(
    advice,
    "At most 1,024 files may be open at once: enough for 960 connections",
  );
  assertStringIncludes(advice, '"ulimit -n 1064"');
  assertStringIncludes(advice, "LimitNOFILE=1064");
  assertStringIncludes(advice, "prlimit --pid 77 --nofile=1064");
  assertStringIncludes(descriptorAdvice(40, 1, 77)!, "enough for 0 connections");
});
