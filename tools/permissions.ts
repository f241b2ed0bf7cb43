/**
 * What the built program may do. Deno enforces it, whatever a bug or a hostile package in the program tries.
 *
 * Flags are fixed when a file is built, before anyone has named a port, a host or a folder. The launcher of the
 * self-extracting form reads the arguments and allows just the files and addresses that they name. `deno compile` and the form
 * for Windows have no such launcher: there any file and any address is allowed, since Deno can take back a kind
 * of permission at run time, but not all of it except one path. What is not named is denied without a question:
 * starting programs (but for the one that opens the browser, with `chat client --web`), loading native code, importing code at run time, reading other variables.
 *
 * @module
 */

import { descriptorLimitVariable } from "../server/main/descriptor_limit.ts";

/** The variables that the program reads: its own, where data belongs, and what the terminal can do. */
const variables: readonly string[] = [
  "CHAT_PASSWORD",
  // Deno lets nobody read /proc but who may do everything: the launcher says what the limit is.
  descriptorLimitVariable,
  ...["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
  ...["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"],
  ...["TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "NO_COLOR", "FORCE_COLOR"],
  ...["COLUMNS", "LINES", "TMUX", "SSH_CONNECTION", "WT_SESSION", "CI"],
  ...["LANG", "LC_ALL", "LC_CTYPE", "LC_TIME", "TZ"],
];

/** What else Deno can tell about the machine and its user. */
const unneededFacts: readonly string[] = [
  ...["uid", "gid", "username", "userInfo", "homedir", "getPriority", "setPriority"],
  ...["osRelease", "osUptime", "loadavg", "systemMemoryInfo", "cpus"],
];

/** What does not depend on arguments: with these alone, no file, no address and no other program. */
export const fixedPermissionFlags: readonly string[] = [
  // Nobody is there to answer: what is not granted here is denied.
  "--no-prompt",
  `--allow-env=${variables.join(",")}`,
  // Packages ask for more variables than we want to show them: for those there is nothing there.
  "--ignore-env",
  // A server is named after its machine until it is given a name, says by which addresses others reach it, and looks how
  // much of the disk is free; a client checks a
  // certificate that an authority has signed against those that its machine trusts. Deno knows no name for the latter: all is
  // allowed, and the rest denied.
  "--allow-sys",
  `--deny-sys=${unneededFacts.join(",")}`,
  "--deny-ffi",
  "--deny-import",
];

/** The flags for where nobody reads the arguments first. */
export const permissionFlags: readonly string[] = [
  ...fixedPermissionFlags,
  // Where nobody reads the arguments, no browser is opened either: the address of the page is printed.
  "--deny-run",
  // A server listens where --host and PORT say, a client connects where HOST and PORT say: any address.
  "--allow-net",
  // The data folder, the message of the day, certificates and password files lie where the user says.
  "--allow-read",
  "--allow-write",
];
