/**
 * The Bidi Rule (RFC 5893, section 2) for names, with the bidirectional classes that characters of names can have.
 *
 * @module
 */

/** Blocks in which every letter is of class R or AL (DerivedBidiClass.txt). */
const rightToLeft =
  "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}";
/** Digits of class EN: ASCII and extended Arabic-Indic ones. */
const europeanDigits = "0-9\\u06f0-\\u06f9";
/** Digits of class AN. */
const arabicDigits = "\\u0660-\\u0669\\u{10d30}-\\u{10d39}";

const anyDigit = `[${europeanDigits}${arabicDigits}]`;
/** A letter of class R or AL, or a digit of class R, as in N'Ko. */
const strong = `(?!${anyDigit})(?=[\\p{L}\\p{Nd}])[${rightToLeft}]`;
/** Marks of class NSM: those of right-to-left scripts and those of no script in particular. */
const mark = `(?=\\p{Mn})[\\u0300-\\u036f${rightToLeft}]`;
const hasRightToLeft = new RegExp(`${strong}|[${arabicDigits}]`, "u");
/** Conditions 1, 2 and 3: strong first; then also digits, marks, `-` `_` `.`; strong or a digit last. */
const wholeRightToLeft = new RegExp(
  `^${strong}(?:(?:${strong}|${anyDigit}|${mark}|[._-])*(?:${strong}|${anyDigit}))?(?:${mark})*$`,
  "u",
);
const hasEuropeanDigit = new RegExp(`[${europeanDigits}]`, "u");
const hasArabicDigit = new RegExp(`[${arabicDigits}]`, "u");

/**
 * Tells whether a name reads the same way whatever stands around it.
 *
 * @param name A name of characters that `isNameCharacter` allows.
 * @return True for a name without right-to-left characters, and for one that keeps the rule for right-to-left labels.
 */
export function keepsBidiRule(name: string): boolean {
  if (!hasRightToLeft.test(name)) return true;
  // Condition 4: not both kinds of digits.
  if (hasEuropeanDigit.test(name) && hasArabicDigit.test(name)) return false;
  return wholeRightToLeft.test(name);
}
