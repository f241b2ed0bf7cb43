/**
 * The page: what a browser runs first.
 *
 * @module
 */
import { render } from "preact";
import { browserProblem } from "./wire/browser_needs.ts";
import { fetchSettings } from "./wire/page_settings.ts";
import type { PageEntry } from "./state/entry.ts";
import { PageState } from "./state/page_state.ts";
import { PageView } from "./view/page_view.tsx";
import { Unusable } from "./view/unusable.tsx";

export * from "./shared_parts.ts";

/** Asks what is to be shown, and shows it. */
async function main(): Promise<void> {
  const place = document.getElementById("page")!;
  const problem = await browserProblem();
  if (problem !== null) return render(<Unusable message={problem} />, place);
  try {
    const state = new PageState(await fetchSettings());
    const focused = takeTyped(place, state.entry);
    render(<PageView state={state} />, place);
    if (focused !== undefined) place.querySelector<HTMLElement>(`[name=${focused}]`)?.focus();
    await state.start();
  } catch {
    const message =
      "The program that serves this page does not answer. Start it again, and open the address that it prints.";
    render(<Unusable message={message} />, place);
  }
}

/**
 * The document has the first form before this program is there: what was typed into it stays, and where that was is told, since the first
 * drawing moves the inputs.
 */
function takeTyped(place: HTMLElement, entry: PageEntry): "server" | "name" | undefined {
  let focused: "server" | "name" | undefined;
  for (const name of ["server", "name"] as const) {
    const input = place.querySelector<HTMLInputElement>(`[name=${name}]`);
    if (input?.value) entry[name].value = input.value.trim();
    if (input?.matches(":focus")) focused = name;
  }
  return focused;
}

void main();
