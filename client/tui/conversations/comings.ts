/**
 * Comings and goings, condensed: a few names in one line, however many there are, and only a number of those who have
 * not spoken lately.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import { named, type Span, type StyledLine, toned } from "../terminal/style.ts";

/** What is told. */
export type ComingsForm = "all" | "folded" | "off";

/** News is collected this long, and told in one line. */
export const comingsIntervalMs = 2_000;
/** Names that one line has. */
const namesMax = 3;
const namesMaxOfAll = 20;

/** Who came and who went since the last line. */
export class Comings {
  #came = new Set<string>();
  #left = new Set<string>();

  /** Whether there is nothing to tell. */
  get empty(): boolean {
    return this.#came.size === 0 && this.#left.size === 0;
  }

  /** Who came. */
  get came(): readonly string[] {
    return [...this.#came];
  }

  /** Who went. */
  get gone(): readonly string[] {
    return [...this.#left];
  }

  /** Notes names. Who came and went in between, or went and came, did not go anywhere. */
  note(came: readonly string[], left: readonly string[]): void {
    for (const name of came) if (!this.#left.delete(name)) this.#came.add(name);
    for (const name of left) if (!this.#came.delete(name)) this.#left.add(name);
  }

  /** Forgets everything. */
  clear(): void {
    this.#came = new Set();
    this.#left = new Set();
  }

  /**
   * The line, and nothing to tell from then on.
   *
   * @param form Whether those who have not spoken lately are only counted.
   * @param spoke Whether a user has spoken lately.
   * @return Null where there is nothing to tell.
   */
  take(form: ComingsForm, spoke: (name: string) => boolean): StyledLine | null {
    const came = part("came", [...this.#came], form, spoke);
    const left = part("left", [...this.#left], form, spoke);
    this.clear();
    const between = came.length > 0 && left.length > 0 ? [toned("dim", "; ")] : [];
    if (form === "off" || came.length + left.length === 0) return null;
    return [toned("dim", "-- "), ...came, ...between, ...left];
  }
}

function part(
  verb: string,
  names: readonly string[],
  form: ComingsForm,
  spoke: (name: string) => boolean,
): Span[] {
  if (names.length === 0) return [];
  const known = names.filter(spoke);
  // A few people are told by name, whoever they are; of many only those whom one talks with.
  const shown = form === "all"
    ? [...known, ...names.filter((name) => !known.includes(name))].slice(0, namesMaxOfAll)
    : names.length <= namesMax
    ? names
    : known.slice(0, namesMax);
  const rest = names.length - shown.length;
  const spans = shown.flatMap((name, index) => [
    ...(index > 0 ? [toned("dim", ", ")] : []),
    named(name, safeText(name)),
  ]);
  if (rest === 0) return [...spans, toned("dim", ` ${verb}`)];
  const others = shown.length === 0
    ? `${rest} people ${verb}`
    : ` and ${rest} ${rest === 1 ? "other" : "others"} ${verb}`;
  return [...spans, toned("dim", others)];
}
