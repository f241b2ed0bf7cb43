/** Base64 text (RFC 4648, section 4) of the bytes. */
export declare function encodeBase64(data: ArrayBuffer | Uint8Array | string): string;
/** The bytes of a base64 text; throws a TypeError where it is malformed. */
export declare function decodeBase64(b64: string): Uint8Array<ArrayBuffer>;
