/**
 * Writes protocol/names/confusables_data.ts: which characters of names look like which others (UTS #39, confusables.txt).
 *
 * The data comes out of ICU's spoof checker, Debian package libicu72 72.1-3+deb12u1 (Unicode 15.0):
 * `deno run --allow-ffi --allow-write=protocol tools/make_confusables.ts && deno fmt protocol/names/confusables_data.ts`
 *
 * @module
 */
import { isNameCharacter } from "../protocol/names/name_characters.ts";

const skeletonBytesMax = 256;
const statusZero = 0;
const anyKind = 0;

const icu = Deno.dlopen("libicui18n.so.72", {
  uspoof_open_72: { parameters: ["buffer"], result: "pointer" },
  uspoof_getSkeletonUTF8_72: {
    parameters: ["pointer", "u32", "buffer", "i32", "buffer", "i32", "buffer"],
    result: "i32",
  },
});
const status = new Int32Array(1);
const checker = icu.symbols.uspoof_open_72(status);

function skeletonByIcu(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const skeleton = new Uint8Array(skeletonBytesMax);
  status[0] = statusZero;
  const length = icu.symbols.uspoof_getSkeletonUTF8_72(
    checker,
    anyKind,
    bytes,
    bytes.length,
    skeleton,
    skeletonBytesMax,
    status,
  );
  if ((status[0] ?? 0) > statusZero) throw new Error(`ICU reports error ${status[0]}`);
  return new TextDecoder().decode(skeleton.subarray(0, length));
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

function collect(): Map<string, string[]> {
  const sourcesOf = new Map<string, string[]>();
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
    const character = String.fromCodePoint(codePoint);
    // The skeleton is taken of the decomposed form (NFD), so composed characters need no entry.
    if (!isNameCharacter(character) || character.normalize("NFD") !== character) continue;
    const skeleton = skeletonByIcu(character);
    if (skeleton === character) continue;
    const target = [...skeleton].map(hex).join("+");
    sourcesOf.set(target, [...sourcesOf.get(target) ?? [], hex(character)]);
  }
  return sourcesOf;
}

const lines = [...collect()].map(([target, sources]) => `${target}=${sources.join(",")}`);
await Deno.writeTextFile(
  "protocol/names/confusables_data.ts",
  `/**
 * Look-alikes among the characters that a name may hold, after UTS #39 (confusables.txt, Unicode 15.0).
 * Written by tools/make_confusables.ts: do not edit.
 *
 * Copyright © 1991-2022 Unicode, Inc. Only the characters of names are kept. See LICENSE-UNICODE.
 *
 * @module
 */

/** One line a shape: its code points in hex, joined by \`+\`, then \`=\` and the code points that look like it. */
export const confusablesData = \`${lines.join("\n")}\`;
`,
);
