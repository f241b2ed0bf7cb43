/**
 * What a name looks like: the skeleton of UTS #39, section 4, which look-alikes have in common.
 *
 * @module
 */
import { confusablesData } from "./confusables_data.ts";

/** The look-alikes among the ASCII characters of names, so that ASCII names never need the whole table. */
const asciiShapes: Readonly<Record<string, string>> = { "0": "o", "1": "l", "I": "l", "m": "rn" };
// deno-lint-ignore no-control-regex -- all of ASCII, controls included
const onlyAscii = /^[\x00-\x7f]*$/;

let shapes: Map<string, string> | undefined;

/**
 * Gives what a name looks like, regardless of letter case: two names may not both exist if their skeletons are equal.
 *
 * The skeleton is taken of the name as it is shown, and folded afterwards: `В` (Cyrillic) looks like `B`, though
 * `в` does not look like `b`, and `I` looks like `l`, though `i` does not. Names that differ in letter case alone may
 * therefore have different skeletons; their folded keys are what tells that they are one name.
 *
 * @param text A name as it is shown.
 * @return Its skeleton, for comparison only: it may hold characters that no name holds.
 */
export function skeletonOf(text: string): string {
  if (onlyAscii.test(text)) return text.replace(/[01Im]|M/g, shapeOfAscii).toLowerCase();
  // A final sigma is a matter of position, not of shape.
  let skeleton = text.replaceAll("ς", "σ");
  for (let previous = ""; skeleton !== previous;) {
    previous = skeleton;
    skeleton = foldCase(replaceShapes(skeleton));
  }
  return skeleton;
}

function shapeOfAscii(character: string): string {
  // `M` looks like itself, but is `m` once folded.
  return asciiShapes[character] ?? asciiShapes[character.toLowerCase()] ?? character;
}

/** By way of capitals, so that letters with the same capital fold to one. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function replaceShapes(text: string): string {
  shapes ??= decode(confusablesData);
  let replaced = "";
  for (const character of text.normalize("NFD")) replaced += shapes.get(character) ?? character;
  return replaced.normalize("NFD");
}

function decode(data: string): Map<string, string> {
  const decoded = new Map<string, string>();
  for (const line of data.split("\n")) {
    const [target = "", sources = ""] = line.split("=");
    const shape = target.split("+").map(characterOf).join("");
    for (const source of sources.split(",")) decoded.set(characterOf(source), shape);
  }
  return decoded;
}

function characterOf(hex: string): string {
  return String.fromCodePoint(Number.parseInt(hex, 16));
}
