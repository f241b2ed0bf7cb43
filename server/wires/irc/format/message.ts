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
    const [text, after] = cut(rest);
    tags = parseTags(text.slice(1));
    rest = after;
  }
  rest = rest.trimStart();
  if (rest.startsWith(":")) rest = cut(rest)[1];
  const [command, after] = cut(rest);
  return { tags, command: command.toUpperCase(), params: parseParams(after) };
}

/** The first word, and what follows it without the spaces between. */
function cut(text: string): [word: string, rest: string] {
  const end = text.indexOf(" ");
  if (end < 0) return [text, ""];
  let start = end + 1;
  while (text[start] === " ") start++;
  return [text.slice(0, end), text.slice(start)];
}

function parseParams(text: string): string[] {
  const params: string[] = [];
  let rest = text;
  while (rest !== "") {
    if (rest.startsWith(":")) {
      params.push(rest.slice(1));
      break;
    }
    if (params.length === paramsMax - 1) {
      params.push(rest);
      break;
    }
    const [param, after] = cut(rest);
    params.push(param);
    rest = after;
  }
  return params;
}

function parseTags(text: string): Map<string, string> {
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
