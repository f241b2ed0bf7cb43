/** Started by gone_test.ts: signs in to the port and folder that are its arguments, as the third one, and stays. */

import { Door } from "./native.ts";

const [port = "", directory = "", name = ""] = Deno.args;
const door = await Door.of({ port: Number(port), directory });
await door.enter(name);
await Deno.stdout.write(new TextEncoder().encode("in\n"));
