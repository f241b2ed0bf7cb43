/**
 * A batch of commands as bytes, on its way to the writing worker: posts in a form of their own, anything else as a value.
 *
 * Posts are nearly all that is stored. Of each there are eight numbers of 32 bits here, and two texts; names, which come again and
 * again, are there once for the whole batch. The short texts of all posts become UTF-8 in one piece, as in value_codec.ts.
 *
 * @module
 */

import type { Command, PostCommand } from "../../commands.ts";
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import { decodeValue, ValueEncoder } from "./value_codec.ts";

/** What stands before everything else, in numbers of 32 bits: commands, bytes of the texts, bytes of the value. */
const headerNumbers = 3;
/** Numbers of each command: its form, the time (two), sender, recipient, conversation (two), units of id and body. */
const commandNumbers = 8;
const numberBytes = 4;

/** What a command is: one of those that the value holds, or a post of a kind to a room or between two. */
const forms = { value: 0, roomPost: 1, privatePost: 2 } as const;
const formBits = 2;
const formMask = (1 << formBits) - 1;
const kinds: readonly PostKind[] = ["text", "sealed", "action", "notice"];

/** Ids are short; the rest of the number is the body's length. */
const idUnitBits = 8;
const idUnitsMax = 2 ** idUnitBits - 1;
/** Longer bodies go with the value: what is cut out of a long text keeps all of it in memory. */
const bodyUnitsMax = 1024;
/** What a number of 32 bits counts to, and one more. */
const wordValues = 2 ** 32;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const valueEncoder = new ValueEncoder();

/** Whether a post fits the form for posts. */
function isUsual({ version, id, body, timeMs, kind, destination }: PostCommand): boolean {
  return version === 1 && id.length <= idUnitsMax && body.length <= bodyUnitsMax &&
    timeMs >= 0 && Number.isSafeInteger(timeMs) && kinds.includes(kind) &&
    (!("roomId" in destination) || isWord(destination.roomId));
}

function isWord(value: number): boolean {
  return value >>> 0 === value;
}

/** What is collected while a batch is encoded. */
class Batch {
  readonly names: string[] = [];
  readonly others: Command[] = [];
  readonly #indexes = new Map<string, number>();
  texts = "";

  nameIndex(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.names.push(name) - 1;
    this.#indexes.set(name, index);
    return index;
  }

  put(numbers: Uint32Array, at: number, command: Command): void {
    if (command.type !== "post" || !isUsual(command)) {
      this.others.push(command);
      return;
    }
    const { destination, from, to, id, timeMs, kind, body } = command;
    const isRoom = "roomId" in destination;
    const form = isRoom ? forms.roomPost : forms.privatePost;
    numbers[at] = form | kinds.indexOf(kind) << formBits;
    numbers[at + 1] = timeMs / wordValues;
    numbers[at + 2] = timeMs;
    numbers[at + 3] = this.nameIndex(from);
    numbers[at + 4] = this.nameIndex(to);
    numbers[at + 5] = isRoom ? destination.roomId : this.nameIndex(destination.between[0]);
    numbers[at + 6] = isRoom ? 0 : this.nameIndex(destination.between[1]);
    numbers[at + 7] = id.length | body.length << idUnitBits;
    this.texts += id + body;
  }
}

/**
 * Encodes commands.
 *
 * @param commands The commands. Lone surrogates in their texts become U+FFFD, one for one.
 * @returns The bytes, in memory of their own.
 */
export function encodeCommands(commands: readonly Command[]): Uint8Array<ArrayBuffer> {
  const numbers = new Uint32Array(headerNumbers + commands.length * commandNumbers);
  const batch = new Batch();
  for (let index = 0; index < commands.length; index++) {
    batch.put(numbers, headerNumbers + index * commandNumbers, commands[index]!);
  }
  const texts = textEncoder.encode(batch.texts);
  const value = valueEncoder.encode([batch.names, batch.others]);
  numbers[0] = commands.length;
  numbers[1] = texts.length;
  numbers[2] = value.length;
  const bytes = new Uint8Array(numbers.byteLength + texts.length + value.length);
  bytes.set(new Uint8Array(numbers.buffer));
  bytes.set(texts, numbers.byteLength);
  bytes.set(value, numbers.byteLength + texts.length);
  return bytes;
}

/** Takes a batch apart. */
class BatchReader {
  readonly #numbers: Uint32Array;
  readonly #texts: string;
  readonly #names: readonly string[];
  readonly #others: readonly Command[];
  #textsAt = 0;
  #othersAt = 0;

  constructor(bytes: Uint8Array) {
    const header = numbersOf(bytes, 0, headerNumbers);
    const [count, textBytes, valueBytes] = header as unknown as [number, number, number];
    const textsAt = (headerNumbers + count * commandNumbers) * numberBytes;
    const valueAt = textsAt + textBytes;
    if (valueAt + valueBytes !== bytes.length) throw new RangeError("The batch is cut off.");
    this.#numbers = numbersOf(bytes, headerNumbers, count * commandNumbers);
    this.#texts = textDecoder.decode(bytes.subarray(textsAt, valueAt));
    const value = decodeValue(bytes.subarray(valueAt));
    [this.#names, this.#others] = value as [readonly string[], readonly Command[]];
  }

  commands(): Command[] {
    const commands: Command[] = [];
    for (let at = 0; at < this.#numbers.length; at += commandNumbers) {
      commands.push(this.#command(at));
    }
    const isWhole = this.#textsAt === this.#texts.length && this.#othersAt === this.#others.length;
    if (!isWhole) throw new RangeError("Something is left over of the batch.");
    return commands;
  }

  #command(at: number): Command {
    const numbers = this.#numbers;
    const form = numbers[at]! & formMask;
    if (form === forms.value) return present(this.#others[this.#othersAt++]);
    if (form > forms.privatePost) throw new RangeError(`There is no form ${form}.`);
    const [first, second] = [numbers[at + 5]!, numbers[at + 6]!];
    const destination = form === forms.roomPost
      ? { roomId: first }
      : { between: [this.#name(first), this.#name(second)] as const };
    const units = numbers[at + 7]!;
    return {
      type: "post",
      version: 1,
      destination,
      from: this.#name(numbers[at + 3]!),
      to: this.#name(numbers[at + 4]!),
      id: this.#text(units & idUnitsMax),
      timeMs: numbers[at + 1]! * wordValues + numbers[at + 2]!,
      kind: present(kinds[numbers[at]! >>> formBits]),
      body: this.#text(units >>> idUnitBits),
    } satisfies Required<PostCommand>;
  }

  #name(index: number): string {
    return present(this.#names[index]);
  }

  #text(units: number): string {
    const end = this.#textsAt + units;
    if (end > this.#texts.length) throw new RangeError("The batch is cut off.");
    return this.#texts.substring(this.#textsAt, this.#textsAt = end);
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError("The batch names something that is not there.");
  return value;
}

/** Numbers at any place in memory. */
function numbersOf(bytes: Uint8Array, at: number, count: number): Uint32Array {
  const [start, end] = [at * numberBytes, (at + count) * numberBytes];
  if (end > bytes.length) throw new RangeError("The batch is cut off.");
  return new Uint32Array(bytes.slice(start, end).buffer);
}

/**
 * Decodes commands.
 *
 * @param bytes What {@linkcode encodeCommands} returned.
 * @returns The commands, in their order.
 * @throws {RangeError | TypeError} where these bytes are something else.
 */
export function decodeCommands(bytes: Uint8Array): Command[] {
  return new BatchReader(bytes).commands();
}
