/**
 * The parts that the IRC wire is put together of.
 *
 * @module
 */
import type { Delivery } from "./delivery.ts";
import type { Network } from "../network/network.ts";
import type { PostEncoder } from "./posts.ts";
import type { PresenceTeller } from "./presence.ts";

/** The parts of the IRC wire. */
export interface Irc {
  readonly network: Network;
  readonly posts: PostEncoder;
  readonly delivery: Delivery;
  readonly presence: PresenceTeller;
}
