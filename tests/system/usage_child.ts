/**
 * Runs command lines of the program one after the other, as JSON in the first argument, and says after each on standard output which
 * status it came to: for usage_test.ts.
 *
 * @module
 */
import { runProgram } from "../../main.ts";

/** Stands after what one command line wrote, on standard output and on standard error. */
export const endOfRun = "\u0004end of run";

if (import.meta.main) {
  const write = (file: { writeSync(bytes: Uint8Array): number }, text: string) => {
    file.writeSync(new TextEncoder().encode(text));
  };
  for (const args of JSON.parse(Deno.args[0] ?? "[]")) {
    const status = await runProgram(args);
    write(Deno.stdout, `${status}\n${endOfRun}\n`);
    write(Deno.stderr, `${endOfRun}\n`);
  }
  Deno.exit(0);
}
