import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { localFileName, numberedName } from "../../../client/files/local_name.ts";
import { anyText } from "../../fixtures/any_text.ts";

Deno.test("a name that somebody has said is only a name on this machine", () => {
  const names: readonly (readonly [string, string])[] = [
    ["roses.jpg", "roses.jpg"],
    ["Rosen für Jill.tar.gz", "Rosen für Jill.tar.gz"],
    ["../../.bashrc", "bashrc"],
    ["/etc/passwd", "passwd"],
    ["..\\..\\autoexec.bat", "autoexec.bat"],
    ["..", "file"],
    ["", "file"],
    [" . ", "file"],
    [".hidden", "hidden"],
    ["-rf", "rf"],
    ["CON", "_CON"],
    ["con.txt", "_con.txt"],
    ["COM1", "_COM1"],
    ["nul .tar.gz", "_nul .tar.gz"],
    ["CONOUT$", "_CONOUT$"],
    ["console.txt", "console.txt"],
    ["a:b", "a_b"],
    ["what?.txt", "what_.txt"],
    ["a\u001b[31mred", "a_[31mred"],
    ["photo\u202egpj.exe", "photo_gpj.exe"],
    ["a\nb", "a_b"],
    ["end. ", "end"],
    ["nul\0byte", "nul_byte"],
  ];
  for (const [said, name] of names) assertEquals(localFileName(said), name, JSON.stringify(said));
});

Deno.test("a long name is cut before its end, between characters", () => {
  const name = localFileName(`${"é".repeat(300)}.jpeg`);
  assertEquals(new TextEncoder().encode(name).length <= 200, true);
  assertMatch(name, /^é+\.jpeg$/);
  assertEquals(localFileName(`a.${"x".repeat(300)}`).length, 200);
});

Deno.test("no text at all becomes a path, a hidden file or a control character", () => {
  fc.assert(fc.property(anyText(), (said) => {
    const name = localFileName(said);
    assertEquals(/[\\/\p{Cc}\p{Cs}:]|^[.-]|^$/u.test(name), false, JSON.stringify(name));
    assertEquals(new TextEncoder().encode(name).length <= 200, true);
    assertEquals(localFileName(name), name);
  }));
});

Deno.test("a name that is taken gets a number before its end", () => {
  assertEquals(numberedName("roses.jpg", 1), "roses.jpg");
  assertEquals(numberedName("roses.jpg", 2), "roses (2).jpg");
  assertEquals(numberedName("README", 3), "README (3)");
});
