/**
 * The hosts that guests are shown with.
 *
 * @module
 */
import { hmac } from "../../../../protocol/scram/scram_keys.ts";
import type { CommandLog } from "../../../storage/command_log.ts";
import { keptSecret, type SecretStorage } from "../../../storage/secret_storage.ts";
import { networkOf, plainAddress } from "../../../common/address.ts";

/**
 * The key of the hosts, which is made once for a data folder: a ban of a host holds after a restart.
 *
 * @param storage Where it is kept.
 * @throws {StorageError} where it cannot be read or kept.
 */
export async function loadHostKey(
  storage: SecretStorage & Pick<CommandLog, "submit">,
): Promise<Uint8Array<ArrayBuffer>> {
  return await keptSecret(
    storage,
    "hosts of guests",
    () => crypto.getRandomValues(new Uint8Array(32)),
  );
}

/** Makes hosts of addresses. */
export class Cloaks {
  readonly #key: Uint8Array<ArrayBuffer>;

  /** @param key Random: without it a host cannot be looked up in a table of addresses. */
  constructor(key: Uint8Array<ArrayBuffer>) {
    this.#key = key;
  }

  /** A host that is the same for all connections of a network, and does not tell which network that is. */
  async hostOf(address: string): Promise<string> {
    const network = new TextEncoder().encode(networkOf(plainAddress(address)));
    const bytes = (await hmac(this.#key, network)).subarray(0, 5);
    return `${bytes.toHex()}.guest.chat`;
  }
}
