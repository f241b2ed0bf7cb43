/** Earlier messages on a real terminal: answered, changed, reacted to, taken back. */
import { withTerminalChat } from "./terminal_chat.ts";

Deno.test("what is said about earlier messages is shown as it comes, and folded in where it is shown again", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack");
    const { sequence } = await jill.post("#lobby", "roses or tulips, jack?");
    await jack.until("roses or tulips");
    jack.enter("/reply tulps");
    await jack.until("╭ jill: roses or tulips, jack?");
    jack.enter("/edit tulips");
    await jack.until("↳ jack edited a message: tulips");
    jack.enter("/react jill 👍");
    await jack.until('↳ jack reacts to "roses or tulips, jack?": 👍');
    await jill.annotate("#lobby", {
      kind: "edit",
      target: sequence,
      targetId: "",
      text: "roses, jack?",
    });
    await jack.until("↳ jill edited a message: roses, jack?");
    jack.enter("oops");
    await jack.until(">jack: oops");
    jack.enter("/delete");
    await jack.until("↳ jack took a message back");
    jack.enter("/ch #lobby");
    await jack.until(/jill: roses, jack\? \(edited\)\s+👍 jack/);
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
    jack.enter(`/reply ${sequence} to the first`);
    await jack.until(/╭ jill: first\s.*>jack: to the first/s);
    jack.enter("/react 99999 x");
    await jack.until("No message here has the number 99999. /numbers shows them.");
  });
});
