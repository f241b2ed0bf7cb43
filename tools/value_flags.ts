/**
 * The flags of the program that take a value, for the launcher, which must tell their values from other words.
 *
 * @module
 */
import { commandLine as client } from "../client/cli.ts";
import { commandLine as server } from "../server/main/cli.ts";

/** The flags, with their dashes. */
export const valueFlags: readonly string[] = [server, client].flatMap(({ flags }) =>
  Object.entries(flags).filter(([, flag]) => flag.value !== undefined).map(([name]) => `--${name}`)
);
