/**
 * How many files and connections the system lets this process have open, and what to do where that is too few.
 *
 * @module
 */
import { numberText } from "../../protocol/text/number_text.ts";

/** Descriptors that the server needs beside those of its connections: about 40, and some to spare. */
export const ownDescriptors = 64;

/** The variable in which the launcher of the built program, which may not read `/proc`, says the limit. */
export const descriptorLimitVariable = "CHAT_DESCRIPTOR_LIMIT";

/** Where Linux tells a process its limits. */
const limitsPath = "/proc/self/limits";

/** What is looked at to find the limit. */
export interface DescriptorLimitSources {
  /** @throws Where there is no such file, or it may not be read. */
  readonly readTextFile: (path: string) => Promise<string>;
  readonly readVariable: (name: string) => string | undefined;
}

const systemSources: DescriptorLimitSources = {
  readTextFile: (path) => Deno.readTextFile(path),
  readVariable: (name) => Deno.env.get(name),
};

/**
 * How many descriptors this process may have open. Deno has raised the soft limit to the hard one when it started.
 *
 * @param sources What is looked at.
 * @return The limit; null where there is none, or it cannot be found out: off Linux, or without permission.
 */
export async function descriptorLimit(
  sources: DescriptorLimitSources = systemSources,
): Promise<number | null> {
  const told = asCount(sources.readVariable(descriptorLimitVariable));
  if (told !== null) return told;
  const text = await sources.readTextFile(limitsPath).catch(() => "");
  return asCount(/^Max open files +(\d+) /m.exec(text)?.[1]);
}

function asCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/**
 * What to tell whoever runs the server where its limit is too low.
 *
 * @param limit See {@linkcode descriptorLimit}.
 * @param connections How many connections are wanted at once.
 * @param pid The server's process.
 * @return One line, with the commands that mend it; null where all is well or nothing is known.
 */
export function descriptorAdvice(
  limit: number | null,
  connections: number,
  pid: number,
): string | null {
  const needed = connections + ownDescriptors;
  if (limit === null || limit >= needed) return null;
  const fitting = Math.max(0, limit - ownDescriptors);
  return `At most ${numberText(limit)} files may be open at once: enough for ${
    numberText(fitting)
  } connections, not for ${numberText(connections)} ` +
    `(--connections). Before starting, "ulimit -n ${needed}" raises it where root allows that: by ` +
    `"USER hard nofile ${needed}" in /etc/security/limits.conf, or LimitNOFILE=${needed} in a systemd unit. ` +
    `Without a restart, root can raise it now:  prlimit --pid ${pid} --nofile=${needed}`;
}
