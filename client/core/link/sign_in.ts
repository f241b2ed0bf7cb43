/**
 * Signing in over a link: SCRAM-SHA-256-PLUS, or without PLUS where there is nothing to bind to; both proofs checked.
 *
 * @module
 */
import { contentVersion } from "../../../protocol/content.ts";
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import { ScramClient } from "../../../protocol/scram/scram.ts";
import type { Credentials } from "./credentials.ts";
import type { Link } from "./link.ts";
import type { ChannelBinding } from "./transport.ts";

/**
 * Signs in.
 *
 * @param link A link that is not signed in.
 * @param credentials Who, with which password.
 * @param channelBinding The data of `tls-server-end-point` for this connection (RFC 5929): the proof is worth nothing on
 * a connection to anyone else. Null where this connection has none.
 * @param device What the server gave at the last sign-in from here.
 * @param place What was seen on another server of the cluster; 0 for nothing.
 * @return What the server says of the account.
 * @throws {ChatError} `no_such_user`, `sign_in_refused`, `slow_down`; `bad_proof` where the server does not know the
 * account's keys.
 */
export async function signIn(
  link: Pick<Link, "request">,
  credentials: Credentials,
  channelBinding: ChannelBinding,
  device: string | undefined,
  place = 0,
): Promise<ReplyOf<"sign_in_proof">> {
  const scram = new ScramClient({
    userName: credentials.name,
    keysFor: (salt, iterations) => credentials.keysFor(salt, iterations),
    binding: channelBinding ?? "not_supported",
  });
  const first = await link.request("sign_in", {
    data: scram.first,
    ...(device === undefined ? {} : { device }),
    ...(place === 0 ? {} : { place }),
  });
  const data = await scram.respond(first.data);
  const welcome = await link.request("sign_in_proof", { data, contentVersion });
  await scram.verify(welcome.data);
  return welcome;
}
