/**
 * Tokens by which a client is known again that has signed in to an account before. They open nothing by themselves.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { hmac, sameBytes } from "../../protocol/scram/scram_keys.ts";

const deviceIdBytes = 16;
/** 16 bytes of device id and 32 bytes of HMAC in base64url: no padding, and one text for each token. */
const tokenPattern = /^[A-Za-z0-9_-]{64}$/;

/**
 * Issues tokens and knows them again. Nothing is stored: a token carries its own proof, which holds for one password of the
 * account only. That of the first password names none, so that tokens from before there were generations go on.
 */
export class DeviceTokens {
  readonly #secret: Uint8Array<ArrayBuffer>;

  /**
   * Uses a secret that stays the same, so that tokens outlive the server's restart.
   *
   * @param secret 32 random bytes that serve no other purpose.
   */
  constructor(secret: Uint8Array<ArrayBuffer>) {
    this.#secret = secret;
  }

  /**
   * Makes a token for a device that has just signed in.
   *
   * @param accountKey The account's folded name.
   * @param generation See `AccountRecord.passwordGeneration`.
   * @return 64 characters of base64url.
   */
  async issue(accountKey: string, generation = 0): Promise<string> {
    const deviceId = crypto.getRandomValues(new Uint8Array(deviceIdBytes));
    const proof = await this.#proof(accountKey, generation, deviceId);
    const token = encodeBase64(new Uint8Array([...deviceId, ...proof]));
    return token.replaceAll("+", "-").replaceAll("/", "_");
  }

  /**
   * Which device a token was issued to.
   *
   * @param accountKey The account's folded name.
   * @param token What a client sent; anything at all.
   * @param generation See `AccountRecord.passwordGeneration`.
   * @return The device's id, or null if the token was not issued to this account by this server, or before its password
   * was changed.
   */
  async deviceId(accountKey: string, token: string, generation = 0): Promise<string | null> {
    if (!tokenPattern.test(token)) return null;
    const bytes = decodeBase64(token.replaceAll("-", "+").replaceAll("_", "/"));
    const deviceId = bytes.slice(0, deviceIdBytes);
    const proof = await this.#proof(accountKey, generation, deviceId);
    return sameBytes(bytes.subarray(deviceIdBytes), proof) ? encodeBase64(deviceId) : null;
  }

  /** The id has a fixed length and comes first, and no name holds a line feed: so the parts can be told apart. */
  #proof(
    accountKey: string,
    generation: number,
    deviceId: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const text = generation === 0 ? accountKey : `${accountKey}\n${generation}`;
    const name = new TextEncoder().encode(text);
    return hmac(this.#secret, new Uint8Array([...deviceId, ...name]));
  }
}
