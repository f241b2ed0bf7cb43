/**
 * What went wrong with an operation, in one line.
 *
 * @module
 */
import type { ChatError } from "../../protocol/wire/errors.ts";
import { isLost } from "../core/link/server_link.ts";
import { UntrustedServerError } from "../core/link/untrusted_server_error.ts";
import { inCapitals, markedErrorText } from "../talk/remark_text.ts";

/** What an operation says that wants an answer of the server, and gets none. */
const notConnected =
  "There is no connection to the server at the moment. Try again when it is back.";
/** The warning itself has many lines, and stands where the session ends. */
const untrusted = "Nothing was sent: the server is not the one that this program trusts.";

/**
 * Says it.
 *
 * @param error Why the operation failed.
 * @param isOnline Whether there is a connection.
 */
export function complaint(error: ChatError, isOnline: boolean): string {
  if (error instanceof UntrustedServerError) return untrusted;
  return isLost(error) && !isOnline ? notConnected : markedErrorText(error, inCapitals);
}
