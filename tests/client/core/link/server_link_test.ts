import { assertEquals, assertRejects } from "@std/assert";
import type { Link } from "../../../../client/core/link/link.ts";
import { ServerLink } from "../../../../client/core/link/server_link.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";

const binding = new Uint8Array(32);
const lost = new ChatError("disconnected", "lost");

/** A link that answers, or fails with an error. */
function link(error?: ChatError): Link {
  const request = () => error === undefined ? Promise.resolve("answer") : Promise.reject(error);
  return { request } as unknown as Link;
}

Deno.test("surely() waits for the next link when one is lost", async () => {
  const line = new ServerLink(link(lost), binding);
  let tries = 0;
  const answer = line.surely(() => {
    tries++;
    return line.request("ping", {});
  });
  await Promise.resolve();
  line.replace(link(new ChatError("timeout", "late")), binding);
  await Promise.resolve();
  line.replace(link(), binding);
  assertEquals(await answer as unknown, "answer");
  assertEquals(tries >= 2, true);
});

Deno.test("surely() passes on what the server answered", async () => {
  const line = new ServerLink(link(new ChatError("forbidden", "no")), binding);
  const error = await assertRejects(() => line.surely(() => line.request("ping", {})), ChatError);
  assertEquals(error.code, "forbidden");
});

Deno.test("surely() ends with the client", async () => {
  const line = new ServerLink(link(lost), binding);
  const answer = line.surely(() => line.request("ping", {}));
  line.end(new ChatError("sign_in_refused", "over"));
  const error = await assertRejects(() => answer, ChatError);
  assertEquals(error.code, "sign_in_refused");
});

Deno.test("a line that ends while nobody waits disturbs nobody", () => {
  new ServerLink(link(), binding).end(lost);
});
