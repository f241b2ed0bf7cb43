/**
 * Is it the right server?
 *
 * @module
 */
import { useState } from "preact/hooks";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { PageEntry } from "../state/entry.ts";
import type { ChangedServerError } from "../wire/gateway_connection.ts";
import type { FirstContact } from "../wire/gateway_messages.ts";

/** A fingerprint, to be compared by eye. */
function Fingerprint({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <dl class="fingerprint">
      <dt>{label}</dt>
      <dd>
        <code>{safeText(text)}</code>
      </dd>
    </dl>
  );
}

/** A server that nobody here has seen. */
export function FirstContactForm(
  { entry, contact }: { readonly entry: PageEntry; readonly contact: FirstContact },
) {
  return (
    <section aria-labelledby="contact-title">
      <h2 id="contact-title">Is this the right server?</h2>
      <p>
        <bdi>{safeText(contact.host)}</bdi> port {contact.port}{" "}
        is not known on this computer yet. The server printed its fingerprint when it started. Is it
        the same?
      </p>
      <Fingerprint label="It shows" text={contact.fingerprint} />
      <div class="buttons">
        <button type="button" class="primary" onClick={() => entry.answerContact(true)}>
          Yes, it is the same
        </button>
        <button type="button" onClick={() => entry.answerContact(false)}>No, stop</button>
      </div>
    </section>
  );
}

/** A server that shows another certificate than before. */
export function ChangedServerForm(
  { entry, error }: { readonly entry: PageEntry; readonly error: ChangedServerError },
) {
  const [isCompared, setCompared] = useState(false);
  return (
    <section aria-labelledby="changed-title" class="danger">
      <h2 id="changed-title">The server’s certificate has changed</h2>
      <p>
        Either the server was set up again, or someone is between you and the server, reading or
        changing what you write. Your name and password were not sent. Ask the person who runs the
        server, in some other way than this, which fingerprint it printed when it started.
      </p>
      {error.before !== null && <Fingerprint label="Before" text={error.before} />}
      <Fingerprint label="Now" text={error.now} />
      <label class="check">
        <input
          type="checkbox"
          checked={isCompared}
          onChange={(event) => setCompared(event.currentTarget.checked)}
        />
        I have compared it, letter for letter: it is the one after “Now”.
      </label>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => entry.back()}>Stop here</button>
        <button
          type="button"
          disabled={!isCompared}
          onClick={() => void entry.acceptChanged(error)}
        >
          Trust the new one
        </button>
      </div>
    </section>
  );
}
