/**
 * Where the password comes from: a file, a variable, the terminal without echo, or standard input. Never the command
 * line, where everyone on the machine could read it.
 *
 * @module
 */
import { promptSecret } from "@std/cli/prompt-secret";
import { ExitError, exitStatus } from "../../platform/command_line.ts";
import { readSecretFile } from "../../platform/secret_file.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { passwordBytesMax, passwordCharactersMin } from "../../protocol/wire/limits.ts";
import { preparePassword } from "../../protocol/text/password.ts";

/** What a password is asked for with. */
export interface PasswordSource {
  /** The file of `--password-file`. */
  readonly file: string | undefined;
  /** The client's data folder, which is the user's. */
  readonly folder: string;
  /** Asks for a line of standard input, where it is no terminal. */
  readonly readLine: (question: string) => Promise<string | null>;
  /** Asks for a line that is not shown; where it is not given, the terminal is asked. */
  readonly readSecret?: ((question: string) => Promise<string | null>) | undefined;
  /** Whether a person can be asked without echo. */
  readonly terminal: boolean;
  /** Writes a line for a person. */
  readonly write: (line: string) => void;
}

/** How often a person may try to type a new password. */
const triesMax = 5;

/**
 * The password of an account.
 *
 * @param source See {@linkcode PasswordSource}.
 * @param account `new` asks twice and says which rules hold.
 * @return The password; always one that may be a password, where the account is new.
 * @throws {ExitError} Status 1 where the file cannot be read; 4 where no password was given.
 */
export async function readPassword(
  source: PasswordSource,
  account: "new" | "known",
): Promise<string> {
  const given = await givenPassword(source);
  if (given !== undefined) return given;
  if (account === "new" && source.terminal) {
    source.write(`(${passwordCharactersMin} characters or more; nothing is shown while you type.)`);
    source.write("(If you forget it, nobody can recover it, nor your private messages.)");
  }
  for (let tries = 0; tries < triesMax; tries++) {
    const password = await ask(source, questionFor(account));
    const problem = account === "new" ? await problemOf(source, password) : null;
    if (problem === null) return password;
    source.write(problem);
    if (!source.terminal) break;
  }
  throw new ExitError(exitStatus.signInRefused, "No password was set.");
}

/** The password that was given without asking, if any. */
export async function givenPassword(source: PasswordSource): Promise<string | undefined> {
  if (source.file !== undefined) return await fromFile(source.file, source.folder);
  return Deno.env.get("CHAT_PASSWORD") || undefined;
}

async function fromFile(file: string, folder: string): Promise<string> {
  try {
    // A line feed may stand behind it, and a carriage return before that.
    const text = await readSecretFile(file, { folder, bytesMax: passwordBytesMax + 2 });
    return text.replace(/\r?\n$/, "");
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : (error as Error).message.replace(/\.$/, "");
    const message = `The password cannot be read from "${file}": ${reason}.`;
    throw new ExitError(exitStatus.failed, message);
  }
}

function questionFor(account: "new" | "known"): string {
  return account === "new"
    ? "Now please create your password!"
    : "Now please type in your password!";
}

async function ask(source: PasswordSource, question: string): Promise<string> {
  const answer = !source.terminal
    ? await source.readLine(question)
    : source.readSecret === undefined
    ? promptSecret(question + " ", { mask: "" })
    : await source.readSecret(question);
  // A person may hit Enter by mistake; what is typed next must not go to the shell.
  if (answer === "" && source.terminal) return await askAgain(source, question);
  if (answer === null || answer === "") {
    throw new ExitError(exitStatus.signInRefused, "No password was given.");
  }
  return answer;
}

async function askAgain(source: PasswordSource, question: string): Promise<string> {
  source.write("(Nothing was typed. Press Ctrl-C to leave.)");
  return await ask(source, question);
}

/** Why a new password cannot be taken, or null. */
async function problemOf(source: PasswordSource, password: string): Promise<string | null> {
  try {
    preparePassword(password);
  } catch (error) {
    if (error instanceof ChatError) return error.message;
    throw error;
  }
  if (!source.terminal) return null;
  const again = await ask(source, "Once more, please:");
  return again === password ? null : "The two passwords do not match.";
}
