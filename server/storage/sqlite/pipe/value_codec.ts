/**
 * Plain data as bytes, for calls between threads: what JSON knows, and besides bytes, `undefined` and every number.
 *
 * Short texts are put together and become UTF-8 in one piece: the encoder of the platform costs more for each call than for each
 * text. Objects of one shape name their keys once.
 *
 * @module
 */

/** What stands before each value. */
const tags = {
  null: 0,
  undefined: 1,
  false: 2,
  true: 3,
  integer: 4,
  number: 5,
  text: 6,
  longText: 7,
  bytes: 8,
  array: 9,
  object: 10,
  shapedObject: 11,
} as const;

const initialBytes = 4 * 1024;
/** A buffer that one long value has made larger is not kept. */
const keptBytesMax = 1024 * 1024;
/** UTF-8 takes at most so many bytes for each unit of UTF-16. */
const utf8BytesPerUnit = 3;
/** Longer texts go by themselves: what is cut out of a long text keeps all of it in memory. */
const shortTextUnitsMax = 256;
/** Shapes that are remembered within one value. */
const shapesMax = 16;

/** The keys of an object, in their order. */
type Shape = readonly string[];

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isSameShape(one: Shape, other: Shape): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}

/** Encodes values, each into the same memory: where the short texts begin, everything else, the short texts. */
export class ValueEncoder {
  #bytes = new Uint8Array(initialBytes);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #texts = "";
  #shapes: Shape[] = [];

  /**
   * Encodes a value.
   *
   * @param value Made of null, undefined, booleans, numbers, texts, `Uint8Array`s, arrays and plain objects, without a ring. Lone
   * surrogates in texts become U+FFFD.
   * @param reserved Bytes to leave free before it.
   * @return The bytes, valid until the next call.
   * @throws {TypeError} for anything else.
   */
  encode(value: unknown, reserved = 0): Uint8Array {
    if (this.#bytes.length > keptBytesMax) this.#replace(new Uint8Array(initialBytes));
    this.#texts = "";
    this.#shapes = [];
    this.#at = reserved;
    this.#putLength(0);
    this.#put(value);
    this.#view.setUint32(reserved, this.#at - reserved);
    this.#at += this.#encodeAt(this.#at, this.#texts);
    return this.#bytes.subarray(0, this.#at);
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #ensure(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#replace(larger);
  }

  /** Gives how many bytes of UTF-8 the text has. */
  #encodeAt(at: number, text: string): number {
    this.#ensure(at - this.#at + utf8BytesPerUnit * text.length);
    return textEncoder.encodeInto(text, this.#bytes.subarray(at)).written;
  }

  #put(value: unknown): void {
    if (value === null) return this.#putTag(tags.null);
    switch (typeof value) {
      case "undefined":
        return this.#putTag(tags.undefined);
      case "boolean":
        return this.#putTag(value ? tags.true : tags.false);
      case "number":
        return this.#putNumber(value);
      case "string":
        return this.#putText(value);
      case "object":
        return this.#putObject(value);
      default:
        throw new TypeError(`A ${typeof value} cannot be sent to another thread.`);
    }
  }

  #putTag(tag: number): void {
    this.#ensure(1);
    this.#bytes[this.#at++] = tag;
  }

  #putLength(length: number): void {
    this.#ensure(4);
    this.#view.setUint32(this.#at, length);
    this.#at += 4;
  }

  #putNumber(value: number): void {
    this.#ensure(9);
    // Negative zero is no integer here.
    if (Object.is(value | 0, value)) {
      this.#bytes[this.#at] = tags.integer;
      this.#view.setInt32(this.#at + 1, value);
      this.#at += 5;
    } else {
      this.#bytes[this.#at] = tags.number;
      this.#view.setFloat64(this.#at + 1, value);
      this.#at += 9;
    }
  }

  #putText(text: string): void {
    if (text.length <= shortTextUnitsMax) {
      this.#putTag(tags.text);
      this.#putLength(text.length);
      this.#texts += text;
      return;
    }
    this.#putTag(tags.longText);
    const written = this.#encodeAt(this.#at + 4, text);
    this.#putLength(written);
    this.#at += written;
  }

  #putObject(value: object): void {
    if (value instanceof Uint8Array) return this.#putBytes(value);
    if (Array.isArray(value)) {
      this.#putTag(tags.array);
      this.#putLength(value.length);
      for (const item of value) this.#put(item);
      return;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) {
      throw new TypeError("Only plain objects can be sent to another thread.");
    }
    const keys = Object.keys(value);
    this.#putShape(keys);
    const values = value as Record<string, unknown>;
    for (const key of keys) this.#put(values[key]);
  }

  #putShape(keys: Shape): void {
    const known = this.#indexOf(keys);
    this.#putTag(known < 0 ? tags.object : tags.shapedObject);
    if (known >= 0) return this.#putTag(known);
    this.#putLength(keys.length);
    for (const key of keys) this.#putText(key);
    if (this.#shapes.length < shapesMax) this.#shapes.push(keys);
  }

  #indexOf(keys: Shape): number {
    for (let index = 0; index < this.#shapes.length; index++) {
      if (isSameShape(this.#shapes[index]!, keys)) return index;
    }
    return -1;
  }

  #putBytes(bytes: Uint8Array): void {
    this.#putTag(tags.bytes);
    this.#putLength(bytes.length);
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

/** Takes one value apart. */
class ValueDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #texts: string;
  readonly #shapes: Shape[] = [];
  #at = 4;
  #textsAt = 0;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const textsStart = view.getUint32(0);
    if (textsStart > bytes.length) throw new RangeError("The value is cut off.");
    this.#bytes = bytes.subarray(0, textsStart);
    this.#view = view;
    this.#texts = textDecoder.decode(bytes.subarray(textsStart));
  }

  take(): unknown {
    const tag = this.#view.getUint8(this.#at++);
    switch (tag) {
      case tags.null:
        return null;
      case tags.undefined:
        return undefined;
      case tags.false:
        return false;
      case tags.true:
        return true;
      case tags.integer:
        return this.#view.getInt32((this.#at += 4) - 4);
      case tags.number:
        return this.#view.getFloat64((this.#at += 8) - 8);
      case tags.text:
        return this.#takeShortText();
      case tags.longText:
        return textDecoder.decode(this.#takeBytes());
      case tags.bytes:
        return this.#takeBytes().slice();
      case tags.array:
        return this.#takeArray();
      case tags.object:
        return this.#takeObject(this.#takeShape());
      case tags.shapedObject:
        return this.#takeObject(this.#shapes[this.#view.getUint8(this.#at++)] ?? []);
      default:
        throw new TypeError(`There is no tag ${tag}.`);
    }
  }

  end(): void {
    if (this.#at === this.#bytes.length && this.#textsAt === this.#texts.length) return;
    throw new TypeError("Something follows the value.");
  }

  #takeLength(): number {
    return this.#view.getUint32((this.#at += 4) - 4);
  }

  #takeShortText(): string {
    const end = this.#textsAt + this.#takeLength();
    if (end > this.#texts.length) throw new RangeError("The value is cut off.");
    return this.#texts.substring(this.#textsAt, this.#textsAt = end);
  }

  #takeBytes(): Uint8Array {
    const length = this.#takeLength();
    if (length > this.#bytes.length - this.#at) throw new RangeError("The value is cut off.");
    return this.#bytes.subarray(this.#at, this.#at += length);
  }

  #takeArray(): unknown[] {
    const array: unknown[] = [];
    for (let left = this.#takeLength(); left > 0; left--) array.push(this.take());
    return array;
  }

  #takeShape(): Shape {
    const shape = this.#takeArray().map(String);
    if (this.#shapes.length < shapesMax) this.#shapes.push(shape);
    return shape;
  }

  #takeObject(shape: Shape): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const key of shape) object[key] = this.take();
    return object;
  }
}

/**
 * Decodes a value.
 *
 * @param bytes What {@linkcode ValueEncoder.encode} returned, without what it left free.
 * @return The value, in memory of its own.
 * @throws {TypeError | RangeError} where these bytes are something else.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  const decoder = new ValueDecoder(bytes);
  const value = decoder.take();
  decoder.end();
  return value;
}
