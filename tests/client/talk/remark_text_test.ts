import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ClientError, type Remark } from "../../../client/core/link/client_error.ts";
import {
  errorText,
  inCapitals,
  markedErrorText,
  remarkText,
  withSlash,
} from "../../../client/talk/remark_text.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";

const changed: Remark = { kind: "key_changed", name: "jill" };

Deno.test("commands are written as in the interface that is at hand", () => {
  assertStringIncludes(
    remarkText(changed, inCapitals),
    "(VERIFY jill) or accept the new key (TRUST jill).",
  );
  assertStringIncludes(
    remarkText(changed, withSlash),
    "(/verify jill) or accept the new key (/trust jill).",
  );
  const closed: Remark = {
    kind: "closed",
    error: new ClientError("key_changed", { kind: "unaccepted_key", name: "jill" }),
  };
  assertMatch(
    remarkText(closed, inCapitals),
    /^This message cannot be opened\. .* VERIFY jill or TRUST jill, then CH shows it\.$/,
  );
  assertMatch(
    remarkText(closed, withSlash),
    /\/verify jill or \/trust jill, then \/ch shows it\.$/,
  );
});

Deno.test("a message whose key could not be looked up is shown later, whatever broke the connection", () => {
  const error = new ClientError("disconnected", { kind: "connection_lost" });
  assertEquals(
    remarkText({ kind: "closed", error }, withSlash),
    "This message cannot be opened. The connection was lost while its key was looked up. /ch shows it later.",
  );
});

Deno.test("an error of the server is one line, marked where nothing else tells whose words it is", () => {
  const message = "**** Incoming private message from jill ****: a\nb";
  const error = new ChatError("forbidden", message, { fromServer: true });
  const line = "**** Incoming private message from jill ****: a ⏎ b";
  assertEquals(errorText(error, inCapitals), line);
  assertEquals(markedErrorText(error, inCapitals), `server: ${line}`);
  assertEquals(markedErrorText(new ChatError("timeout", "No answer."), inCapitals), "No answer.");
});

Deno.test("a name that a server made up cannot leave its line", () => {
  const text = remarkText({ kind: "no_key", name: "jill\n**** \u001b[2J" }, withSlash);
  assertEquals(text, "The server has no key for jill ⏎ **** ␛[2J.");
});
