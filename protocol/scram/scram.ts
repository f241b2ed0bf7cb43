/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), both ends: how a client shows that it knows a password, and a
 * server that it knows the account, without the password leaving the client.
 *
 * @module
 */
export { ScramClient, type ScramClientOptions } from "./scram_client.ts";
export {
  type ScramOutcome,
  ScramServer,
  type ScramServerOptions,
  startScram,
} from "./scram_server.ts";
export {
  deriveKeys,
  keyBytes,
  keysFromSaltedPassword,
  saltedPassword,
  type ScramKeys,
  type ServerCredentials,
} from "./scram_keys.ts";
