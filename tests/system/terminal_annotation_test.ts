/** Earlier messages on a real terminal: answered, changed, reacted to, taken back. */
import type { ChatClient } from "../../client/core/chat/chat_client.ts";
import type { Annotation } from "../../client/core/chat/annotation.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { withTerminalChat } from "./terminal_chat.ts";

/** A post, as something can be said about it. */
async function post(client: ChatClient, where: string, text: string) {
  const id = newPostId(Date.now());
  const { sequence } = where.startsWith("#")
    ? await client.post(where, text, id)
    : await client.sendPrivate(where, text, id);
  return { sequence, id };
}

function about(
  { sequence, id }: { readonly sequence: number; readonly id: string },
  kind: Annotation["kind"],
  text: string,
): Annotation {
  return { kind, target: sequence, targetId: id, text };
}

Deno.test("what is said about earlier messages is shown as it comes, and folded in where it is shown again", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack");
    const roses = await post(jill, "#lobby", "roses or tulips, jack?");
    await jack.until("roses or tulips");
    jack.enter("/reply tulps");
    await jack.until("╭ jill: roses or tulips, jack?");
    jack.enter("/edit tulips");
    await jack.until("↳ jack edited: tulips");
    jack.enter("/react jill 👍");
    await jack.until('↳ jack: 👍 to "roses or tulips, jack?"');
    await jill.annotate("#lobby", about(roses, "edit", "roses, jack?"));
    await jack.until("↳ jill edited: roses, jack?");
    jack.enter("oops");
    await jack.until(">jack: oops");
    jack.enter("/delete");
    await jack.until("↳ jack took a message back");
    jack.enter("/ch #lobby");
    await jack.until(/jill: roses, jack\? \(edited\)\s+↳ jack: 👍/);
    await jack.until("╭ jill: roses, jack?");
    await jack.until(/>jack: tulips \(edited\)/);
    await jack.until(">jack: (taken back)");
  });
});

Deno.test("an unchanged edit says nothing, numbers name messages, and a slip takes nothing back", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack");
    jack.enter("violets");
    await jack.until(">jack: violets");
    jack.enter("/edit");
    await jack.until(/> \/edit \d+ violets/);
    jack.type("\r");
    await jack.until("Nothing was changed: the message says that already.");
    jack.enter("/delete violets");
    await jack.until("Usage: /delete [number]");
    const { sequence } = await jill.post("#lobby", "first");
    await jill.post("#lobby", "second");
    await jack.until("jill: second");
    jack.enter("/numbers");
    await jack.until(`${sequence} #lobby  jill: first`);
    jack.type("\x1be");
    await jack.until(/> \/edit \d+ violets/);
    jack.type("\x03\x1br");
    await jack.until(/> \/reply \d+/);
    jack.enter("to the second");
    await jack.until(/╭ jill: second\s.*>jack: to the second/s);
    jack.enter(`/reply ${sequence} to the first`);
    await jack.until(/╭ jill: first\s.*>jack: to the first/s);
    jack.enter("/react 99999 x");
    await jack.until("No message here has the number 99999. /numbers shows them.");
  });
});

Deno.test("private messages are answered, edited, reacted to and taken back as those in rooms are", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack");
    jack.enter("/pm jill");
    await jack.until("end-to-end encrypted");
    const roses = await post(jill, "jack", "roses or tulips?");
    await jack.until("jill: roses or tulips?");
    jack.enter("/reply tulps");
    await jack.until("╭ jill: roses or tulips?");
    jack.enter("/edit tulips");
    await jack.until("↳ jack edited: tulips");
    jack.enter("/react jill :thumbsup:");
    await jack.until('↳ jack: 👍 to "roses or tulips?"');
    await jill.annotate("jack", about(roses, "edit", "roses?"));
    await jack.until("↳ jill edited: roses?");
    jack.enter("/me waves");
    await jack.until("* jack waves");
    jack.enter("/delete");
    await jack.until("↳ jack took a message back");
    jack.enter("/ch jill");
    await jack.until(/jill -> jack: roses\? \(edited\)\s+↳ jack: 👍/);
    await jack.until("╭ jill: roses?");
    await jack.until(/jack -> jill: tulips \(edited\)/);
    await jack.until("(taken back)");
  });
});
