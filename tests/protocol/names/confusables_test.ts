import { assert, assertEquals } from "@std/assert";
import { confusablesData } from "../../../protocol/names/confusables_data.ts";
import { skeletonOf } from "../../../protocol/names/confusables.ts";
import { isNameCharacter } from "../../../protocol/names/name_characters.ts";

const names = ["modern", "IOlo10", "MIMI", "Oscar_0.1-m", "ivy", "Ww", "x"];

Deno.test("skeletonOf() gives ASCII names the skeleton that the table gives", () => {
  // A character outside ASCII with no look-alike sends the same name through the table.
  for (const name of names) assertEquals(skeletonOf(name) + "日", skeletonOf(`${name}日`));
  for (let code = 0x21; code < 0x7f; code++) {
    const character = String.fromCharCode(code);
    if (!isNameCharacter(character)) continue;
    assertEquals(skeletonOf(character) + "日", skeletonOf(`${character}日`));
  }
});

Deno.test("skeletonOf() gives skeletons that are their own skeletons", () => {
  for (
    const name of [...names, "раураl", "ВОВ", "ΟΔΟΣ", "Straße", "Ørsted", "שלום", "한국어", "Ǆ"]
  ) {
    assertEquals(skeletonOf(skeletonOf(name)), skeletonOf(name));
  }
});

Deno.test("skeletonOf() ignores letter case, but for letters that look like others", () => {
  assertEquals(skeletonOf("JACK"), skeletonOf("jack"));
  assertEquals(skeletonOf("JÜRGEN"), skeletonOf("Jürgen"));
  assertEquals(skeletonOf("Ian"), skeletonOf("lan"));
});

Deno.test("the table has known entries of confusables.txt", () => {
  const lines = new Map(
    confusablesData.split("\n").map((line) => line.split("=") as [string, string]),
  );
  assertEquals(lines.get("72+6e")?.split(",").includes("6d"), true);
  assertEquals(lines.get("61")?.split(",").includes("430"), true);
  assertEquals(lines.get("6f")?.split(",").includes("3bf"), true);
});

Deno.test("the table holds nothing but characters of names, each once", () => {
  const sources = confusablesData.split("\n").flatMap((line) =>
    line.split("=")[1]?.split(",") ?? []
  );
  assert(sources.length > 1_500, `${sources.length}`);
  assertEquals(new Set(sources).size, sources.length);
  for (const source of sources) {
    assert(isNameCharacter(String.fromCodePoint(Number.parseInt(source, 16))), source);
  }
});
