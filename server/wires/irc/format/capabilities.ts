/**
 * The capabilities that clients can ask for (IRCv3 capability negotiation, version 302).
 *
 * @module
 */
import { textBytesMax } from "../../../../protocol/wire/limits.ts";
import { variantBits } from "./line.ts";

/** What a capability's value, and whether there is one at all, depends on. */
export interface CapabilityContext {
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Whether a password may be sent on this connection. */
  readonly passwordsAllowed: boolean;
  readonly registrationOpen: boolean;
  /** Whether only `PLAIN` is offered, for clients that cannot compute SCRAM. */
  readonly saslPlainOnly: boolean;
  /** The value of `sts`; null where the policy must not be told. */
  readonly sts: string | null;
}

/** Lines of one multi-line message. */
export const multilineLinesMax = 100;

/**
 * Each capability with its value: null for none of both, empty for a capability without a value. Told in this order: some
 * clients look for `sasl` in the first line of the list only.
 */
const table = {
  "sasl": (context) => saslMechanisms(context).join(",") || null,
  "account-notify": () => "",
  "account-tag": () => "",
  "away-notify": () => "",
  "batch": () => "",
  "cap-notify": () => "",
  "chghost": () => "",
  "draft/account-registration": (context) =>
    context.registrationOpen && context.passwordsAllowed
      ? "before-connect,custom-account-name"
      : null,
  "draft/chathistory": () => "",
  "draft/event-playback": () => "",
  "draft/message-redaction": () => "",
  "draft/metadata-3": () => "max-subs=50,max-keys=20,max-value-bytes=300",
  "draft/multiline": () => `max-bytes=${textBytesMax},max-lines=${multilineLinesMax}`,
  "draft/read-marker": () => "",
  "echo-message": () => "",
  "extended-join": () => "",
  "extended-monitor": () => "",
  "invite-notify": () => "",
  "labeled-response": () => "",
  "message-tags": () => "",
  "multi-prefix": () => "",
  "server-time": () => "",
  "setname": () => "",
  "standard-replies": () => "",
  "sts": ({ sts }) => sts,
  "userhost-in-names": () => "",
} as const satisfies Record<string, (context: CapabilityContext) => string | null>;

/** The name of a capability. */
export type Capability = keyof typeof table;

/** Only announced, never asked for. */
const informational: ReadonlySet<string> = new Set<Capability>(["sts"]);

/** The ways to sign in on a connection: nothing that an eavesdropper could use. */
export function saslMechanisms(
  { secure, passwordsAllowed, saslPlainOnly }: CapabilityContext,
): string[] {
  const plain = passwordsAllowed ? ["PLAIN"] : [];
  if (saslPlainOnly) return plain;
  return [
    ...plain,
    "SCRAM-SHA-256",
    ...(secure ? ["SCRAM-SHA-256-PLUS"] : []),
  ];
}

/** What a connection is told of, with values if it knows version 302. */
export function announced(context: CapabilityContext, version: number): string[] {
  const all: string[] = [];
  for (const [name, valueOf] of Object.entries(table)) {
    const value = valueOf(context);
    if (value === null) continue;
    all.push(value === "" || version < 302 ? name : `${name}=${value}`);
  }
  return all;
}

/** Whether a connection may ask for a capability. */
export function mayAsk(name: string, context: CapabilityContext): name is Capability {
  if (!Object.hasOwn(table, name) || informational.has(name)) return false;
  return table[name as Capability](context) !== null;
}

/** Which tags a client with these capabilities wants: see {@linkcode variantBits}. */
export function variantOf(capabilities: ReadonlySet<Capability>): number {
  return (capabilities.has("server-time") ? variantBits.serverTime : 0) |
    (capabilities.has("account-tag") ? variantBits.accountTag : 0) |
    (capabilities.has("message-tags") ? variantBits.messageTags : 0);
}
