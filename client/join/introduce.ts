/**
 * The first words with a server: who is it, is the name known there, and with which password.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { EventOf, ServerEvent } from "../../protocol/wire/messages.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ServerConnection } from "../core/link/transport.ts";
import { Credentials } from "../core/link/credentials.ts";
import { Link } from "../core/link/link.ts";
import { patiently } from "../core/link/patience.ts";
import { openSignedIn, type SignedInLink } from "../core/link/signed_in_link.ts";
import type { TextStore } from "../core/link/text_store.ts";
import { errorText, serverLines } from "../talk/wording.ts";

/** What an introduction needs. */
export interface IntroduceOptions {
  /** The name to register or to sign in with. */
  readonly name: string;
  readonly connect: () => Promise<ServerConnection>;
  /** Asks for the password. */
  readonly password: (account: "new" | "known") => Promise<string>;
  /** Whether the password is given beforehand, so that asking again makes no sense. */
  readonly passwordIsGiven: boolean;
  /** Keeps what the server gave at the last sign-in from here: strangers cannot use up the tries of a device that is known. */
  readonly devices?: TextStore;
  /** How long to wait in all where the server asks to slow down, in milliseconds; not at all if not given. */
  readonly patienceMs?: number;
  /** Writes a line for a person. */
  readonly write: (line: string) => void;
}

/** Somebody whom the server knows. */
export interface Introduced {
  /** What to sign in with. */
  readonly credentials: Credentials;
  /** The link that is signed in already, with which a client begins; none where the account was made just now. */
  readonly first?: SignedInLink;
}

/** How often a wrong password may be typed. */
const triesMax = 3;

/**
 * Registers a name that is not known, or finds the right password for one that is.
 *
 * @param options See {@linkcode IntroduceOptions}.
 * @return See {@linkcode Introduced}. The caller closes the link.
 * @throws {ChatError} `sign_in_refused`, `name_taken`, `registration_closed`, `slow_down`, and all of connecting.
 */
export async function introduce(options: IntroduceOptions): Promise<Introduced> {
  const { hello, known } = await lookUp(options);
  options.write(`This is the chat server "${safeText(hello.server)}".`);
  for (const line of hello.motd === undefined ? [] : serverLines(hello.motd)) options.write(line);
  if (!known) return await register(options);
  // Such a server does not tell which names it knows.
  if (hello.registration === "closed" && !options.passwordIsGiven) {
    options.write("It accepts no new accounts, only names that are registered already.");
  }
  return await authenticate(options, hello.registration);
}

/** Asks whether the name is known. The connection is not kept: a person may take long to type a password. */
async function lookUp(
  options: IntroduceOptions,
): Promise<{ hello: EventOf<"hello">; known: boolean }> {
  return await withLink(options, async (link, hello) => {
    const { known } = await link.request("lookup", { name: options.name });
    return { hello: hello(), known };
  });
}

async function register(options: IntroduceOptions): Promise<Introduced> {
  if (!options.passwordIsGiven) {
    options.write(
      `There is no "${safeText(options.name)}" here yet. Choose a password to register it, or ` +
        "press Ctrl-C if you meant another name.",
    );
  }
  const credentials = new Credentials(options.name, await options.password("new"));
  const registration = await credentials.registration();
  await withLink(options, async (link) => {
    await link.request("register", registration);
  });
  options.write("Your account has been successfully created!");
  return { credentials };
}

async function authenticate(
  options: IntroduceOptions,
  registration: EventOf<"hello">["registration"],
): Promise<Introduced> {
  for (let tries = 1;; tries++) {
    try {
      const credentials = new Credentials(options.name, await options.password("known"));
      const { connect, devices } = options;
      const signedIn = { credentials, connect, ...(devices === undefined ? {} : { devices }) };
      const open = () => openSignedIn(signedIn, new AbortController().signal);
      return { credentials, first: await patientlySaying(options, open) };
    } catch (error) {
      // A text that cannot be a password is a wrong one.
      const wrong = error instanceof ChatError &&
        ["sign_in_refused", "bad_text"].includes(error.code);
      if (!wrong) throw error;
      if (options.passwordIsGiven || tries === triesMax) {
        const closed = registration === "closed" ? " This server accepts no new accounts." : "";
        const message = `Wrong name or password.${closed}`;
        throw new ChatError("sign_in_refused", message, { cause: error });
      }
      options.write(
        registration === "closed"
          ? "Wrong name or password! Try again."
          : "Wrong password! Try again.",
      );
    }
  }
}

type Use<T> = (link: Link, hello: () => EventOf<"hello">) => Promise<T>;

/** Uses a connection, and another one later where the server asks to slow down. */
async function withLink<T>(options: IntroduceOptions, use: Use<T>): Promise<T> {
  return await patientlySaying(options, () => withOneLink(options, use));
}

async function patientlySaying<T>(options: IntroduceOptions, use: () => Promise<T>): Promise<T> {
  return await patiently(use, {
    patienceMs: options.patienceMs ?? 0,
    onWait: (error) => options.write(errorText(error)),
  });
}

async function withOneLink<T>(options: IntroduceOptions, use: Use<T>): Promise<T> {
  const { transport } = await options.connect();
  let hello: EventOf<"hello"> | null = null;
  const onEvent = (event: ServerEvent) => {
    if (event.event === "hello") hello = event.content;
  };
  const link = new Link(transport, { onEvent, onClosed: () => {} });
  try {
    return await use(link, () => {
      if (hello !== null) return hello;
      throw new ChatError("bad_message", "The program listening there is not a chat server.");
    });
  } finally {
    link.close();
  }
}
