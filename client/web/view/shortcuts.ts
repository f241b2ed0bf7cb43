/**
 * Keys that work wherever the focus is.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import type { Overlay, PageSession } from "../state/page_session.ts";

/** Every key with what it does, for help. */
export const shortcutHelp: readonly (readonly [keys: string, does: string])[] = [
  ["Ctrl K", "Go to a room or a person"],
  ["Ctrl Shift F", "Search"],
  ["Alt ↑  Alt ↓", "The conversation before, or after"],
  ["Alt Shift ↑  Alt Shift ↓", "The same, to one with something unread"],
  ["Enter", "Send"],
  ["Shift Enter", "A new line"],
  ["↑", "In an empty message: edit your last one"],
  ["Tab", "Complete a name, a room or an emoji"],
  ["Esc", "Mark as read, and go to the newest message"],
  ["↑  ↓", "Among messages: choose one"],
  ["R  E  +  Delete", "On a chosen message: reply, edit, react, take back"],
  ["Ctrl /", "This help"],
];

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
