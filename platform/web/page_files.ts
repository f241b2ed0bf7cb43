/**
 * The page that a browser is given: one document, one script, one style, and two scripts that are asked for where they are needed. tools/make_page.ts makes them of
 * client/web/.
 *
 * @module
 */
import hpke from "./hpke.js" with { type: "text" };
import mlKem from "./ml_kem.js" with { type: "text" };
import html from "./page.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** The texts of the page, by what they are: `page.js`, `page.css`; `hpke.js` for private messages, `ml_kem.js` for
 * browsers that have no ML-KEM. */
export const pageFiles: {
  readonly html: string;
  readonly script: string;
  readonly style: string;
  readonly hpke: string;
  readonly mlKem: string;
} = { html, script, style, hpke, mlKem };
