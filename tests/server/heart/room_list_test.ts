import { assertEquals } from "@std/assert";
import { listPageMax } from "../../../protocol/wire/limits.ts";
import { Heart } from "../../fixtures/heart.ts";
import { stepsOf } from "../../fixtures/steps.ts";

Deno.test("rooms are listed by name in pages, and a new one stands where it belongs without all being sorted anew", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const names = ["#lobby"];
  const make = async (name: string) => {
    const named = { name, nameKey: name, skeleton: name };
    await heart.storage.submit({ type: "room", version: 1, ...named, madeBy: null });
    names.push(name);
  };
  const list = () => {
    const found: string[] = [];
    for (let more = true; more;) {
      const page = heart.chat.listRooms(jack.session, found.at(-1));
      found.push(...page.rooms.map(({ name }) => name));
      more = page.more;
    }
    return found;
  };
  // In no order, and each name once: 1,999 is a prime.
  for (let index = 0; index < listPageMax + 10; index++) await make(`#r${index * 7 % 1_999}`);
  assertEquals(list(), names.toSorted());
  for (const name of ["#a", "#r5b", "#zz"]) await make(name);
  assertEquals(await stepsOf(() => void list()), 0);
  assertEquals(list(), names.toSorted());
});
