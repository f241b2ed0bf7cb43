/**
 * Who comes, and with which password.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { passwordCharactersMin } from "../../../protocol/wire/limits.ts";
import type { EntryStep, PageEntry } from "../state/entry.ts";

/** A form's handler, without the browser's own way to send one. */
function submitting(act: () => void) {
  return (event: Event) => {
    event.preventDefault();
    act();
  };
}

/** Which server, and who. */
export function WhoForm({ entry }: { readonly entry: PageEntry }) {
  const submit = submitting(() => void entry.lookUp());
  return (
    <form onSubmit={submit}>
      {entry.choosesServer && (
        <label>
          Server
          <input
            required
            name="server"
            list="known-servers"
            placeholder="host:port"
            autocapitalize="off"
            spellcheck={false}
            value={entry.server.value}
            onInput={(event) => entry.server.value = event.currentTarget.value.trim()}
          />
          <datalist id="known-servers">
            {entry.settings.known.map((server) => <option key={server} value={server} />)}
          </datalist>
        </label>
      )}
      <label>
        Your name
        <input
          required
          autofocus
          name="name"
          autocomplete="username"
          autocapitalize="off"
          spellcheck={false}
          value={entry.name.value}
          onInput={(event) => entry.name.value = event.currentTarget.value.trim()}
        />
      </label>
      <button type="submit" class="primary">Continue</button>
    </form>
  );
}

/** What {@linkcode PasswordForm} is about. */
type PasswordStep = Extract<EntryStep, { kind: "password" }>;

/** The password of an account, or a new one. */
export function PasswordForm(
  { entry, step }: { readonly entry: PageEntry; readonly step: PasswordStep },
) {
  const password = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);
  useEffect(() => password.current?.focus(), []);
  const isNew = step.account === "new";
  const submit = submitting(() => {
    void entry.submitPassword(password.current?.value ?? "", again.current?.value ?? "");
  });
  return (
    <form onSubmit={submit}>
      <p class="welcome">
        {isNew ? "New here: " : "Welcome back, "}
        <strong>
          <bdi>{entry.name.value}</bdi>
        </strong>{" "}
        on <bdi>{step.serverName || entry.serverKey}</bdi>
      </p>
      {step.greeting !== "" && <blockquote class="greeting">{step.greeting}</blockquote>}
      {isNew && (
        <p class="fine">
          No one has this name yet. Choose a password of {passwordCharactersMin}{" "}
          characters or more to register it. Nobody can recover it if you forget it.
        </p>
      )}
      <input type="text" autocomplete="username" value={entry.name.value} readOnly hidden />
      <label>
        Password
        <input
          ref={password}
          required
          type="password"
          minLength={isNew ? passwordCharactersMin : 0}
          autocomplete={isNew ? "new-password" : "current-password"}
        />
      </label>
      {isNew && (
        <label>
          The same again
          <input ref={again} required type="password" autocomplete="new-password" />
        </label>
      )}
      <button type="submit" class="primary">{isNew ? "Create account" : "Sign in"}</button>
      <button type="button" class="quiet" onClick={() => entry.back()}>Someone else</button>
    </form>
  );
}
