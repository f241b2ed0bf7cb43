/** Finding what was said, on a real terminal. */
import { withTerminalChat } from "./terminal_chat.ts";

Deno.test("a search finds private messages, too, says where it has looked, and Alt-C leads to what stood around", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    for (const text of ["before", "roses in the room", "after"]) await jill.post("#lobby", text);
    const jack = await sit("jack");
    await jill.sendPrivate("jack", "and roses in private");
    await jack.until("2 jill: 1!");
    jack.enter("/search rose");
    await jack.until(/\d+ PM {2}jill -> jack: and roses in private/);
    await jack.until(/Searched: the rooms[^]*in,\s+and\s+1\s+private\s+message\s+in\s+1/);
    jack.enter("/search room");
    await jack.until("End of search (1 message)");
    jack.type("\x1bc");
    await jack.until(
      /--- #lobby, around message \d+ ---\s.*before.*roses in the room.*after.*--- end ---/s,
    );
  });
});

Deno.test("mentions are listed, a day is shown, and what a message said at first", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    await jill.post("#lobby", "jack: do you read this?");
    await jill.post("#lobby", "nobody is named jackson here");
    const jack = await sit("jack");
    jack.enter("/mentions");
    await jack.until("End of mentions (1 message, in rooms that you are in).");
    jack.enter("/ch today");
    await jack.until(/End of \d{4}-\d\d-\d\d \(2 messages\)/);
    jack.enter("/ch 2020-02-29");
    await jack.until("End of 2020-02-29 (0 messages)");
    jack.enter("rose");
    await jack.until(">jack: rose");
    jack.enter("/edit roses");
    await jack.until("↳ jack edited: roses");
    jack.enter("/ch of 3");
    await jack.until(/Message 3 of jack said at first: rose\s+edited: roses/);
  });
});
