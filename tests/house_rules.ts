/**
 * Reads what the tests of the house's order want to know of the program's text: folders and their imports, exported
 * names, files named in comments, the length of functions. The text is formatted by `deno fmt`, which is what lets
 * lines and their indentation stand in for a parser.
 *
 * @module
 */

import { dirname } from "node:path";
import { type ImportGraph, withoutComments } from "./import_graph.ts";

/** Each own folder, with the folders that its files import from. */
export type FolderGraph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Draws the arrows between folders.
 *
 * @param graph The modules with their imports.
 * @returns Each folder's neighbours; a folder is a neighbour of itself never.
 */
export function foldersOf(graph: ImportGraph): FolderGraph {
  const folders = new Map<string, Set<string>>();
  for (const [path, imports] of graph) {
    const folder = dirname(path);
    const reached = folders.get(folder) ?? new Set<string>();
    folders.set(folder, reached);
    for (const { target } of imports) {
      if (graph.has(target) && dirname(target) !== folder) reached.add(dirname(target));
    }
  }
  return folders;
}

/**
 * Looks for folders that import from each other in a ring.
 *
 * @param folders The arrows between folders.
 * @returns The first ring found, its first folder repeated at the end; empty where there is none.
 */
export function findFolderRing(folders: FolderGraph): string[] {
  const done = new Set<string>();
  const visit = (folder: string, way: readonly string[]): string[] => {
    const at = way.indexOf(folder);
    if (at >= 0) return [...way.slice(at), folder];
    if (done.has(folder)) return [];
    for (const next of folders.get(folder) ?? []) {
      const ring = visit(next, [...way, folder]);
      if (ring.length > 0) return ring;
    }
    done.add(folder);
    return [];
  };
  for (const folder of folders.keys()) {
    const ring = visit(folder, []);
    if (ring.length > 0) return ring;
  }
  return [];
}

const exported =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type|enum) ([A-Za-z_$][\w$]*)/gm;

/**
 * Lists the names that one module makes and exports. What it only passes on does not count.
 *
 * @param source The module's text.
 * @returns The names, each once: overloads share one.
 */
export function exportedNames(source: string): string[] {
  return [...new Set([...source.matchAll(exported)].map((match) => match[1] ?? ""))];
}

const comment = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g;
const fileName = /(?<![\w/.@:{-])(?:[\w-]+\/)*[\w-]+\.(?:ts|tsx|md|sh|py)\b(?![\w(])/g;

/**
 * Lists the files that the comments of one module name.
 *
 * @param source The module's text.
 * @returns The names as they stand there, with or without folders.
 */
export function filesNamedInComments(source: string): string[] {
  return [...source.matchAll(comment)].flatMap(([text]) =>
    [...text.matchAll(fileName)].map(([name]) => name)
  );
}

/** A function, or a method, and how many lines it has from its opening brace to its closing one. */
export interface FunctionLength {
  /** The line of its opening brace, from 1. */
  readonly line: number;
  readonly lines: number;
}

const opensFunction = /(?:=>|\)(?:: .*)?) \{$/;
const opensBlock =
  /^\s*(?:\} )?(?:if|else|for|while|switch|try|catch|do|class|export class|finally)\b/;

/**
 * Measures the functions of one module.
 *
 * @param source The module's text, as `deno fmt` leaves it.
 * @returns Each function that has lines of its own.
 */
export function functionLengths(source: string): FunctionLength[] {
  const lines = source.split("\n");
  const lengths: FunctionLength[] = [];
  for (const [index, text] of lines.entries()) {
    if (!opensFunction.test(text) || opensBlock.test(text)) continue;
    const indentation = /^ */.exec(text)?.[0] ?? "";
    const closing = lines.findIndex((line, at) => at > index && line.startsWith(`${indentation}}`));
    if (closing > 0) lengths.push({ line: index + 1, lines: closing - index + 1 });
  }
  return lengths;
}

const literal = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;
/** Three words in a row; a template's value may stand for one of them. */
const words = /(?:[A-Za-z,;:']+|\$\{[^}]*\}) (?:[A-Za-z,;:']+|\$\{[^}]*\}) [A-Za-z]+/;

/**
 * Finds what a module says in words: texts of three words and more, and names of commands.
 *
 * @param source The module's text.
 * @returns The literals, without those of broken assumptions, which no person is to see.
 */
export function sentencesIn(source: string): string[] {
  return [...withoutComments(source).matchAll(literal)].map(([text]) => text)
    .filter((text) => words.test(text) || /\b(TRUST|VERIFY|CH|PASSWD)\b/.test(text))
    .filter((text) => !/^.Broken assumption: /.test(text));
}
