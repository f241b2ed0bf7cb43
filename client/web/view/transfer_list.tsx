/**
 * Files on their way.
 *
 * @module
 */
import type { PageTransfers } from "../state/page_transfers.ts";
import { IconButton } from "./icons.tsx";

/** One line each, above the input. */
export function TransferList({ transfers }: { readonly transfers: PageTransfers }) {
  if (transfers.list.value.length === 0) return null;
  return (
    <ul class="transfers" aria-label="Files on their way">
      {transfers.list.value.map(({ id, name, direction, part, stop }) => (
        <li key={id}>
          <bdi>{name}</bdi>
          <progress
            max={1}
            value={part}
            aria-label={`${direction === "up" ? "Sending" : "Fetching"} ${name}`}
          />
          <span aria-hidden="true">{Math.floor(part * 100)} %</span>
          <IconButton icon="close" label={`Stop ${name}`} onClick={stop} />
        </li>
      ))}
    </ul>
  );
}
