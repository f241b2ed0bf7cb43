/**
 * The frame codec and the reading of requests, without any network.
 *
 * @module
 */
import { encodeMessage, FrameDecoder } from "../protocol/wire/frame.ts";
import { frameBytesMax } from "../protocol/wire/limits.ts";
import { parseRequest } from "../protocol/wire/request_payload.ts";
import { type Row, table } from "./rows.ts";

const rounds = 300_000;
const request = {
  type: "post",
  id: 1,
  room: "#lobby",
  postId: "0123456789abcdefghijklmnop",
  text: "x".repeat(100),
};

/** Calls a function often and gives how often a second. */
function perSecond(work: () => void): number {
  for (let round = 0; round < rounds / 10; round++) work();
  const beganMs = performance.now();
  for (let round = 0; round < rounds; round++) work();
  return rounds / ((performance.now() - beganMs) / 1000);
}

/** Measures encoding, decoding and checking of one ordinary post. */
export function benchFrames(): Row[] {
  const frame = encodeMessage(request);
  const payload = frame.subarray(4);
  const decoder = new FrameDecoder(frameBytesMax);
  const decodeOne = () => {
    for (const _payload of decoder.decode(frame));
  };
  return [
    { name: "frame: encode a post", value: perSecond(() => encodeMessage(request)), unit: "1/s" },
    { name: "frame: decode a post", value: perSecond(decodeOne), unit: "1/s" },
    {
      name: "frame: read and check a request",
      value: perSecond(() => parseRequest(payload)),
      unit: "1/s",
    },
  ];
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(benchFrames()));
}
