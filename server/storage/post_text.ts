/**
 * Posts as they come out of a log, checked without the general means: nearly everything there is a post, and those would cost ten
 * times as much.
 *
 * @module
 */
import { plainKinds } from "../../protocol/wire/post_kinds.ts";
import type { PostCommand } from "./commands.ts";

/** What there may be in a value that was parsed. */
type Fields = { readonly [name: string]: unknown };

const kinds: ReadonlySet<unknown> = new Set([...plainKinds, "sealed"]);

/**
 * Reads a post of version 1.
 *
 * @param value Anything.
 * @returns The post, without what no post has; null for whatever is no such post, or none that may be.
 */
export function plainPostOf(value: unknown): PostCommand | null {
  if (!isObject(value)) return null;
  const { type, version, from, to, id, timeMs, kind, body } = value;
  const isPost = type === "post" && version === 1 && isText(from) && isText(to) && isText(id) &&
    id !== "" && Number.isSafeInteger(timeMs) && isText(body) && kinds.has(kind);
  if (!isPost) return null;
  const destination = destinationOf(value["destination"]);
  if (destination === null) return null;
  return {
    type,
    version,
    destination,
    from,
    to,
    id,
    timeMs: timeMs as number,
    kind: kind as PostCommand["kind"],
    body,
  };
}

function destinationOf(value: unknown): PostCommand["destination"] | null {
  if (!isObject(value)) return null;
  const { roomId, between } = value;
  if (roomId !== undefined) {
    return Number.isSafeInteger(roomId) && (roomId as number) >= 0
      ? { roomId: roomId as number }
      : null;
  }
  if (!Array.isArray(between) || between.length !== 2) return null;
  const [one, other] = between as readonly unknown[];
  return isText(one) && isText(other) ? { between: [one, other] } : null;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
