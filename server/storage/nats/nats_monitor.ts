/**
 * What the NATS servers say of themselves at their monitoring addresses: above all whether they sync what they acknowledge. By default
 * they do not, and then a power cut on all machines loses what was acknowledged. Then, whom they let in.
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
  host: v.optional(v.string(), ""),
  port: v.optional(v.number()),
  auth_required: v.optional(v.boolean(), false),
  cluster: v.optional(
    v.object({
      addr: v.optional(v.string(), ""),
      cluster_port: v.optional(v.number()),
      tls_required: v.optional(v.boolean(), false),
    }),
    {},
  ),
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
  /** The port at which whoever comes from another machine is asked for nothing; null where there is none. */
  readonly openPort: number | null;
  /** The port at which other NATS servers from other machines may come without TLS; null where there is none. */
  readonly openRoutePort: number | null;
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
  const { server_name: name, version, jetstream, host, port, auth_required, cluster } = v.parse(
    schema,
    JSON.parse(await read(response)),
  );
  const openPort = auth_required ? null : portAt(host, port);
  const openRoutePort = cluster.tls_required ? null : portAt(cluster.addr, cluster.cluster_port);
  return {
    name: safeText(name),
    version: safeText(version),
    syncs: jetstream?.config?.sync_always ?? false,
    ...{ openPort, openRoutePort },
  };
}

/** A port that other machines may reach; null where there is none. */
function portAt(address: string, port: number | undefined): number | null {
  const isOnlyHere = address === "" || address === "::1" || address === "localhost" ||
    address.startsWith("127.");
  return isOnlyHere ? null : port ?? null;
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
  const lines = (await Promise.all(monitors.map(linesOf))).flat();
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

/** What is to be said of a NATS server. */
function judged({ name, version, syncs, openPort, openRoutePort }: MonitoredServer): MonitorLine[] {
  const server = `NATS server ${name} (${version})`;
  const warnings = [
    syncs
      ? null
      : `${server} does not sync before it acknowledges: what was acknowledged can be lost ` +
        'when the power fails. Set "sync_interval: always" in its "jetstream", and start it again.',
    openPort === null
      ? null
      : `${server} lets in whoever reaches port ${openPort}: they can read and change everything. ` +
        'Set "authorization" and "tls" there, and start it again.',
    openRoutePort === null
      ? null
      : `${server} wants no TLS at port ${openRoutePort}: any NATS server that reaches it may become one of yours, and ` +
        'read and change everything. Set "authorization" and "tls" within its "cluster", and start it again.',
  ];
  return [
    ...(syncs ? [{ isWarning: false, text: `${server} syncs before it acknowledges.` }] : []),
    ...warnings.flatMap((text) => text === null ? [] : [{ isWarning: true, text }]),
  ];
}

async function linesOf(address: string): Promise<MonitorLine[]> {
  try {
    return judged(await askMonitor(address));
  } catch (error) {
    const reason = error instanceof v.ValiError || error instanceof SyntaxError
      ? "that is no NATS server"
      : error instanceof Error
      ? error.message
      : String(error);
    return [{
      isWarning: true,
      text: `It is not known whether the NATS server at ${address} syncs before it acknowledges: ` +
        `${safeText(reason)}. Check --cluster-monitor.`,
    }];
  }
}
