/**
 * The place of what lies over the page, which is a file of its own: it comes after everything that is needed at first.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import type { PageSession } from "../state/page_session.ts";

/** What draws them; null until it is here. */
const overlays = signal<typeof import("./overlays.tsx") | null>(null);

/** What is open, if anything is. */
export function OverlayPlace({ session }: { readonly session: PageSession }) {
  const isOpen = isAnyOpen(session);
  const drawn = overlays.value;
  // As soon as the chat is there; once more with each that is opened, where that has failed.
  useEffect(() => void loadOverlays(), [isOpen]);
  useLayoutEffect(() => {
    // What is typed is meant for what is about to be there, and must not be sent to where one is.
    if (isOpen && drawn === null) (document.activeElement as HTMLElement | null)?.blur();
  }, [isOpen, drawn]);
  return drawn && <drawn.Overlays session={session} />;
}

function isAnyOpen({ overlay, outgoing, transfers }: PageSession): boolean {
  const isAsked = outgoing.consent.value !== null || transfers.question.value !== null;
  return isAsked || (overlay.value !== null && overlay.value !== "people");
}

async function loadOverlays(): Promise<void> {
  overlays.value ??= await import("./overlays.tsx");
}
