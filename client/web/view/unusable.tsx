/**
 * What is shown where the page cannot be used.
 *
 * @module
 */

/** One clear sentence in place of a blank page. */
export function Unusable({ message }: { readonly message: string }) {
  return (
    <main class="entry">
      <div class="card">
        <h1>chat</h1>
        <p role="alert">{message}</p>
      </div>
    </main>
  );
}
