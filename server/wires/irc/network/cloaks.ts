/**
 * The hosts that guests are shown with.
 *
 * @module
 */
import { hmac } from "../../../../protocol/scram/scram_keys.ts";
import { networkOf, plainAddress } from "../../../common/address.ts";

/** Makes hosts of addresses. */
export class Cloaks {
  /** Made anew at each start, so that a cloak cannot be looked up in a table of addresses. */
  readonly #key = crypto.getRandomValues(new Uint8Array(32));

  /** A host that is the same for all connections of a network, and does not tell which network that is. */
  async hostOf(address: string): Promise<string> {
    const network = new TextEncoder().encode(networkOf(plainAddress(address)));
    const bytes = (await hmac(this.#key, network)).subarray(0, 5);
    return `${bytes.toHex()}.guest.chat`;
  }
}
