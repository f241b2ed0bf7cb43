/**
 * The first words with a server: who is it, is the name known there, and with which password.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { EventOf } from "../../protocol/wire/events.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ServerConnection } from "../core/link/transport.ts";
import { Credentials } from "../core/link/credentials.ts";
import { OpenLink } from "../core/link/open_link.ts";
import { patiently } from "../core/link/patience.ts";
import type { Servers } from "../core/link/servers.ts";
import { type SignedInLink, signInOver } from "../core/link/signed_in_link.ts";
import type { TextStore } from "../core/link/text_store.ts";
import { inCapitals, markedErrorText } from "../talk/remark_text.ts";
import { serverLines } from "../talk/wording.ts";

/** What an introduction needs. */
export interface IntroduceOptions {
  /** The name to register or to sign in with. */
  readonly name: string;
  /** Host and port, as the person gave them; safe. What a server calls itself says nothing of where a password goes. */
  readonly address: string;
  readonly connect: () => Promise<ServerConnection>;
  /** Asks for the password. */
  readonly password: (account: "new" | "known") => Promise<string>;
  /** Whether the password is given beforehand, so that asking again makes no sense. */
  readonly passwordIsGiven: boolean;
  /** Keeps what the server gave at the last sign-in from here: strangers cannot use up the tries of a device that is known. */
  readonly devices?: TextStore;
  /** The servers of the chat, which learn of each other; left out where there is one only. */
  readonly servers?: Servers;
  /** How long to wait in all where the server asks to slow down, in milliseconds; not at all if not given. */
  readonly patienceMs?: number;
  /** Writes a line for a person. */
  readonly write: (line: string) => void;
}

/** Somebody whom the server knows. */
export interface Introduced {
  /** What to sign in with. */
  readonly credentials: Credentials;
  /** The link that is signed in already, with which a client begins. */
  readonly first: SignedInLink;
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
  const door = new Door(options);
  try {
    return await introduceAt(door, options);
  } catch (error) {
    door.leave();
    throw error;
  }
}

async function introduceAt(door: Door, options: IntroduceOptions): Promise<Introduced> {
  const { hello, known } = await lookUp(door, options);
  // A person may take long to type a password.
  if (!options.passwordIsGiven) door.leave();
  options.write(`This is the chat server "${safeText(hello.server)}".`);
  for (const line of greetingLines(hello)) options.write(line);
  if (!known) return await register(door, options);
  // Such a server does not tell which names it knows.
  if (hello.registration === "closed" && !options.passwordIsGiven) {
    options.write("It accepts no new accounts, only names that are registered already.");
  }
  if (!options.passwordIsGiven) {
    options.write(`You are signing in as ${safeText(options.name)} on ${options.address}.`);
  }
  return await authenticate(door, options, hello.registration);
}

/** What the server says to everyone, and where those go who would rather have a page. */
function greetingLines({ motd, page = [] }: EventOf<"hello">): string[] {
  const where = page.length === 0 ? [] : serverLines(`With a browser: ${page.join(" or ")}`);
  return [...(motd === undefined ? [] : serverLines(motd)), ...where];
}

/** Asks whether the name is known. */
async function lookUp(
  door: Door,
  { name, address }: IntroduceOptions,
): Promise<{ hello: EventOf<"hello">; known: boolean }> {
  return await door.step(async (open) => {
    const answer = open.link.request("lookup", { name });
    const { known } = await answer.catch((error: unknown) => {
      const isOther = error instanceof ChatError && error.code === "bad_frame";
      throw isOther && open.hello === null ? noChatServer(address, error) : error;
    });
    const { hello } = open;
    if (hello !== null) return { hello, known };
    throw noChatServer(address);
  });
}

function noChatServer(address: string, cause?: ChatError): ChatError {
  const message =
    `What listens on ${address} is no chat server, or its page for browsers. Check the port.`;
  return new ChatError("bad_message", message, { cause });
}

async function register(door: Door, options: IntroduceOptions): Promise<Introduced> {
  if (!options.passwordIsGiven) {
    options.write(`There is no "${safeText(options.name)}" on ${options.address} yet.`);
    options.write("Choose a password to register it, or press Ctrl-C if you meant another name.");
  }
  const credentials = new Credentials(options.name, await options.password("new"));
  const registration = await credentials.registration();
  await door.step((open) => open.link.request("register", registration));
  options.write("Your account has been successfully created!");
  return { credentials, first: await signIn(door, options, credentials) };
}

async function signIn(
  door: Door,
  { devices, servers }: IntroduceOptions,
  credentials: Credentials,
): Promise<SignedInLink> {
  const by = {
    credentials,
    ...(devices === undefined ? {} : { devices }),
    ...(servers === undefined ? {} : { servers }),
  };
  return await door.step((open) => signInOver(open, by));
}

async function authenticate(
  door: Door,
  options: IntroduceOptions,
  registration: EventOf<"hello">["registration"],
): Promise<Introduced> {
  for (let tries = 1;; tries++) {
    try {
      const credentials = new Credentials(options.name, await options.password("known"));
      return { credentials, first: await signIn(door, options, credentials) };
    } catch (error) {
      // A text that cannot be a password is a wrong one.
      const wrong = error instanceof ChatError &&
        ["sign_in_refused", "bad_text"].includes(error.code);
      if (!wrong) throw error;
      if (options.passwordIsGiven || tries === triesMax) {
        const message = registration === "closed"
          ? "Wrong name or password. This server accepts no new accounts."
          : `Wrong name or password. If somebody else has the name "${options.name}", choose another.`;
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

/** The connection over which the first words are said. It stays from one step to the next, unless somebody leaves. */
class Door {
  readonly #options: IntroduceOptions;
  #open: OpenLink | null = null;

  constructor(options: IntroduceOptions) {
    this.#options = options;
  }

  /** Does something over the connection, over a new one where there is none, and again later where the server asks to slow down. */
  async step<T>(act: (open: OpenLink) => Promise<T>): Promise<T> {
    const { patienceMs = 0, write } = this.#options;
    const onWait = (error: ChatError) => write(markedErrorText(error, inCapitals));
    return await patiently(() => this.#try(act), { patienceMs, onWait });
  }

  /** Ends the connection. */
  leave(): void {
    this.#open?.link.close();
    this.#open = null;
  }

  async #try<T>(act: (open: OpenLink) => Promise<T>): Promise<T> {
    try {
      this.#open ??= new OpenLink(await this.#options.connect());
      return await act(this.#open);
    } catch (error) {
      this.leave();
      throw error;
    }
  }
}
