/**
 * Writes docs/flags.md: `deno run -A tools/make_flags.ts`.
 *
 * @module
 */
import { flagsDocument } from "./flags_document.ts";

await Deno.writeTextFile(new URL("../docs/flags.md", import.meta.url), flagsDocument());
