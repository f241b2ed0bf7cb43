/**
 * The words for what the core remarks. Both interfaces say the same, each with its own way to write a command.
 *
 * @module
 */
import type { ChatError } from "../../protocol/wire/errors.ts";
import { numberText } from "../../protocol/text/number_text.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { ClientError, type Remark, type Remarks } from "../core/link/client_error.ts";
import { isLost } from "../core/link/server_link.ts";

/** How an interface writes a command, for example `TRUST jill` or `/trust jill`. */
export type Spelling = (command: string, argument?: string) => string;

/** As the line-by-line interface writes commands. */
export const inCapitals: Spelling = (command, argument = "") =>
  `${command.toUpperCase()} ${argument}`.trimEnd();
/** As the full interface writes commands. */
export const withSlash: Spelling = (command, argument = "") => `/${command} ${argument}`.trimEnd();

const askOwner = "Ask the person who runs the server.";

const sentences: { readonly [K in keyof Remarks]: (data: Remarks[K], spell: Spelling) => string } =
  {
    connection_closed: () => "The connection was closed.",
    server_closed: () => "The server closed the connection.",
    connection_lost: () => "The connection to the server was lost.",
    no_answer: () => "The server is not answering.",
    server_floods: () => "The server sent more than this program can handle.",
    session_ended: () => "The session has ended.",
    queue_full: ({ count }) => `${numberText(count)} messages are already waiting for the server.`,
    wrong_account: () => "The server signed you in as someone else.",
    wrong_user: () => "The server answered about a different user than the one asked for.",
    wrong_room: () => "The server answered about a different room than the one asked for.",
    old_password_wrong: () => "The old password is wrong. Nothing was changed.",
    password_changed_elsewhere: () =>
      "The password of this account was changed on another machine. Start again and sign in with the new one.",
    sessions_unsupported: () =>
      "This server is older than your program and cannot list or end sessions. " +
      "Change your password to keep strangers out.",
    ruling_unsupported: () =>
      "This server is older than your program: its rooms have no rules that can be shown or set from here.",
    own_keys_closed: () =>
      "The server sent keys for this account that cannot be opened: private messages can be neither read nor sent. " +
      askOwner,
    own_keys_changed: ({ name, given }, spell) =>
      `The server sent ${
        given ? "different keys" : "no keys"
      } for your account instead of the ones that this machine has ` +
      "seen before. Private messages can be neither read nor sent. Ask the person who runs the server; if the account was " +
      `created again, ${spell("trust", name)} accepts it.`,
    own_keys_replaced: () =>
      "The server now gives out different keys for your account: messages to you may be sealed for someone " +
      `else. ${askOwner}`,
    own_keys_missing: () => "This message cannot be opened: your keys are missing.",
    own_key: () => "These are your own keys: there is nothing to compare.",
    no_key: ({ name }) => `The server has no key for ${name}.`,
    forged_key: ({ name }) =>
      `The server sent a key for ${name} that ${name} did not sign, or that protects nothing. ` +
      `Nothing is sent. ${askOwner}`,
    key_changed: ({ name }, spell) =>
      `The key of ${name} has changed: either ${name} created the account again, or someone is listening in. Nothing is ` +
      `sent to ${name} until you compare (${spell("verify", name)}) or accept the new key (${
        spell("trust", name)
      }).`,
    key_withdrawn: ({ name }) =>
      `The server no longer gives out a key for ${name}. Nothing is sent to ${name}, because it could be read on the ` +
      `way. ${askOwner}`,
    supplement_changed: ({ name, given }, spell) =>
      `The key of ${name} has changed: its part that protects messages from quantum computers is ${
        given ? "a different one" : "missing"
      }. Nothing is sent to ${name} until it is back, or you do without what it was (${
        spell("trust", name)
      }). ${askOwner}`,
    key_changed_meanwhile: ({ name }) =>
      `The key of ${name} changed while you were comparing: compare again.`,
    not_encrypted: ({ name }) =>
      `${name} uses a program without end-to-end encryption: the server could read your message.`,
    encrypted_now: ({ name }) =>
      `${name} has keys now: from now on your messages are end-to-end encrypted.`,
    on_page: ({ name }) =>
      `${name} uses a page in a browser that the server gives out: whoever runs the server could change that page, and read ` +
      `what you write to ${name}.`,
    closed: ({ error }, spell) => `This message cannot be opened. ${closedReason(error, spell)}`,
    message_of_others: () =>
      `The server delivered a message that was meant for other people. ${askOwner}`,
    unchecked: ({ name }) => `The server has no key for ${name} to check this message with.`,
    damaged: () => "It is damaged, or was not sealed for you.",
    unaccepted_key: ({ name }, spell) =>
      `It is sealed with a key of ${name} that you have not accepted. ${spell("verify", name)} or ${
        spell("trust", name)
      }, then ${spell("ch")} shows it.`,
    earlier_key: ({ name }) => `This was sealed with an earlier key of ${name}.`,
    missing: ({ name, count }) =>
      `Before this, messages from ${name} are missing (${
        numberText(count)
      }): the server left them out, or they could ` +
      "not be opened.",
    repeated: ({ name }) => `The server delivered a message from ${name} more than once.`,
    late: ({ name }) => `The server delivered this message from ${name} late.`,
    file_changed: () => "The file was changed while it was being sent. Send it again.",
    file_size_wrong: () =>
      `The server has a file of another size than the sender said. Nothing was kept. ${askOwner}`,
    file_hash_wrong: () =>
      "The file is not the one that the sender sent: its SHA-256 differs. Nothing was kept. Ask the sender to send it again.",
    file_damaged: () =>
      `A part of the file was damaged, moved or exchanged on the server. Nothing was kept. ${askOwner}`,
    no_files_for: ({ name }) =>
      `The program that ${name} uses is too old for files in private. Nothing was sent to ${name}.`,
    transfer_stopped: () => "The transfer was stopped.",
    transfer_cancelled: () => "The transfer was cancelled. Nothing of it was kept.",
    vault_damaged: () =>
      "The server sent a damaged list of the keys that you trust; this program uses its own list instead. " +
      askOwner,
    vault_newer: () =>
      "A newer version of this program keeps the list of keys that you trust: keys trusted here are forgotten when you " +
      "leave. Install the newer version.",
    vault_old: ({ version, seenVersion }) =>
      `The server sent an old list of the keys that you trust (${version}; ${seenVersion} was seen before). ` +
      `It has been corrected. ${askOwner}`,
  };

function closedReason(error: ChatError, spell: Spelling): string {
  if (!isLost(error)) return wordsOf(error, spell);
  return `The connection was lost while its key was looked up. ${spell("ch")} shows it later.`;
}

/** What an error says. Not safe for a terminal. */
function wordsOf(error: ChatError, spell: Spelling): string {
  return error instanceof ClientError ? remarkWords(error.remark, spell) : error.message;
}

function remarkWords<K extends keyof Remarks>(
  remark: { readonly kind: K } & Remarks[K],
  spell: Spelling,
): string {
  return sentences[remark.kind](remark, spell);
}

/**
 * What the core remarks, in words that are safe for a terminal.
 *
 * @param remark What.
 * @param spell How commands are written where it is shown.
 */
export function remarkText(remark: Remark, spell: Spelling): string {
  return safeText(remarkWords(remark, spell));
}

/**
 * What an error says, in words that are safe for a terminal.
 *
 * @param error Of the server, or of the client itself.
 * @param spell How commands are written where it is shown.
 * @param options `lines`: whether several lines are kept, for texts that no server can write.
 */
export function errorText(
  error: ChatError,
  spell: Spelling,
  options?: { readonly lines: "keep" },
): string {
  return safeText(wordsOf(error, spell), options);
}

/** The same where nothing else tells what the server says from what this program says. */
export function markedErrorText(error: ChatError, spell: Spelling): string {
  return (error.fromServer ? "server: " : "") + errorText(error, spell);
}
