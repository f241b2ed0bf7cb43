/**
 * Texts as bytes that lie one after the other in memory.
 *
 * To make an array of its own for each text costs more than all else that is done with it. And what lies side by side leaves in one
 * piece: an outbox need not put it together (outbox.ts).
 *
 * @module
 */

/** Bytes of a slab. All of it stays in memory as long as a part of it waits for a slow reader, so it is small. */
const slabBytes = 8 * 1024;
/** Units of the longest text that goes into a slab: it always fits an empty one. */
const textUnitsMax = 1024;

const encoder = new TextEncoder();

/** Memory for texts. For what is sent and forgotten: whoever keeps one text keeps its slab. */
export class TextSlab {
  #memory = new Uint8Array();
  #at = 0;

  /**
   * Encodes a text.
   *
   * @param text The text.
   * @return UTF-8, which does not change any more.
   */
  encode(text: string): Uint8Array<ArrayBuffer> {
    if (text.length > textUnitsMax) return encoder.encode(text);
    const rest = this.#memory.subarray(this.#at);
    const { read, written } = encoder.encodeInto(text, rest);
    if (read < text.length) {
      this.#memory = new Uint8Array(slabBytes);
      this.#at = 0;
      return this.encode(text);
    }
    this.#at += written;
    return rest.subarray(0, written);
  }
}
