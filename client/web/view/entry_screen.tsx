/**
 * The way in: one question after the other.
 *
 * @module
 */
import type { EntryStep, PageEntry } from "../state/entry.ts";
import { ChangedServerForm, FirstContactForm } from "./server_trust_forms.tsx";
import { PasswordForm, WhoForm } from "./sign_in_forms.tsx";

/** A card in the middle of the page. */
export function EntryScreen({ entry }: { readonly entry: PageEntry }) {
  return (
    <main class="entry">
      <div class="card">
        <h1>
          <span class="brand" aria-hidden="true" />chat
        </h1>
        <EntryForm entry={entry} step={entry.step.value} />
        <p class="problem" role="alert">{entry.problem.value}</p>
        {entry.settings.way === "server" && <ServedBy />}
      </div>
    </main>
  );
}

function EntryForm({ entry, step }: { readonly entry: PageEntry; readonly step: EntryStep }) {
  switch (step.kind) {
    case "who":
      return <WhoForm entry={entry} />;
    case "busy":
      return <p class="busy" role="status">{step.what}…</p>;
    case "first_contact":
      return <FirstContactForm entry={entry} contact={step.contact} />;
    case "changed":
      return <ChangedServerForm entry={entry} error={step.error} />;
    case "password":
      return <PasswordForm entry={entry} step={step} />;
  }
}

/** A page that a server has sent can be changed by whoever runs it: that is said where somebody decides to use it. */
function ServedBy() {
  return (
    <p class="fine">
      This page comes from the chat server itself. Private messages are end-to-end encrypted, but
      whoever runs the server could change the page and read them. Where that matters, use the chat
      program: <code>chat client --web</code>.
    </p>
  );
}
