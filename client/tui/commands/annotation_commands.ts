/**
 * Commands about earlier messages: /reply, /edit, /delete, /react, /numbers.
 *
 * @module
 */
import type { AnnotationKind } from "../../../protocol/wire/post_kinds.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { withSlash } from "../../talk/remark_text.ts";
import { readReference, type Reference } from "../../talk/post_reference.ts";
import { type FoldedPost, reactionTo, withEdits } from "../../talk/folded_posts.ts";
import type { ChatCommand } from "./chat_command.ts";
import { mentions } from "../../talk/mentions.ts";
import { typedReaction } from "../../talk/typed_reaction.ts";
import type { Desk } from "./session_api.ts";

/** Commands about earlier messages, by name. */
export const annotationCommands: Readonly<Record<string, ChatCommand>> = {
  reply: {
    parameters: "[number|name] text",
    help: "Answers an earlier message.",
    details:
      "Without a number or a name, the last one that mentions you, or else the last one of somebody else. /reply alone, or Alt-R, begins one. " +
      "/edit, /delete, /react and /numbers are about earlier messages, too.",
    completes: "user",
    isSuggested: false,
    run: (desk, rest) => rest === "" ? prepare(desk, "reply") : annotate(desk, "reply", rest),
  },
  edit: {
    parameters: "[number] [text]",
    help: "Changes your last message, or another one.",
    details: "/edit alone, or Alt-E, puts your last message into the input.",
    unlisted: true,
    isSuggested: false,
    run: edit,
  },
  delete: {
    parameters: "[number]",
    help: "Takes back your last message, or another one.",
    details:
      "Moderators can take back anyone's. The text is removed from the server, and stays where it was read before.",
    unlisted: true,
    isSuggested: false,
    run: takeBack,
  },
  react: {
    parameters: "[number|name] emoji",
    help: "Reacts to an earlier message.",
    details:
      "With an emoji, its name (:thumbsup:), or one short word. The same once more takes it back.",
    unlisted: true,
    completes: "user",
    isSuggested: false,
    run: (desk, rest) => annotate(desk, "reaction", rest),
  },
  numbers: {
    parameters: "",
    help: "Shows or hides the numbers of messages.",
    unlisted: true,
    run: numbers,
  },
};

function refer(desk: Desk, kind: AnnotationKind, typed: string): Reference<FoldedPost> {
  const { client, conversations: { current, ownMention } } = desk;
  return readReference(typed, current.posts.flatMap(({ folded }) => folded ?? []), {
    kind,
    ownName: client.name,
    mentionsOwn: ({ message }) => mentions(message.text ?? "", ownMention),
    spell: withSlash,
  });
}

async function annotate(desk: Desk, kind: AnnotationKind, typed: string): Promise<void> {
  const place = desk.conversations.current.title;
  const { post, text } = refer(desk, kind, typed.trim());
  if (text === "" && kind !== "retraction") {
    const name = kind === "reaction" ? "react" : kind;
    throw new ChatError("bad_message", `Usage: /${name} ${annotationCommands[name]!.parameters}`);
  }
  if (kind === "edit" && text === post.message.text) {
    return desk.view.notice("Nothing was changed: the message says that already.");
  }
  if (kind === "retraction") {
    return void await desk.client.takeBack(place, withEdits(post));
  }
  const said = kind === "reaction"
    ? reactionTo(post, desk.client.name, typedReaction(text))
    : { kind, target: post.sequence, targetId: post.id, text };
  await desk.client.annotate(place, said);
}

/** `/edit 12` and `/edit` are asked with the text that is there; with a text, it takes its place. */
function edit(desk: Desk, rest: string): Promise<void> | void {
  return /^(#?\d+)?$/.test(rest.trim())
    ? prepare(desk, "edit", rest)
    : annotate(desk, "edit", rest);
}

/** Puts the beginning of the command into the input, which is empty where a command was just typed. */
function prepare(desk: Desk, kind: "reply" | "edit", typed = ""): void {
  // A number alone would be the text.
  const { post } = refer(desk, kind, typed === "" ? "" : `${typed.trim()} .`);
  const text = kind === "edit" ? post.message.text ?? "" : "";
  desk.view.input.begin(`/${kind} ${post.sequence} ${text}`);
}

/** A slip of the finger takes nothing back: anything but a number is not understood. */
async function takeBack(desk: Desk, rest: string): Promise<void> {
  if (!/^(#?\d+)?$/.test(rest.trim())) {
    throw new ChatError("bad_message", "Usage: /delete [number]");
  }
  await annotate(desk, "retraction", rest);
}

function numbers(desk: Desk): void {
  desk.showsNumbers = !desk.showsNumbers;
  if (!desk.showsNumbers) return desk.view.notice("Messages are shown without numbers again.");
  desk.view.notice("Messages are shown with their numbers from now on:");
  desk.printFound(desk.conversations.current.posts.slice(-numberedPosts));
}

/** How many messages are shown again with their numbers. */
const numberedPosts = 10;
