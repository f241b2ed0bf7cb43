/**
 * SESSIONS, END and PAGES.
 *
 * @module
 */
import type { ChatClient } from "../core/chat/chat_client.ts";
import {
  pagesText,
  readPagesRefused,
  readSessionNumber,
  sessionLines,
} from "../talk/session_list.ts";
import type { Lines } from "./lines.ts";

/** Lists where the account is signed in. */
export async function listSessions(client: ChatClient, lines: Lines): Promise<void> {
  for (const line of sessionLines(await (await client.ownSessions()).list())) lines.write(line);
}

/**
 * Ends another session of the account.
 *
 * @param client The signed-in client.
 * @param lines Where to write.
 * @param rest What was typed after END.
 */
export async function endSession(client: ChatClient, lines: Lines, rest: string): Promise<void> {
  const id = readSessionNumber(rest.trim());
  await (await client.ownSessions()).end(id);
  lines.write(`Session ${id} was ended.`);
}

/** Says whether pages are refused: see `OwnSessions.refusePages`. @param rest What was typed after PAGES. */
export async function allowPages(client: ChatClient, lines: Lines, rest: string): Promise<void> {
  const refused = readPagesRefused(rest);
  await (await client.ownSessions()).refusePages(refused);
  lines.write(pagesText(refused));
}
