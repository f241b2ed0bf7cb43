import { assertEquals, assertThrows } from "@std/assert";
import { encodeCommand } from "../../../../server/storage/command_text.ts";
import { decodeBatch, encodeBatch } from "../../../../server/storage/nats/batch_text.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { randomCommands } from "../../../fixtures/random_commands.ts";
import { Random } from "../../../stress/random.ts";

const head = { node: 'lab "one"', run: "a-run", number: 7 };

Deno.test("a batch is read as it was written, whatever commands are in it", () => {
  for (const count of [0, 1, 2, 200]) {
    const commands = randomCommands(new Random(count), count);
    const encoded = encodeBatch(head, commands.map(encodeCommand));
    assertEquals(decodeBatch(encoded), { run: "a-run", number: 7, commands });
  }
});

Deno.test("a message that is no batch is refused as damage, one of a newer program as such", () => {
  const cases: [string, "damaged" | "failed"][] = [
    ["", "damaged"],
    ["{}", "damaged"],
    ["[1", "damaged"],
    ['{"v":1,"node":"a","run":"","n":1,"commands":[]}', "damaged"],
    ['{"v":1,"node":"a","run":"r","n":0,"commands":[]}', "damaged"],
    ['{"v":1,"node":"a","run":"r","n":1,"commands":[{}]}', "damaged"],
    ['{"v":2,"node":"a","run":"r","n":1,"commands":[]}', "failed"],
    ['{"v":1,"node":"a","run":"r","n":1,"commands":[{"type":"dance","version":1}]}', "failed"],
  ];
  for (const [text, reason] of cases) {
    const error = assertThrows(() => decodeBatch(new TextEncoder().encode(text)), StorageError);
    assertEquals(error.reason, reason, text);
  }
});
