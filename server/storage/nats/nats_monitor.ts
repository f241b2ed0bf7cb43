/**
 * What the NATS servers say of themselves at their monitoring addresses: above all whether they sync what they acknowledge. By default
 * they do not, and then a power cut on all machines loses what was acknowledged.
 *
 * @module
 */
import * as v from "valibot";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { ClusterOptions } from "./cluster_options.ts";

/** How long an answer is waited for, and how much of it is read. */
const answerMs = 2_000;
const answerBytesMax = 256 * 1024;

/** A part of `/varz`: https://docs.nats.io, "Monitoring". */
const schema = v.object({
  server_name: v.string(),
  version: v.string(),
  jetstream: v.optional(
    v.object({ config: v.optional(v.object({ sync_always: v.optional(v.boolean(), false) })) }),
  ),
});

/** A NATS server, as it describes itself. */
export interface MonitoredServer {
  readonly name: string;
  readonly version: string;
  /** Whether it syncs before it acknowledges. */
  readonly syncs: boolean;
}

/** A line about the NATS servers. */
export interface MonitorLine {
  /** Whether somebody should do something about it. */
  readonly isWarning: boolean;
  readonly text: string;
}

/**
 * Asks a NATS server.
 *
 * @param address Its monitoring address, such as `http://127.0.0.1:8222`.
 * @throws {Error} where it gives no answer within two seconds, or another one than a NATS server.
 */
export async function askMonitor(address: string): Promise<MonitoredServer> {
  const url = new URL("varz", address.endsWith("/") ? address : `${address}/`);
  const signal = AbortSignal.timeout(answerMs);
  const response = await fetch(url, { signal, redirect: "error" });
  const { server_name: name, version, jetstream } = v.parse(
    schema,
    JSON.parse(await read(response)),
  );
  return {
    name: safeText(name),
    version: safeText(version),
    syncs: jetstream?.config?.sync_always ?? false,
  };
}

/** Reads a text, and no more of it than is sensible. */
async function read(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > answerBytesMax) throw new Error("the answer is too long");
  }
  return text;
}

/**
 * Asks all NATS servers whose monitoring addresses are known.
 *
 * @param cluster The addresses.
 * @returns What there is to say, most of all what is wrong.
 */
export async function monitorLines(
  { servers, monitors }: Pick<ClusterOptions, "servers" | "monitors">,
): Promise<MonitorLine[]> {
  const lines = await Promise.all(monitors.map(lineOf));
  const missing = servers.length - monitors.length;
  if (missing <= 0) return lines;
  const all = servers.map((server) => `http://${server.replace(/:\d+$/, "")}:8222`).join(",");
  const which = monitors.length === 0 ? "the NATS servers" : `${missing} of the NATS servers`;
  return [...lines, {
    isWarning: true,
    text:
      `It is not known whether ${which} sync before they acknowledge: without that, what was acknowledged can be lost when the power ` +
      `fails. Set "sync_interval: always" and a monitoring address ("http") there, and name all of them here, like --cluster-monitor ${all}.`,
  }];
}

async function lineOf(address: string): Promise<MonitorLine> {
  try {
    const { name, version, syncs } = await askMonitor(address);
    const server = `NATS server ${name} (${version})`;
    return syncs ? { isWarning: false, text: `${server} syncs before it acknowledges.` } : {
      isWarning: true,
      text: `${server} does not sync before it acknowledges: what was acknowledged can be lost ` +
        'when the power fails. Set "sync_interval: always" in its "jetstream", and start it again.',
    };
  } catch (error) {
    const reason = error instanceof v.ValiError || error instanceof SyntaxError
      ? "that is no NATS server"
      : error instanceof Error
      ? error.message
      : String(error);
    return {
      isWarning: true,
      text: `It is not known whether the NATS server at ${address} syncs before it acknowledges: ` +
        `${safeText(reason)}. Check --cluster-monitor.`,
    };
  }
}
