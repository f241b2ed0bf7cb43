/**
 * Writes each line of standard input as JSON, with an argument only so many of them.
 *
 * @module
 */
import { StandardLines } from "../../../client/plain/lines.ts";

const lines = new StandardLines();
const most = Number(Deno.args[0] ?? Infinity);
for (let count = 0; count < most; count++) {
  const line = await lines.read();
  lines.write(
    line !== null && line.length > 1_000 ? `${line.length} characters` : JSON.stringify(line),
  );
  if (line === null) break;
}
Deno.exit(3);
