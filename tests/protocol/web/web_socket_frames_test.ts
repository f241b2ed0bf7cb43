import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  closeCodes,
  encodeWebSocketClose,
  encodeWebSocketFrame,
  encodeWebSocketText,
  webSocketBytesMax,
  WebSocketDecoder,
  WebSocketError,
  type WebSocketPiece,
  webSocketTextBytesMax,
} from "../../../protocol/web/web_socket_frames.ts";
import { maskedFrame } from "../../fixtures/masked_frame.ts";

/** What a decoder gives, the pieces of binary messages put together. */
function decoded(chunks: readonly Uint8Array[]): unknown[] {
  const decoder = new WebSocketDecoder();
  const found: { type: string; text?: string; bytes?: number[] }[] = [];
  const take = (piece: WebSocketPiece) => {
    const last = found.at(-1);
    if (piece.type === "text") found.push({ type: "text", text: piece.text });
    else if (piece.type === "binary" && last?.type === "binary") last.bytes!.push(...piece.bytes);
    else found.push({ type: piece.type, bytes: [...piece.bytes] });
  };
  for (const chunk of chunks) for (const piece of decoder.decode(chunk.slice())) take(piece);
  return found;
}

const stream = new Uint8Array([
  ...maskedFrame(1, new TextEncoder().encode("hé")),
  ...maskedFrame(2, new Uint8Array([1, 2, 3]), { isLast: false }),
  ...maskedFrame(9, new Uint8Array([7])),
  ...maskedFrame(0, new Uint8Array(200).fill(9)),
  ...maskedFrame(1, new Uint8Array(0)),
  ...maskedFrame(8, new Uint8Array([3, 232])),
]);
const meaning = [
  { type: "text", text: "hé" },
  { type: "binary", bytes: [1, 2, 3] },
  { type: "ping", bytes: [7] },
  { type: "binary", bytes: Array(200).fill(9) },
  { type: "text", text: "" },
  { type: "close", bytes: [3, 232] },
];

Deno.test("frames are read whole, and however the stream is cut in two", () => {
  assertEquals(decoded([stream]), meaning);
  for (let at = 0; at <= stream.length; at++) {
    assertEquals(decoded([stream.subarray(0, at), stream.subarray(at)]), meaning);
  }
  assertEquals(decoded([...stream].map((byte) => new Uint8Array([byte]))), meaning);
});

Deno.test("any bytes come out as they went in, cut anywhere", () => {
  const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 });
  fc.assert(fc.property(parts, fc.nat(2_000), (messages, cut) => {
    const sent = new Uint8Array(messages.flatMap((one) => [...maskedFrame(2, one)]));
    const at = cut % (sent.length + 1);
    const found = decoded([sent.subarray(0, at), sent.subarray(at)]) as { bytes: number[] }[];
    assertEquals(found.flatMap(({ bytes }) => bytes), messages.flatMap((one) => [...one]));
  }));
});

function assertClosed(code: number, bytes: readonly number[] | Uint8Array): void {
  const error = assertThrows(
    () => [...new WebSocketDecoder().decode(new Uint8Array(bytes))],
    WebSocketError,
  );
  assertEquals(error.closeCode, code);
}

Deno.test("what no browser sends ends the socket", () => {
  const mask = [0, 0, 0, 0];
  const refused = {
    "no mask": [0x82, 1, 0],
    "a reserved bit": [0xc2, 0x80, ...mask],
    "an unknown opcode": [0x83, 0x80, ...mask],
    "a control frame in parts": [0x09, 0x80, ...mask],
    "a long control frame": [0x89, 0xfe, 0, 126],
    "a continuation of nothing": [0x80, 0x80, ...mask],
    "a message within a message": [0x02, 0x80, ...mask, 0x82, 0x80, ...mask],
  };
  for (const bytes of Object.values(refused)) assertClosed(closeCodes.protocolError, bytes);
  assertClosed(closeCodes.notText, [0x81, 0x81, ...mask, 0xff]);
});

Deno.test("a message that is too long is refused by its header, also in parts", () => {
  const announced = (opcode: number, length: number) => {
    const header = new Uint8Array(14);
    header[0] = 0x80 | opcode;
    header[1] = 0xff;
    new DataView(header.buffer).setBigUint64(2, BigInt(length));
    return header;
  };
  assertClosed(closeCodes.tooBig, announced(2, webSocketBytesMax + 1));
  assertClosed(closeCodes.tooBig, announced(2, Number.MAX_SAFE_INTEGER));
  assertClosed(closeCodes.tooBig, announced(1, webSocketTextBytesMax + 1));
  const part = maskedFrame(1, new Uint8Array(webSocketTextBytesMax).fill(65), { isLast: false });
  assertClosed(closeCodes.tooBig, [...part, ...maskedFrame(0, new Uint8Array([65]))]);
});

Deno.test("frames to a browser have a header of each of the three lengths", () => {
  assertEquals([...encodeWebSocketText("hi")], [0x81, 2, 104, 105]);
  assertEquals([...encodeWebSocketClose(1_001)], [0x88, 2, 3, 233]);
  const middle = encodeWebSocketFrame("binary", new Uint8Array(65_535));
  assertEquals([...middle.subarray(0, 4)], [0x82, 126, 255, 255]);
  const long = encodeWebSocketFrame("binary", new Uint8Array(65_536));
  assertEquals([...long.subarray(0, 10)], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
  assertEquals(long.length, 65_546);
});
