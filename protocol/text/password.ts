/**
 * Passwords: the same one gives the same bytes on every keyboard.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";
import { passwordBytesMax, passwordCharactersMin } from "../wire/limits.ts";
import { numberText } from "./number_text.ts";

/** Every space of category Zs but U+0020 itself. */
const otherSpaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

/**
 * What the FreeformClass (RFC 8264, section 4.3) disallows: controls, invisible characters, unassigned and private
 * code points, lone surrogates, old Hangul letters, and the exceptions of section 9.6. Of the characters that depend
 * on their neighbours (RFC 5892, appendix A) the invisible ones are refused and the visible ones taken anywhere:
 * what can be seen can be typed again.
 */
const disallowed = new RegExp(
  "[\\p{Cc}\\p{Cf}\\p{Cn}\\p{Co}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}" +
    "\\u1100-\\u11ff\\ua960-\\ua97c\\ud7b0-\\ud7fb\\u0640\\u07fa\\u302e\\u302f\\u3031-\\u3035\\u303b]",
  "u",
);

/**
 * Prepares a password for deriving keys from it: profile OpaqueString (RFC 8265, section 4.2).
 *
 * @param text What the person typed: at least `passwordCharactersMin` code points.
 * @return The password with every kind of space as U+0020, in NFC: at most `passwordBytesMax` bytes of UTF-8.
 * @throws ChatError `bad_text`, if it cannot be a password. The message names the rule and nothing of the password.
 */
export function preparePassword(text: string): string {
  // NFC makes one code unit of four at most, and never fewer bytes than code units: this cannot fit.
  if (text.length > passwordBytesMax * 4) throw tooLong();
  const prepared = text.replace(otherSpaces, " ").normalize("NFC");
  if (disallowed.test(prepared)) {
    throw new ChatError(
      "bad_text",
      "A password cannot contain control characters, invisible ones or ones that do not exist in Unicode.",
    );
  }
  if ([...prepared].length < passwordCharactersMin) {
    throw new ChatError(
      "bad_text",
      `A password must have at least ${passwordCharactersMin} characters.`,
    );
  }
  if (new TextEncoder().encode(prepared).length > passwordBytesMax) throw tooLong();
  return prepared;
}

function tooLong(): ChatError {
  return new ChatError(
    "bad_text",
    `A password can have at most ${numberText(passwordBytesMax)} bytes of UTF-8.`,
  );
}
