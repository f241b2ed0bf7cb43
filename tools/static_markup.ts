/**
 * Components as HTML, for what of the page stands in its document: only such as need neither a browser nor a state of their own.
 *
 * @module
 */
import type { ComponentChildren, FunctionComponent, VNode } from "preact";

/** Elements that have no end (HTML, section 13.1.2), as far as they are used. */
const voidElements = new Set(["input", "br"]);

/** Attributes that are not left out where they are false: that means something else. */
const spelledOut = new Set(["spellcheck"]);

/**
 * The HTML of what a component gives. A button cannot be pressed: nothing listens yet.
 *
 * @param node What is to be drawn.
 */
export function staticMarkup(node: ComponentChildren): string {
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (Array.isArray(node)) return node.map(staticMarkup).join("");
  if (typeof node === "object") return elementMarkup(node as VNode);
  return escaped(String(node));
}

function elementMarkup({ type, props }: VNode): string {
  if (typeof type === "function") return staticMarkup((type as FunctionComponent)(props));
  const { children, ...attributes } = props as Readonly<Record<string, unknown>>;
  const own = type === "button" ? { ...attributes, disabled: true } : attributes;
  const begin = `<${type}${Object.entries(own).map(attributeMarkup).join("")}>`;
  if (voidElements.has(type)) return begin;
  return `${begin}${staticMarkup(children as ComponentChildren)}</${type}>`;
}

function attributeMarkup([name, value]: [name: string, value: unknown]): string {
  if (value === false && spelledOut.has(name)) return ` ${name}="false"`;
  if (value === true) return ` ${name}`;
  const isSaid = typeof value === "string" || typeof value === "number";
  return isSaid && value !== "" ? ` ${name}="${escaped(String(value))}"` : "";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
