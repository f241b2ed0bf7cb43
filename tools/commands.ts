/**
 * Runs other programs for the build, and talks to who started it.
 *
 * @module
 */

/** A program that was run and said no. The message has what it printed. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/**
 * Runs a program to its end.
 *
 * @param program Its name or path.
 * @param words Its arguments.
 * @param options `cwd`, the folder to run it in; `env`, further variables; `without`, a variable of this process that it does not get.
 * @returns What it printed to stdout.
 * @throws {CommandError} If it is not there, or ends with another status than 0.
 */
export async function runCommand(
  program: string,
  words: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Record<string, string>;
    readonly without?: string;
  } = {},
): Promise<string> {
  const { cwd, env, without } = options;
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => name !== without);
  const command = new Deno.Command(program, {
    args: [...words],
    stdin: "null",
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { success, code, stdout, stderr } = await command.output().catch((cause) => {
    throw new CommandError(`${program} cannot be started: is it installed?`, { cause });
  });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new CommandError(`${program} ${words[0] ?? ""} ended with ${code}:\n${text(stderr)}`);
}

/**
 * Prints one line for the person who builds.
 *
 * @param line The line, without its end.
 */
export function say(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
