/**
 * The flags of the program that take a value, for the launcher, which must tell their values from other words.
 *
 * @module
 */
import { clientCommandLine } from "../client/cli.ts";
import { serverCommandLine } from "../server/main/cli.ts";

/** The flags, with their dashes. */
export const valueFlags: readonly string[] = [serverCommandLine, clientCommandLine].flatMap((
  { flags },
) =>
  Object.entries(flags).filter(([, flag]) => flag.value !== undefined).map(([name]) => `--${name}`)
);
