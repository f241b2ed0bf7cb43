/** What an operation says that failed. */
import { assertEquals } from "@std/assert";
import { ClientError } from "../../../client/core/link/client_error.ts";
import { UntrustedServerError } from "../../../client/core/link/untrusted_server_error.ts";
import { complaint } from "../../../client/plain/complaint.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";

Deno.test("a message that waited for a server which turned out to be another one is refused in one line: the warning stands at the end", () => {
  const warning = new UntrustedServerError(
    "\n*** WARNING ***\n\n  server  lab\n  now     SHA256:x",
  );
  const line = "Nothing was sent: the server is not the one that this program trusts.";
  for (const isOnline of [true, false]) assertEquals(complaint(warning, isOnline), line);
});

Deno.test("what gets no answer says whether there is a connection at all, and what was refused says why", () => {
  const lost = new ClientError("timeout", { kind: "no_answer" });
  assertEquals(complaint(lost, true), "The server is not answering.");
  const noConnection =
    "There is no connection to the server at the moment. Try again when it is back.";
  assertEquals(complaint(lost, false), noConnection);
  const full = new ChatError("too_many", "The room is full.");
  assertEquals(complaint(full, false), "The room is full.");
});
