import { assertEquals } from "@std/assert";
import { hasWords } from "../../../../../server/storage/sqlite/search/search_text.ts";
import { WordLists } from "../../../../../server/storage/sqlite/search/word_lists.ts";

Deno.test("a post's word list is made once", () => {
  const lists = new WordLists();
  assertEquals(lists.known(1), undefined);
  assertEquals(lists.of(1, "Käse, Brot"), "\nkase\nbrot");
  assertEquals(lists.known(1), "\nkase\nbrot");
  assertEquals(lists.of(1, "never looked at"), "\nkase\nbrot");
  assertEquals(lists.size, 1);
});

Deno.test("the oldest word lists are forgotten, and made again when they are wanted", () => {
  const lists = new WordLists(10);
  lists.of(1, "aaaa");
  lists.of(2, "bbbb");
  lists.of(3, "cccc");
  assertEquals(lists.size, 2);
  assertEquals(lists.of(1, "aaaa"), "\naaaa");
  assertEquals(
    new WordLists(10).of(1, "longer than all that is kept"),
    "\nlonger\nthan\nall\nthat\nis\nkept",
  );
});

Deno.test("a word is found at the beginning of a word only", () => {
  assertEquals(hasWords("sunflower moon", ["sun", "moon"]), true);
  assertEquals(hasWords("sunflower moon", ["flower"]), false);
  assertEquals(hasWords("sun moon", ["sunmoon"]), false);
});
