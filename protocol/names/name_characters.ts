/**
 * Which single characters a name may hold: the IdentifierClass of PRECIS (RFC 8264, section 4.2), and a little less.
 *
 * @module
 */

/** `LetterDigits` (RFC 8264, section 9.1), and U+3007, which section 9.6 adds. */
const letterMarkOrDigit = /^[\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\u3007]$/u;

/**
 * Invisible characters (section 9.13), old Hangul letters (9.9) and the exceptions that are disallowed (9.6).
 * The joiners and the other characters that depend on their neighbours (9.8, 9.6) are no letters, or invisible:
 * they are refused altogether.
 */
const refused =
  /^[\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]$/u;

const asciiNameCharacter = /^[A-Za-z0-9._-]$/;

/**
 * Tells whether a name may hold a character.
 *
 * @param character One code point of a text in NFC.
 * @return Whether it may occur in a name; where, and next to what, is for `protocol/names/names.ts`.
 */
export function isNameCharacter(character: string): boolean {
  if (character < "\u0080") return asciiNameCharacter.test(character);
  return letterMarkOrDigit.test(character) && !refused.test(character) &&
    // HasCompat (section 9.17): characters that are only another way to write others.
    character.normalize("NFKC") === character.normalize("NFC");
}
