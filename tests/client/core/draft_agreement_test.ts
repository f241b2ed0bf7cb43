import { assertEquals } from "@std/assert";
import type { Message } from "../../fixtures/peer.ts";
import { SharingClient } from "../../fixtures/sharing_client.ts";
import { HostileServer } from "./hostile_server.ts";

async function open(server: HostileServer, name: string): Promise<SharingClient> {
  const sharing = new SharingClient();
  const signedIn = await server.client(name);
  signedIn.onEvent = sharing.onEvent;
  await sharing.begin(signedIn.client);
  return sharing;
}

Deno.test("what is typed in one client is in the account's other one, and the server can read nothing of it", async () => {
  await using server = await HostileServer.start("jack");
  const seen: Message[] = [];
  server.tamperRequest = (request) => void seen.push(structuredClone(request));
  server.tamper = ({ type, message }) => {
    if (type === "draft") seen.push(structuredClone(message));
  };
  await using desk = await open(server, "jack");
  await using phone = await open(server, "jack");
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
  await using _jill = await open(server, "jill");
  await using jillToo = await open(server, "jill");
  jillToo.type("of jill");
  await using desk = await open(server, "jack");
  await using phone = await open(server, "jack");
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
