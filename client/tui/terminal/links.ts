/**
 * Addresses of web pages in texts, as links of a terminal.
 *
 * @module
 */
import { partsByAddress } from "../../talk/web_addresses.ts";
import type { Span, Style } from "./style.ts";

/**
 * Finds the addresses in a text.
 *
 * @param text A text of one line that is safe already.
 * @param style How the rest looks.
 * @return The text in spans; those of addresses have a `link`.
 */
export function withLinks(text: string, style: Style = {}): Span[] {
  return partsByAddress(text).map(({ text, target }) =>
    target === undefined
      ? { text, style }
      : { text, style: { ...style, underline: true, link: target } }
  );
}
