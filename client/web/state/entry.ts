/**
 * From an open page to a signed-in account: which server, is it the right one, who, and with which password.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { parseServerAddress } from "../../../protocol/wire/server_address.ts";
import { Credentials } from "../../core/link/credentials.ts";
import { OpenLink } from "../../core/link/open_link.ts";
import { patiently } from "../../core/link/patience.ts";
import { type SignedInLink, signInOver } from "../../core/link/signed_in_link.ts";
import type { ServerConnection } from "../../core/link/transport.ts";
import { ChangedServerError, connectByGateway } from "../wire/gateway_connection.ts";
import type { FirstContact } from "../wire/gateway_messages.ts";
import type { PageSettings } from "../wire/page_settings.ts";
import { openStore } from "../wire/text_stores.ts";
import { pageErrorText } from "../text/page_words.ts";

/** What is asked at the moment. */
export type EntryStep =
  | { readonly kind: "who" }
  | { readonly kind: "busy"; readonly what: string }
  | { readonly kind: "first_contact"; readonly contact: FirstContact }
  | { readonly kind: "changed"; readonly error: ChangedServerError }
  | {
    readonly kind: "password";
    readonly account: "new" | "known";
    readonly serverName: string;
    readonly greeting: string;
  };

/** Somebody who has come in. */
export interface Entered {
  readonly way: PageSettings["way"];
  /** As it is shown and as texts are kept for it. */
  readonly server: string;
  readonly credentials: Credentials;
  readonly first: SignedInLink;
  readonly connect: (signal: AbortSignal) => Promise<ServerConnection>;
  readonly isNew: boolean;
}

/** While the server is asked for the first time. */
export const connecting: EntryStep = { kind: "busy", what: "Connecting" };

/**
 * What a tab knows until it is closed or its person signs out: who was in. A phone loads a page anew whenever it was short of memory; then
 * only the password is asked for.
 */
const tab = sessionStorage;

/** How long to wait in all where the server asks to slow down, in milliseconds. */
const patienceMs = 30_000;

/** The way in. */
export class PageEntry {
  readonly step = signal<EntryStep>({ kind: "who" });
  /** What went wrong last; empty for nothing. */
  readonly problem = signal("");
  readonly server = signal("");
  readonly name = signal("");
  readonly settings: PageSettings;
  /** Who was said to come, and to which server, before somebody types. */
  readonly #expected: readonly [server: string, name: string];
  readonly #onEntered: (entered: Entered) => Promise<void>;
  #fingerprint: string | undefined;
  #answer: ((trusted: boolean) => void) | null = null;

  /**
   * @param settings What is known beforehand.
   * @param onEntered Goes on.
   */
  constructor(settings: PageSettings, onEntered: (entered: Entered) => Promise<void>) {
    this.settings = settings;
    this.#onEntered = onEntered;
    const [server, name] = [
      settings.server ?? tab.getItem("server"),
      settings.name ?? tab.getItem("name"),
    ];
    this.server.value = server ?? settings.known[0] ?? "";
    this.name.value = name ?? "";
    this.#expected = [this.server.value, this.name.value];
  }

  /** Whether the person may say which server. */
  get choosesServer(): boolean {
    return this.settings.way === "program" && this.settings.server === null;
  }

  /** Begins, at once where nothing has to be asked. A name that somebody is just typing is none yet. */
  async start(): Promise<void> {
    const [server, name] = this.#expected;
    const isTyped = this.server.value !== server || this.name.value !== name;
    if (name !== "" && !isTyped) await this.lookUp();
  }

  /** Asks the server whether it knows the name. */
  async lookUp(): Promise<void> {
    if (this.choosesServer && parseServerAddress(this.server.value) === null) {
      this.problem.value = 'Write the server as "host:port", for example "chat.example.org:41000".';
      return;
    }
    await this.#doing(connecting, { kind: "who" }, async () => {
      const { known, hello } = await this.#step(async (open) => {
        const { known } = await open.link.request("lookup", { name: this.name.value });
        return { known, hello: open.hello };
      });
      this.step.value = {
        kind: "password",
        account: known ? "known" : "new",
        serverName: safeText(hello?.server ?? ""),
        greeting: safeText(hello?.motd ?? "", { lines: "keep" }),
      };
    });
  }

  /** The person has said whether a server is the right one. */
  answerContact(trusted: boolean): void {
    this.#answer?.(trusted);
    this.#answer = null;
    this.step.value = trusted ? connecting : { kind: "who" };
  }

  /** The person agrees to a certificate that has changed. */
  async acceptChanged({ now }: ChangedServerError): Promise<void> {
    this.#fingerprint = now;
    await this.lookUp();
  }

  /** Back to the beginning. */
  back(): void {
    this.problem.value = "";
    this.step.value = { kind: "who" };
  }

  /** Signs in, or registers. @param again The same password, where it is a new one. */
  async submitPassword(password: string, again: string): Promise<void> {
    const asked = this.step.value;
    if (asked.kind !== "password") return;
    const isNew = asked.account === "new";
    if (isNew && password !== again) {
      this.problem.value = "The two passwords do not match.";
      return;
    }
    const what = isNew ? "Creating your account" : "Signing in";
    await this.#doing({ kind: "busy", what }, asked, async () => {
      const credentials = new Credentials(this.name.value, password);
      if (isNew) {
        const registration = await credentials.registration();
        await this.#step((open) => open.link.request("register", registration));
      }
      const owner = { server: this.serverKey, name: this.name.value };
      const devices = openStore(this.settings.way, owner, "device");
      const first = await this.#step((open) => signInOver(open, { credentials, devices }), true);
      const connect = (signal: AbortSignal) => this.#connect(signal);
      const { settings: { way }, serverKey: server } = this;
      tab.setItem("server", this.server.value);
      tab.setItem("name", this.name.value);
      await this.#onEntered({ way, server, credentials, first, connect, isNew });
    });
  }

  /** The server, as texts are kept for it. */
  get serverKey(): string {
    return this.server.value || location.host;
  }

  /** Does one step over a connection of its own: a person may take long between two of them. */
  async #step<T>(act: (open: OpenLink) => Promise<T>, keep = false): Promise<T> {
    const onWait = (error: ChatError) => this.problem.value = pageErrorText(error);
    return await patiently(async () => {
      const open = new OpenLink(await this.#connect(new AbortController().signal));
      try {
        const result = await act(open);
        if (!keep) open.link.close();
        return result;
      } catch (error) {
        open.link.close();
        throw error;
      }
    }, { patienceMs, onWait });
  }

  async #connect(signal: AbortSignal): Promise<ServerConnection> {
    const server = this.settings.way === "server" ? null : this.server.value;
    const confirm = (contact: FirstContact) => this.#confirm(contact);
    return await connectByGateway({ server, fingerprint: this.#fingerprint, confirm }, signal);
  }

  #confirm(contact: FirstContact): Promise<boolean> {
    this.step.value = { kind: "first_contact", contact };
    return new Promise((resolve) => this.#answer = resolve);
  }

  async #doing(busy: EntryStep, before: EntryStep, act: () => Promise<void>): Promise<void> {
    this.problem.value = "";
    this.step.value = busy;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error instanceof ChangedServerError) {
        this.step.value = { kind: "changed", error };
        return;
      }
      this.step.value = before;
      this.problem.value = this.#wordsFor(error);
    }
  }

  #wordsFor(error: ChatError): string {
    if (error.code === "sign_in_refused") {
      return "Wrong name or password. If somebody else has this name, choose another.";
    }
    return pageErrorText(error);
  }
}
