/**
 * One line from a client, taken apart (RFC 2812, section 2.3.1; IRCv3 message-tags).
 *
 * @module
 */

/** Parameters of a line; the last one takes the rest. */
export const paramsMax = 15;

/** A line that was read. */
export interface Message {
  /** Tags by their keys, unescaped; a tag without a value has an empty one. */
  readonly tags: ReadonlyMap<string, string>;
  /** In capital letters; empty for an empty line. */
  readonly command: string;
  readonly params: readonly string[];
}

const noTags: ReadonlyMap<string, string> = new Map();

/**
 * Takes a line apart. What a client puts before the command as its source is passed over.
 *
 * @param line Without its end.
 * @return The message.
 */
export function parseMessage(line: string): Message {
  let rest = line;
  let tags = noTags;
  if (rest.startsWith("@")) {
    const end = wordEnd(rest, 0);
    tags = parseTags(rest.slice(1, end));
    rest = rest.slice(end);
  }
  rest = rest.trimStart();
  const start = rest.startsWith(":") ? wordStart(rest, wordEnd(rest, 0)) : 0;
  const end = wordEnd(rest, start);
  const command = rest.slice(start, end).toUpperCase();
  return { tags, command, params: parseParams(rest, wordStart(rest, end)) };
}

/** Where the word at a place ends. */
function wordEnd(text: string, at: number): number {
  const end = text.indexOf(" ", at);
  return end < 0 ? text.length : end;
}

/** Where the next word begins after spaces. */
function wordStart(text: string, at: number): number {
  let start = at;
  while (text[start] === " ") start++;
  return start;
}

function parseParams(text: string, start: number): string[] {
  const params: string[] = [];
  for (let at = start; at < text.length;) {
    if (text[at] === ":") {
      params.push(text.slice(at + 1));
      break;
    }
    if (params.length === paramsMax - 1) {
      params.push(text.slice(at));
      break;
    }
    const end = wordEnd(text, at);
    params.push(text.slice(at, end));
    at = wordStart(text, end);
  }
  return params;
}

/** Tags as they travel, by their keys, unescaped. */
export function parseTags(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const tag of text.split(";")) {
    const equals = tag.indexOf("=");
    const key = equals < 0 ? tag : tag.slice(0, equals);
    if (key !== "") tags.set(key, equals < 0 ? "" : unescapeTag(tag.slice(equals + 1)));
  }
  return tags;
}

const unescaped: Readonly<Record<string, string>> = { ":": ";", s: " ", r: "\r", n: "\n" };

/** What an escaped tag value means; a lone backslash at the end is dropped. */
export function unescapeTag(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(.?)/gsu, (_, character: string) => unescaped[character] ?? character);
}

const escaped: Readonly<Record<string, string>> = {
  ";": "\\:",
  " ": "\\s",
  "\\": "\\\\",
  "\r": "\\r",
  "\n": "\\n",
};

/** A tag value as it travels. */
export function escapeTag(value: string): string {
  return value.replace(/[; \\\r\n]/g, (character) => escaped[character]!);
}
