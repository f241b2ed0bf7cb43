/**
 * A file that somebody has sent.
 *
 * @module
 */
import { useMemo } from "preact/hooks";
import { readFileContent } from "../../../protocol/files/file_content.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { sizeText } from "../../../protocol/text/size_text.ts";
import { isPicture } from "../files/page_blobs.ts";
import { type PageTransfers, pictureKey } from "../state/page_transfers.ts";
import { Icon } from "./icons.tsx";

/** What a card is given. */
interface FileCardProps {
  /** What the post says of the file. */
  readonly body: string;
  readonly transfers: PageTransfers;
}

/** Its name and size, and a way to have it; a picture that was fetched. */
export function FileCard({ body, transfers }: FileCardProps) {
  const content = useMemo(() => readFileContent(body), [body]);
  if (content === null) return <p class="trouble">A file that this page cannot read.</p>;
  const { name, size, type, text } = content;
  const picture = transfers.pictures.value.get(pictureKey(content));
  const shown = safeText(name);
  if (picture !== undefined) return <img class="picture" src={picture} alt={shown} />;
  return (
    <div class="file">
      <Icon name="file" />
      <span class="file-name">
        <bdi>{shown}</bdi>
        <small>{sizeText(size)}{text === "" ? "" : ` · ${safeText(text)}`}</small>
      </span>
      <button type="button" onClick={() => void transfers.get(content)}>
        {isPicture(type) ? "Show" : "Save"}
        <span class="unseen">{` ${shown}`}</span>
      </button>
    </div>
  );
}
