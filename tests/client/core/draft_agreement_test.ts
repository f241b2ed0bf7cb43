import { assertEquals } from "@std/assert";
import type { SharedDrafts } from "../../../client/core/chat/shared_drafts.ts";
import type { Message } from "../../fixtures/peer.ts";
import { HostileServer } from "./hostile_server.ts";

/** A client that shares drafts, as an interface does. */
class Sharing implements Disposable {
  readonly shown: string[] = [];
  drafts!: SharedDrafts;
  #wake = Promise.withResolvers<void>();

  static async open(server: HostileServer, name: string): Promise<Sharing> {
    const sharing = new Sharing();
    const signedIn = await server.client(name);
    signedIn.onEvent = (event) => {
      if (event.type === "draft") sharing.drafts.take(event.sealed);
    };
    sharing.drafts = await signedIn.client.shareDrafts((title, text) => {
      sharing.shown.push(`${title}: ${text}`);
      sharing.#wake.resolve();
      return true;
    });
    sharing.drafts.begin();
    return sharing;
  }

  type(written: string): void {
    this.drafts.note([{ title: "#lobby", written }]);
  }

  async untilShown(wanted: string): Promise<void> {
    while (!this.shown.includes(wanted)) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }

  [Symbol.dispose](): void {
    this.drafts.stop();
  }
}

Deno.test("what is typed in one client is in the account's other one, and the server can read nothing of it", async () => {
  await using server = await HostileServer.start("jack");
  const seen: Message[] = [];
  server.tamperRequest = (request) => void seen.push(structuredClone(request));
  server.tamper = ({ type, message }) => {
    if (type === "draft") seen.push(structuredClone(message));
  };
  using desk = await Sharing.open(server, "jack");
  using phone = await Sharing.open(server, "jack");
  desk.type("Shall we have lunch?");
  await phone.untilShown("#lobby: Shall we have lunch?");
  desk.type("");
  await phone.untilShown("#lobby: ");
  const drafts = seen.filter((one) => one["sealed"] !== undefined);
  for (const { sealed } of drafts) {
    const bytes = Uint8Array.fromBase64(String(sealed));
    assertEquals(bytes.length, 284);
    const text = new TextDecoder("latin1").decode(bytes);
    for (const word of ["lunch", "lobby"]) assertEquals(text.includes(word), false);
  }
  assertEquals(drafts.length >= 4, true);
  assertEquals(desk.shown, []);
});

Deno.test("a server that gives a draft of another account, an old one, or none at all changes nothing", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const told: string[] = [];
  server.tamper = ({ name, type, message }) => {
    if (type !== "draft" || message["event"] === undefined) return;
    const sealed = String(message["sealed"]);
    told.push(sealed);
    if (name !== "jack") return null;
    const garbage = crypto.getRandomValues(new Uint8Array(284)).toBase64();
    const old = told.map((sealed) => ({ event: "draft", sealed }));
    return [{ event: "draft", sealed: garbage }, { event: "draft", sealed: "" }, ...old, message];
  };
  using _jill = await Sharing.open(server, "jill");
  using jillToo = await Sharing.open(server, "jill");
  jillToo.type("of jill");
  using desk = await Sharing.open(server, "jack");
  using phone = await Sharing.open(server, "jack");
  desk.type("one");
  await phone.untilShown("#lobby: one");
  desk.type("");
  await phone.untilShown("#lobby: ");
  desk.type("two");
  await phone.untilShown("#lobby: two");
  assertEquals(phone.shown, ["#lobby: one", "#lobby: ", "#lobby: two"]);
  assertEquals(desk.shown, []);
  assertEquals(told.length > phone.shown.length, true);
});
