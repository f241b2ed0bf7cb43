/**
 * What the line-by-line interface says and asks about keys: PM's protection, VERIFY, TRUST and PASSWD.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { preparePassword } from "../../protocol/text/password.ts";
import { oldCredentials } from "../core/e2e/change_password.ts";
import type { ChatClient, Protection } from "../core/chat/chat_client.ts";
import { isLost } from "../core/link/server_link.ts";
import { passwordChangedText } from "../talk/session_list.ts";
import type { Sent } from "../core/link/sendable.ts";
import { errorText, inCapitals } from "../talk/remark_text.ts";
import { safetyNumberLines } from "../talk/wording.ts";
import type { Lines } from "./lines.ts";

/** The dialogues about keys. */
export class Secrecy {
  readonly #lines: Lines;
  readonly #told = new Map<string, Protection>();

  /** @param lines Where it reads and writes. */
  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** Says how a conversation is protected: when it begins, and when that has changed; nothing where the server is not there. */
  async tell(client: ChatClient, peer: string): Promise<void> {
    const protection = await client.protection(peer).catch((error: unknown) => {
      if (isLost(error)) return null;
      throw error;
    });
    if (protection === null || this.#told.get(peer) === protection) return;
    this.#told.set(peer, protection);
    this.#lines.write(`(${protectionText(protection, safeText(peer))})`);
  }

  /**
   * Sends a private message, and asks first where the server could read it.
   *
   * @param message `newId` makes the id of each attempt.
   * @return What became of it; null where the person does not want it sent so.
   * @throws {ChatError} See `ChatClient.sendPrivate`.
   */
  async send(
    client: ChatClient,
    peer: string,
    { text, newId }: { readonly text: string; readonly newId: () => string },
  ): Promise<Sent | null> {
    try {
      return await client.sendPrivate(peer, text, newId());
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "not_encrypted") throw error;
      this.#lines.write(errorText(error, inCapitals));
      const question = "Send it anyway, and do not ask again for this person? (yes/no)";
      // What else a script says may be its next operation, which a later "yes" does not answer for.
      if (!await this.#yes(question, { again: this.#lines.isTerminal })) {
        this.#lines.write("Nothing was sent.");
        return null;
      }
      await client.allowReadable(peer);
      return await client.sendPrivate(peer, text, newId());
    }
  }

  /**
   * VERIFY: shows the safety number, and marks the peer as verified where it is the same at the other end.
   *
   * @throws {ChatError} See `ChatClient.safetyNumber`.
   */
  async verify(client: ChatClient, peer: string): Promise<void> {
    const { name, number, verified } = await client.safetyNumber(peer);
    const shown = safeText(name);
    this.#lines.write(`The safety number that you and ${shown} share:`);
    for (const line of safetyNumberLines(number)) this.#lines.write(line);
    if (verified) return this.#lines.write(`You have verified ${shown}.`);
    const question = `Does ${shown} see the same number? Compare in person or by phone. (yes/no)`;
    if (!await this.#yes(question, { again: true })) {
      return this.#lines.write(`${shown} is not verified. If the numbers differ, do not use PM.`);
    }
    await client.verify(name, number);
    this.#lines.write(`You have verified ${shown}.`);
  }

  /**
   * TRUST: accepts a changed key.
   *
   * @throws {ChatError} See `ChatClient.trust`.
   */
  async trust(client: ChatClient, peer: string): Promise<void> {
    const changed = await client.trust(peer);
    const shown = safeText(peer);
    this.#lines.write(
      changed
        ? `You trust the new key of ${shown}. VERIFY ${shown} compares it.`
        : `The key of ${shown} has not changed: there is nothing to accept.`,
    );
  }

  /**
   * PASSWD: asks for the old password and twice for a new one. Each answer is checked before the next question.
   *
   * @param rest `keep` for the account's other sessions to stay.
   * @throws {ChatError} `bad_text` for a new one that cannot be a password; see `ChatClient.changePassword`.
   */
  async changePassword(client: ChatClient, rest: string): Promise<void> {
    const keepSessions = rest.toLowerCase() === "keep";
    await this.#orSwallow(3, () => {
      if (rest === "" || keepSessions) return;
      throw new ChatError("bad_message", "Usage: PASSWD, or PASSWD keep. Nothing was changed.");
    });
    const old = await this.#lines.readSecret("Your old password:");
    if (old === null) return;
    await this.#orSwallow(2, () => oldCredentials(client.name, old));
    const fresh = await this.#lines.readSecret("Your new password:");
    if (fresh === null) return;
    await this.#orSwallow(1, () => checkNewPassword(fresh));
    const again = await this.#lines.readSecret("Your new password again:");
    if (again === null) return;
    if (fresh !== again) {
      throw new ChatError(
        "bad_text",
        "The two passwords do not match. Your password was not changed.",
      );
    }
    const ended = await client.changePassword({ old, new: fresh }, { keepSessions });
    this.#lines.write(passwordChangedText(ended, keepSessions));
  }

  /** Where a check fails, a script's next lines still are passwords, and must not be taken for operations and shown. */
  async #orSwallow(passwords: number, check: () => void): Promise<void> {
    try {
      check();
    } catch (error) {
      for (let left = this.#lines.isTerminal ? 0 : passwords; left > 0; left--) {
        await this.#lines.read();
      }
      throw error;
    }
  }

  /** Only the whole word counts. Anything else is asked about `again`, or is no consent; it is no operation in either case. */
  async #yes(question: string, { again }: { again: boolean }): Promise<boolean> {
    this.#lines.write(question);
    for (;;) {
      const answer = (await this.#lines.read())?.trim().toLowerCase();
      if (answer === "yes") return true;
      if (answer === undefined || answer === "no" || answer === "n") return false;
      if (!again) {
        this.#lines.write("(The answer was neither yes nor no.)");
        return false;
      }
      this.#lines.write('Type "yes" or "no".');
    }
  }
}

/** Before it is asked for once more. */
function checkNewPassword(text: string): void {
  try {
    preparePassword(text);
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw new ChatError(cause.code, `${cause.message} Your password was not changed.`, { cause });
  }
}

function protectionText(protection: Protection, peer: string): string {
  switch (protection) {
    case "verified":
      return `With ${peer}: end-to-end encrypted, verified.`;
    case "encrypted":
      return `With ${peer}: end-to-end encrypted, not verified yet; VERIFY ${peer} compares keys.`;
    case "readable":
      return `With ${peer}: not end-to-end encrypted, the server can read it.`;
    case "changed":
      return `With ${peer}: the key has changed, nothing is sent.`;
  }
}
