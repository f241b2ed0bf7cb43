import { assertEquals, assertThrows } from "@std/assert";
import type { DatabaseSync } from "node:sqlite";
import type { Command } from "../../../../../server/storage/commands.ts";
import { openForWriting } from "../../../../../server/storage/sqlite/file/database.ts";
import { Applier, type Result } from "../../../../../server/storage/sqlite/workers/applier.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { digestOf } from "../../../../fixtures/digest.ts";
import { randomCommands } from "../../../../fixtures/random_commands.ts";
import { Random } from "../../../../stress/random.ts";
import { makeAccount, makeIdentity, makePost } from "../storage_fixture.ts";

function withApplier(test: (applier: Applier, database: DatabaseSync) => void): void {
  using database = openForWriting(":memory:");
  test(new Applier(database, ":memory:"), database);
}

const room = {
  type: "room",
  version: 1,
  name: "#a",
  nameKey: "#a",
  skeleton: "#a",
  madeBy: null,
} as const;
const post = (body: string) =>
  ({ type: "post", version: 1, ...makePost({ roomId: 1 }, body) }) as const;

function textsOf(results: readonly Result[]): string[] {
  return results.map((result) =>
    "error" in result
      ? result.error.reason
      : result.refused ?? (result.repeated ? "repeated" : "done")
  );
}

/** What AUTOINCREMENT has noted decides nothing: see post_writer.ts. */
function withoutNotes({ sqlite_sequence: _, ...digest }: ReturnType<typeof digestOf>) {
  return digest;
}

Deno.test("a command that is refused, or repeated, leaves everything as it was", () => {
  withApplier((applier, database) => {
    const seen = new Set<string>();
    let before = withoutNotes(digestOf(database));
    for (const command of randomCommands(new Random(58), 1_400)) {
      const [text] = textsOf(applier.apply([command]));
      const after = withoutNotes(digestOf(database));
      if (text !== "done") assertEquals(after, before, `${command.type} ${text}`);
      before = after;
      seen.add(`${command.type} ${text}`);
    }
    const refusals = [...seen].filter((text) => !text.endsWith(" done"));
    assertEquals(refusals.sort(), [
      "account name_taken",
      "annotation id_reused",
      "annotation no_such_post",
      "annotation no_such_room",
      "annotation not_yours",
      "annotation repeated",
      "annotation taken_back",
      "claim no_such_room",
      "claim not_free",
      "enter no_such_room",
      "enter not_allowed",
      "enter repeated",
      "file id_reused",
      "file no_such_room",
      "file repeated",
      "file_gone repeated",
      "file_whole no_such_file",
      "file_whole other_bytes",
      "file_whole repeated",
      "identity has_keys",
      "identity no_such_account",
      "law no_such_room",
      "law repeated",
      "membership no_such_room",
      "membership repeated",
      "pages no_such_account",
      "pages repeated",
      "password changed_meanwhile",
      "post id_reused",
      "post no_such_room",
      "post repeated",
      "remove no_such_room",
      "remove not_allowed",
      "room name_taken",
      "rule no_such_room",
      "rule not_allowed",
      "rule repeated",
      "secret has_value",
      "supplement has_supplement",
      "supplement other_keys",
      "topic no_such_room",
      "topic not_allowed",
      "vault no_such_account",
      "vault not_next",
    ]);
  });
});

Deno.test("commands of one transaction see what those before them have changed", () => {
  withApplier((applier) => {
    const member = { type: "membership", version: 1, roomId: 1, nameKey: "ann" } as const;
    const results = applier.apply([
      post("too early"),
      room,
      post("first"),
      { ...member, belongs: true, removal: null },
      { ...member, belongs: true, removal: null },
      { ...room, skeleton: "#b" },
      post("second"),
    ]);
    const expected = ["no_such_room", "done", "done", "done", "repeated", "name_taken", "done"];
    assertEquals(textsOf(results), expected);
    assertEquals(applier.lastSequence, 2);
  });
});

Deno.test("damage that one command meets keeps no other of its transaction from being stored", () => {
  withApplier((applier, database) => {
    const { passwordGeneration: _, ...account } = makeAccount("ann");
    const ann = { type: "account", version: 1, account, identity: makeIdentity(1) } as const;
    applier.apply([room, ann]);
    database.exec("UPDATE accounts SET checksum = checksum + 1; UPDATE rooms SET topic = 'x'");
    const change = { ...account, wrappedKey: new Uint8Array(60) };
    const { storedKey } = account;
    const results = applier.apply([
      post("before"),
      {
        type: "password",
        version: 1,
        nameKey: "ann",
        storedKey,
        change,
        keepSessions: true,
      },
      { type: "topic", version: 1, roomId: 1, topic: "tea", setting: { by: "Ann", timeMs: 1 } },
      post("after"),
    ]);
    assertEquals(textsOf(results), ["done", "damaged", "damaged", "done"]);
    assertEquals(database.prepare("SELECT count(*) AS number FROM posts").get(), { number: 2 });
    assertEquals(database.prepare("SELECT topic FROM rooms").get(), { topic: "x" });
  });
});

Deno.test("a command, or a version of one, that the program does not know stops it, and nothing of the transaction is stored", () => {
  withApplier((applier, database) => {
    applier.apply([room]);
    const before = digestOf(database);
    for (
      const unknown of [
        { ...post("x"), version: 3 },
        { ...room, version: 2 },
        { type: "wish", version: 1 },
        { type: "toString", version: 1 },
      ]
    ) {
      const commands = [post("lost"), unknown as unknown as Command];
      const error = assertThrows(() => applier.apply(commands), StorageError, "older than the log");
      assertEquals(error.reason, "failed");
      assertEquals(digestOf(database), before);
    }
    assertEquals(textsOf(applier.apply([post("kept")])), ["done"]);
    assertEquals(applier.lastSequence, 1);
  });
});
