/**
 * The page that a browser is given: one document, one script, one style, and a script that only older browsers ask for. tools/make_page.ts makes them of
 * client/web/.
 *
 * @module
 */
import mlKem from "./ml_kem.js" with { type: "text" };
import html from "./page.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** The texts of the page, by what they are: `page.js`, `page.css`, and `ml_kem.js`, which the script loads where it must. */
export const pageFiles: {
  readonly html: string;
  readonly script: string;
  readonly style: string;
  readonly mlKem: string;
} = { html, script, style, mlKem };
