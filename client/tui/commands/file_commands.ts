/**
 * Commands about files: /send, /get, /cancel.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { transferToCancel } from "../../talk/cancelling.ts";
import { fileToGet } from "../../talk/file_reference.ts";
import { errorText, withSlash } from "../../talk/remark_text.ts";
import { readTypedPath, type TypedPath } from "../../talk/typed_path.ts";
import type { ChatCommand } from "./chat_command.ts";
import type { Desk } from "./session_api.ts";

/** Commands about files, by name. */
export const fileCommands: Readonly<Record<string, ChatCommand>> = {
  send: {
    parameters: "file [text]",
    help: "Sends a file here; /get fetches one.",
    details:
      "Put quotation marks around a path with spaces. What is cut off goes on by itself; /cancel ends it.",
    isSuggested: false,
    run: send,
  },
  get: {
    parameters: "[number] [folder]",
    help: "Fetches the last file, or another one.",
    details: "Without a folder, into the one for downloads. /numbers shows the numbers.",
    unlisted: true,
    isSuggested: false,
    run: get,
  },
  cancel: {
    parameters: "[name]",
    help: "Ends a file that is on its way.",
    details:
      "Nothing of it is kept. Where several are on their way, a part of the name says which.",
    unlisted: true,
    isSuggested: false,
    run: cancel,
  },
};

function send(desk: Desk, rest: string): void {
  const typed = readTypedPath(rest, desk.transfers.home);
  if (typed === null) throw new ChatError("bad_message", "Usage: /send FILE [text]");
  sendFile(desk, typed);
}

/** Sends a file to the conversation shown. */
export function sendFile(desk: Desk, { path, text }: TypedPath): void {
  const where = desk.conversations.current.title;
  follow(desk, async () => {
    await desk.transfers.send({ where, path, text });
    return null;
  });
}

function get(desk: Desk, rest: string): void {
  const posts = desk.conversations.current.posts.flatMap(({ folded }) => folded ?? []);
  const { body, rest: folder } = fileToGet(rest, posts, withSlash);
  const typed = readTypedPath(folder, desk.transfers.home);
  follow(desk, () => desk.transfers.fetch(body, typed?.path));
}

function cancel({ transfers }: Desk, rest: string): void {
  transfers.cancel(transferToCancel(rest, transfers.views, withSlash));
}

/** What an earlier run has begun goes on. */
export function goOnWithFiles(desk: Desk): void {
  for (const { direction, name, goOn } of desk.transfers.left) {
    const what = direction === "up" ? "Sending" : "Fetching";
    desk.view.notice(`${what} ${safeText(name)} goes on.`);
    follow(desk, goOn);
  }
}

/** A file takes its time: the person goes on meanwhile, and is told when it is there. */
function follow(desk: Desk, work: () => Promise<string | null>): void {
  const { view, client } = desk;
  work().then((path) => {
    if (path !== null) view.notice(`Saved: ${safeText(path)}`);
  }, (error: unknown) => {
    if (!(error instanceof ChatError)) throw error;
    if (!client.ended) view.warn(errorText(error, withSlash));
  });
}
