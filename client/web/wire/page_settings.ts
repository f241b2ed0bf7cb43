/**
 * What whoever serves this page says about it.
 *
 * @module
 */
import * as v from "valibot";

const shortText = v.pipe(v.string(), v.maxLength(512));

const settingsSchema = v.object({
  /** `program`: a program on this machine, which keeps keys and known servers; `server`: the chat server itself. */
  way: v.picklist(["program", "server"]),
  /** The server, as `host:port`; null where the person is to say it. */
  server: v.nullable(shortText),
  /** Who is to sign in; null where the person is to say it. */
  name: v.nullable(shortText),
  /** Servers that were seen before, as `host:port`. */
  known: v.pipe(v.array(shortText), v.maxLength(10_000)),
});

/** What is said about this page. */
export type PageSettings = v.InferOutput<typeof settingsSchema>;

/** Asks for it. @throws Where nobody answers, or something else. */
export async function fetchSettings(): Promise<PageSettings> {
  const response = await fetch("settings");
  if (!response.ok) throw new Error(`The settings were answered with ${response.status}.`);
  return v.parse(settingsSchema, await response.json());
}
