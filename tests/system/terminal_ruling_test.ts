/** Ruling a room from the terminal interface: roles, removals, bans, rules, refusals. */
import { assertRejects } from "@std/assert";
import { ChatError } from "../../protocol/wire/errors.ts";
import { withTerminalChat } from "./terminal_chat.ts";

Deno.test("an owner gives roles, removes, bans and sets rules; those whom it concerns are told, also elsewhere", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const joe = await people.come("joe");
    const jack = await sit("jack");
    jack.enter("/join garden");
    await jack.until(/2 #garden {2}\|/);
    for (const person of [jill, joe]) await person.rooms.join("#garden");
    jack.enter("/op jill");
    await jack.until("jill is now a moderator of #garden.");
    jack.enter("/rules topic moderators");
    await jack.until("#garden: only moderators can set the topic.");
    await assertRejects(() => joe.rooms.setTopic("#garden", "weeds"), ChatError, "jack");
    await jill.rooms.setRules("#garden", { speakers: "voiced" });
    await jack.until("#garden: only moderators and people with a voice can speak (set by jill).");
    jack.enter("/kick joe Please cool down.");
    await jack.until("joe was removed from #garden.");
    jack.enter("/ban joe");
    await jack.until("joe is banned from #garden.");
    await assertRejects(() => joe.rooms.join("#garden"), ChatError, "banned");
    jack.enter("/rules");
    await jack.until("topic moderators: only moderators can set the topic.");
    await jack.until("Banned: joe.");
    jack.enter("/unban joe");
    await jack.until("joe is no longer banned from #garden.");
    await joe.rooms.join("#garden");
  });
});

Deno.test("who is removed is told by whom and why, and writes to nobody; refusals say who could help", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    await jill.rooms.join("#garden");
    const jack = await sit("jack");
    jack.enter("/join #garden");
    await jack.until(/2 #garden {2}\|/);
    jack.enter("/kick jill");
    await jack.until(/Ask jill, who owns #garden,/);
    jack.enter("/rules speak jill");
    await jack.until("Usage: /rules speak everyone|voiced");
    jack.enter("/op");
    await jack.until("Usage: /op name");
    await jill.rooms.setRole("#garden", "jack", "voiced", true);
    await jack.until("You now have a voice in #garden (set by jill).");
    await jill.rooms.remove("#garden", "jack", "Enough.");
    await jack.until(
      "jill has removed you from #garden (Enough.): what you type here is not sent.",
    );
    jack.enter("still here");
    await jack.until(/Not sent/);
    await jill.rooms.setRules("#garden", { roomKey: "sesame" });
    jack.enter("/join #garden");
    await jack.until(/Ask jill, who owns #garden,/);
    jack.type("\r");
    jack.enter("/join #garden sesame");
    await jack.until("--- #garden ---");
  });
});
