/**
 * Keys that work wherever the focus is.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import type { Overlay, PageSession } from "../state/page_session.ts";

/** Listens as long as the chat is shown. */
export function useShortcuts(session: PageSession): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const act = actionOf(event, session);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session]);
}

function actionOf(event: KeyboardEvent, session: PageSession): (() => void) | null {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const open = (overlay: Overlay) => () => session.overlay.value = overlay;
  if (key === "escape" && session.overlay.value === "people") return open(null);
  if (command && key === "k") return open("switcher");
  if (command && event.shiftKey && key === "f") return open("search");
  if (command && key === "/") return open("help");
  if (event.altKey && (key === "arrowup" || key === "arrowdown")) {
    const step = key === "arrowdown" ? 1 : -1;
    return () => {
      const next = session.conversations.neighbour(step, event.shiftKey);
      if (next !== undefined) void session.show(next);
    };
  }
  return null;
}
