/** Splits a stream of text into lines, at LF or CRLF. */
export declare class TextLineStream extends TransformStream<string, string> {
  constructor(options?: { allowCR?: boolean });
}
