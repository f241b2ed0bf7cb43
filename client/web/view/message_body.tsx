/**
 * What a message says.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import { type Block, type Inline, messageBlocks } from "../text/message_blocks.ts";
import type { PageTransfers } from "../state/page_transfers.ts";
import { FileCard } from "./file_card.tsx";
import { pageRemarkText } from "../text/page_words.ts";

/** What a body is given. */
interface MessageBodyProps {
  readonly id: string;
  readonly post: FoldedPost;
  readonly ownName: string;
  readonly transfers: PageTransfers;
}

/** The text, and what must be said about it. */
export function MessageBody({ id, post, ownName, transfers }: MessageBodyProps) {
  const { kind, message, to, from, edits } = post;
  if (kind === "retracted") return <p id={id} class="retracted">This message was taken back.</p>;
  const text = safeText(message.text ?? "", { lines: "keep" });
  const isReadable = !to.startsWith("#") && !message.encrypted;
  return (
    <div
      id={id}
      class={`text ${kind === "action" ? "action" : ""} ${
        kind === "notice" ? "said-by-program" : ""
      }`}
      dir="auto"
    >
      {kind === "action" && <bdi class="actor">{`${safeText(from)} `}</bdi>}
      {message.file !== undefined && <FileCard body={message.file} transfers={transfers} />}
      {message.text !== null && message.file === undefined &&
        messageBlocks(text, ownName).map(blockElement)}
      {edits.length > 0 && <small class="edited">edited</small>}
      {isReadable && <small class="readable">not end-to-end encrypted</small>}
      {message.problem !== null && <p class="trouble">{pageRemarkText(message.problem)}</p>}
    </div>
  );
}

/** A part of a text. Elements are made of it, never HTML. */
function blockElement(block: Block) {
  if (block.kind === "code") return <pre tabIndex={0}><code>{block.text}</code></pre>;
  const lines = block.lines.flatMap((line, at) => [
    at > 0 && <br key={at} />,
    ...line.map(inlineElement),
  ]);
  return block.kind === "quote" ? <blockquote>{lines}</blockquote> : <p>{lines}</p>;
}

function inlineElement(part: Inline) {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "bold":
      return <strong>{part.text}</strong>;
    case "mention":
      return <mark>{part.text}</mark>;
    case "link":
      return (
        <a href={part.target} target="_blank" rel="noopener noreferrer nofollow">{part.text}</a>
      );
  }
}
