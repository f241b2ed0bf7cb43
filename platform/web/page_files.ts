/**
 * The page that a browser is given: one document, one script, one style, and nothing else. Empty until the page is there.
 *
 * @module
 */
import html from "./page.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** The texts of the page, by what they are. */
export const pageFiles: { readonly html: string; readonly script: string; readonly style: string } =
  { html, script, style };
