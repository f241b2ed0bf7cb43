/**
 * The place of what lies over the page, which is a file of its own: it comes after everything that is needed at first.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PageSession } from "../state/page_session.ts";

/** What draws them; null until it is here. */
const overlays = signal<typeof import("./overlays.tsx") | null>(null);

/** What is open, if anything is. */
export function OverlayPlace({ session }: { readonly session: PageSession }) {
  // As soon as the chat is there; once more with each that is opened, where that has failed.
  useEffect(() => void loadOverlays(), [session.overlay.value]);
  const drawn = overlays.value;
  return drawn && <drawn.Overlays session={session} />;
}

async function loadOverlays(): Promise<void> {
  overlays.value ??= await import("./overlays.tsx");
}
