/**
 * The first words to somebody who has signed in.
 *
 * @module
 */
import { numberText } from "../../protocol/text/number_text.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { counted } from "../talk/wording.ts";
import type { Lines } from "./lines.ts";

/** Welcomes somebody, and says how much was missed. */
export async function greet(client: ChatClient, lines: Lines): Promise<void> {
  lines.write(`Welcome, ${safeText(client.name)}. HELP lists all operations.`);
  const missed = await client.countMissed();
  if (missed === null) {
    lines.write("There may be messages that you have missed: CH shows them.");
  } else if (missed.more) {
    lines.write(`You have missed more than ${numberText(missed.count)} messages: CH shows them.`);
  } else if (missed.count > 0) {
    const them = missed.count === 1 ? "it" : "them";
    lines.write(`You have missed ${counted(missed.count, "message")}: CH shows ${them}.`);
  }
}
