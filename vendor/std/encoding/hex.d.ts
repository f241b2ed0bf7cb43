/** Lower-case hexadecimal text of the bytes. */
export declare function encodeHex(src: string | Uint8Array | ArrayBuffer): string;
/** The bytes of a hexadecimal text; throws a TypeError where it is malformed. */
export declare function decodeHex(src: string): Uint8Array<ArrayBuffer>;
