/**
 * What is said while the server cannot be reached.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import type { ConnectionNow } from "../state/page_connection.ts";
import type { PageSession } from "../state/page_session.ts";
import { Icon } from "./icons.tsx";

/** A line above the messages; nothing while all is well. */
export function ConnectionBanner({ session }: { readonly session: PageSession }) {
  const now = session.connection.now.value;
  return (
    <div role="status">
      {now.kind !== "online" && (
        <div class={`banner ${now.kind}`}>
          <Icon name="warning" />
          <span>
            <Words now={now} />
          </span>
          {now.kind === "offline" && now.mayHurry && (
            <button
              type="button"
              onClick={() => session.client.retryNow()}
            >
              Try now
            </button>
          )}
          {now.kind === "ended" && (
            <button type="button" onClick={() => location.reload()}>Sign in again</button>
          )}
        </div>
      )}
    </div>
  );
}

function Words({ now }: { readonly now: ConnectionNow }) {
  switch (now.kind) {
    case "online":
      return null;
    case "moving":
      return <>Going on with another server…</>;
    case "offline":
      return (
        <>
          Offline. What you write waits here and is sent later. <NextTry atMs={now.retryAtMs} />
        </>
      );
    case "ended":
      return <>{now.why}</>;
  }
}

/** Counts down; not said aloud again and again. */
function NextTry({ atMs }: { readonly atMs: number }) {
  const [leftS, setLeft] = useState(() => secondsUntil(atMs));
  useEffect(() => {
    setLeft(secondsUntil(atMs));
    const timer = setInterval(() => setLeft(secondsUntil(atMs)), 1_000);
    return () => clearInterval(timer);
  }, [atMs]);
  return <span aria-hidden="true">{leftS > 0 ? `Next try in ${leftS} s.` : "Trying…"}</span>;
}

function secondsUntil(atMs: number): number {
  return Math.max(0, Math.ceil((atMs - performance.now()) / 1_000));
}
