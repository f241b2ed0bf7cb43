/**
 * What can be said: the kinds of posts, which of them are about an earlier post, and what a program that cannot show one says
 * instead. Rooms and private messages carry the same; in the latter it is sealed.
 *
 * @module
 */
import { ChatError } from "./wire/errors.ts";
import {
  type AnnotationKind,
  annotationKinds,
  type ContentKind,
  type PlainKind,
  type PostKind,
} from "./wire/post_kinds.ts";
import { reactionCharactersMax } from "./wire/limits.ts";
import { checkFileContent, fileSentence } from "./files/file_content.ts";
import { checkText } from "./text/text_rules.ts";

/** What something is about: an earlier post of the same conversation. */
export interface TargetPost {
  /** Its place, by which it is found. The server has given it. */
  readonly sequence: number;
  /** Its id, which its author has made: in private nobody else can put another post in its place. */
  readonly id: string;
}

/** What somebody says. In a room it is a post's kind, body and target; in private it is sealed. */
export interface Content {
  /** What sort of thing it is. */
  readonly kind: ContentKind;
  /** Empty for a retraction. Not safe for a terminal. */
  readonly text: string;
  /** Not null for kinds that are about an earlier post, and for these only. */
  readonly about: TargetPost | null;
}

/**
 * The version of contents that this program shows: 1 knows what people say plainly (`plainKinds`) and `sealed`, 2 also what is said about
 * earlier posts, 3 files as well.
 */
export const contentVersion = 3;
/** The first version that knows what is said about earlier posts. */
const annotationsVersion = 2;
/** The first version that knows files. */
const filesVersion = 3;

/** Whether a kind is about an earlier post. */
export function isAnnotation(kind: PostKind): kind is AnnotationKind {
  return (annotationKinds as readonly string[]).includes(kind);
}

/** Whether a post of this kind changes the one that it is about, and is no message by itself. */
export function changesTarget(kind: PostKind): boolean {
  return isAnnotation(kind) && kind !== "reply";
}

/** Whether the text of a post of this kind is words, which can be searched for. */
export function isSearchable(kind: PostKind): boolean {
  return kind !== "sealed" && kind !== "reaction" && kind !== "retraction" &&
    kind !== "retracted" && kind !== "file";
}

/** Whether a post of one kind may be about one of another: only what was said can be changed, and everything but a retraction can be taken back. */
export function maybeAbout(kind: AnnotationKind, target: PostKind): boolean {
  if (target === "retracted" || target === "retraction") return false;
  if (kind === "retraction") return true;
  if (kind === "edit" && target === "file") return false;
  return target !== "edit" && target !== "reaction";
}

/** Something that leaves ink. */
const inkless = /[\s\p{C}]/u;

/**
 * Checks what somebody says about an earlier post.
 *
 * @param kind Of which kind it is.
 * @param body A text as of any message for a reply and an edit; at most `reactionCharactersMax` characters without white space for
 * a reaction; empty for a retraction.
 * @return The text to store.
 * @throws {ChatError} `bad_text`.
 */
export function checkAnnotation(kind: AnnotationKind, body: string): string {
  switch (kind) {
    case "reply":
    case "edit":
      return checkText(body);
    case "reaction":
      checkText(body);
      // Joiners are of category Cf, and many emoji have them.
      if (
        [...body].length <= reactionCharactersMax && !inkless.test(body.replaceAll("\u200d", ""))
      ) return body;
      throw new ChatError("bad_text", "A reaction is one emoji or one short word.");
    case "retraction":
      if (body === "") return body;
      throw new ChatError("bad_text", "Taking a message back has no text.");
  }
}

/**
 * Checks what somebody says in a room, about no earlier post.
 *
 * @param kind Of which kind it is.
 * @param body A text, or what is said of a file.
 * @return The text to store.
 * @throws {ChatError} `bad_text`.
 */
export function checkSaid(kind: PostKind, body: string): string {
  return kind === "file" ? checkFileContent(body) : checkText(body);
}

/** A post as a program that knows only version 1 of contents can show it. */
export interface Fallback {
  /** One that version 1 knows. */
  readonly kind: PlainKind | "sealed";
  /** What is said then; not safe for a terminal. */
  readonly body: string;
}

/**
 * The same as a text alone, for a person whose program knows no more.
 *
 * @param content What is said.
 * @param from Who says it.
 */
export function fallbackText({ kind, text }: Omit<Content, "about">, from: string): string {
  const fallback = fallbackOf({ kind, body: text });
  return fallback.kind === "action" ? `* ${from} ${fallback.body}` : fallback.body;
}

/**
 * What stands for a post where its kind is not known.
 *
 * @param post Its kind and its body.
 * @return The same for what version 1 knows; a sentence otherwise.
 */
export function fallbackOf({ kind, body }: { kind: PostKind; body: string }): Fallback {
  switch (kind) {
    case "text":
    case "action":
    case "notice":
    case "sealed":
      return { kind, body };
    case "reply":
      return { kind: "text", body };
    case "edit":
      return { kind: "text", body: `(edited) ${body}` };
    case "reaction":
      return { kind: "action", body: `reacts with ${body}` };
    case "retraction":
      return { kind: "action", body: "took a message back" };
    case "retracted":
      return { kind: "action", body: "took this message back" };
    case "file":
      return { kind: "action", body: fileSentence(body) };
  }
}

/** Whether a program that knows contents up to a version knows what is said about earlier posts. */
export function knowsAnnotations(version: number): boolean {
  return version >= annotationsVersion;
}

/** Whether a program that knows contents up to a version knows a kind. */
export function knowsKind(version: number, kind: PostKind): boolean {
  if (kind === "file") return version >= filesVersion;
  return knowsAnnotations(version) || fallbackOf({ kind, body: "" }).kind === kind;
}
