/**
 * What a command is.
 *
 * @module
 */
import type { CompletedWords } from "../input/completion.ts";
import type { Hold } from "../input/hold.ts";
import type { Desk } from "./session_api.ts";

/** A command. */
export interface ChatCommand {
  /** What stands after its name, for example `#room`. */
  readonly parameters: string;
  /** What it does, in one line. */
  readonly help: string;
  /** What else there is to know, where somebody asks for this command. */
  readonly details?: string;
  /** Whether the list of all commands leaves it out, because the help of another one names it. */
  readonly unlisted?: boolean;
  /** Whether it asks questions that belong together: always, or only where it stands alone. */
  readonly asks?: "always" | "alone";
  /** Whether it leads to another conversation, for which the next words are meant. */
  readonly moves?: (desk: Desk, rest: string) => boolean;
  /** It makes something public, or ends the session: it is never suggested. */
  readonly isSuggested?: false;
  /** What Tab completes after it. */
  readonly completes?: CompletedWords | ((typed: readonly string[]) => CompletedWords | null);
  /** `hold`: what is typed meanwhile, where that waits for the command. */
  readonly run: (desk: Desk, rest: string, hold: Hold | null) => Promise<void> | void;
}
