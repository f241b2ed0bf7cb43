import { assertEquals, assertThrows } from "@std/assert";
import { decodeCommand, encodeCommand } from "../../../server/storage/command_text.ts";
import { newestVersions } from "../../../server/storage/commands.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { randomCommands } from "../../fixtures/random_commands.ts";
import { Random } from "../../stress/random.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function refusal(bytes: Uint8Array): [reason: string, message: string] {
  const { reason, message } = assertThrows(() => decodeCommand(bytes), StorageError);
  return [reason, message];
}

Deno.test("every command is read back as it was written", () => {
  const commands = randomCommands(new Random(1), 2_000);
  const types = new Set(commands.map(({ type }) => type));
  assertEquals([...types].sort(), Object.keys(newestVersions).sort());
  for (const command of commands) assertEquals(decodeCommand(encodeCommand(command)), command);
});

Deno.test("a command that this program does not know is refused, with what to do", () => {
  const older = "This program is older than the log: it does not know the command";
  assertEquals(refusal(encode({ type: "wish", version: 1 })), [
    "failed",
    `${older} "wish", version 1. Install the newer program.`,
  ]);
  assertEquals(refusal(encode({ type: "toString", version: 1 }))[0], "failed");
  assertEquals(refusal(encode({ type: "topic", version: 3, roomId: 1 })), [
    "failed",
    `${older} "topic", version 3. Install the newer program.`,
  ]);
});

Deno.test("what is no command, or has a field that is not as it must be, is named as damage", () => {
  const membership = {
    type: "membership",
    version: 1,
    roomId: 1,
    nameKey: "ann",
    belongs: true,
    removal: null,
  };
  assertEquals(decodeCommand(encode(membership)).type, "membership");
  const broken = [
    new Uint8Array([0xff]),
    new TextEncoder().encode("{"),
    encode(null),
    encode([]),
    encode({ version: 1 }),
    encode({ ...membership, roomId: 0.5 }),
    encode({ ...membership, roomId: -1 }),
    encode({ ...membership, nameKey: null }),
    encode({ ...membership, belongs: undefined }),
    encode({ type: "secret", version: 1, name: "one", value: "no base64!" }),
  ];
  for (const bytes of broken) assertEquals(refusal(bytes)[0], "damaged");
});

Deno.test("a field that a later program has added is passed over", () => {
  const secret = { type: "secret", version: 1, name: "one", value: "AAEC", colour: "red" };
  assertEquals(decodeCommand(encode(secret)), {
    type: "secret",
    version: 1,
    name: "one",
    value: new Uint8Array([0, 1, 2]),
  });
});
