/**
 * The ways to a chat: to the server that a person has given, and to the others of its cluster that it has told of.
 *
 * @module
 */
import { parseServerAddress, serverAddressText } from "../../protocol/wire/server_address.ts";
import { openBulkConnection } from "../connect/bulk_connection.ts";
import { openConnection } from "../connect/connection.ts";
import type { ServerTrust } from "../connect/trust.ts";
import type { Connect, ConnectBulk } from "../core/link/open_link.ts";
import { Servers } from "../core/link/servers.ts";

/** The ways. */
export interface Ways {
  readonly servers: Servers;
  readonly connect: Connect;
  readonly connectBulk: ConnectBulk;
}

/**
 * The ways to a chat.
 *
 * @param given The server that the person has given. `timeoutMs`: how long a connection may take.
 * @param trust Decides whether it is the right one, and keeps where the others are.
 * @throws {DataFolderError} Where the file of known servers cannot be read or is damaged.
 */
export async function waysTo(
  given: { readonly host: string; readonly port: number; readonly timeoutMs: number },
  trust: ServerTrust,
): Promise<Ways> {
  const { host, port, timeoutMs } = given;
  const text = serverAddressText(host, port);
  const servers = new Servers({
    given: text,
    others: await trust.addressesOf(host, port),
    // What is not kept is told again at the next sign-in.
    keep: (others) => trust.keepAddresses(host, port, others).catch(() => {}),
  });
  const targetOf = (server: string) => {
    const other = server === text ? null : parseServerAddress(server);
    return other === null ? { host, port } : { ...other, sameAs: { host, port } };
  };
  const connect: Connect = (signal, server = text) =>
    openConnection({ ...targetOf(server), trust, timeoutMs, signal });
  const connectBulk: ConnectBulk = (signal, server = text) =>
    openBulkConnection({ ...targetOf(server), trust, timeoutMs, signal });
  return { servers, connect, connectBulk };
}
