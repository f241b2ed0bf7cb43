/**
 * What a cluster looks like, in words for whoever runs it.
 *
 * @module
 */
import { numberText } from "../../../protocol/text/number_text.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { FoundLog } from "./log_stream.ts";
import type { ToldPlace } from "./told_place.ts";

/**
 * A server: where clients reach it, how many people are on it, how far it is, and with how many files.
 *
 * @param told What it has told of itself.
 * @param last The number of the last message in the log.
 */
export function serverLine(
  { node, run, applied, addresses, people, missingFiles = 0 }: ToldPlace,
  last: number,
): string {
  const behind = Math.max(0, last - applied);
  const place = behind === 0 ? "up to date" : `${counted(behind, "message", "messages")} behind`;
  // Servers of before say neither where they are nor who is there.
  const crowd = people === null ? "" : `${counted(people, "person", "people")}, `;
  const where = addresses.length === 0 ? "" : ` at ${addresses.join(" and ")}`;
  const files = missingFiles === 0 ? "" : `, ${counted(missingFiles, "file", "files")} to copy`;
  return safeText(`server "${node}" (${run.slice(0, 8)})${where}: ${crowd}${place}${files}`);
}

/**
 * The log: how long it is, and who leads it.
 *
 * @param name What it is called on the NATS servers.
 * @param found The log.
 */
export function logLine(name: string, { last, leader }: Pick<FoundLog, "last" | "leader">): string {
  const messages = counted(last, "message", "messages");
  return safeText(`log ${name}: ${messages}, led by ${leader ?? "its only server"}`);
}

function counted(count: number, one: string, several: string): string {
  return `${numberText(count)} ${count === 1 ? one : several}`;
}
