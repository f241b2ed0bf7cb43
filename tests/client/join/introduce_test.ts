import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ServerConnection } from "../../../client/core/link/transport.ts";
import { ChatClient } from "../../../client/core/chat/chat_client.ts";
import { introduce, type IntroduceOptions } from "../../../client/join/introduce.ts";
import { encodeMessage } from "../../../protocol/wire/frame.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { SignInGuard } from "../../../server/accounts/sign_in_guard.ts";
import { makePipe } from "../../fixtures/pipe.ts";
import { passwordOfEveryone } from "../../fixtures/accounts.ts";
import { HostileServer, MemoryText } from "../core/hostile_server.ts";
import {
  binding,
  type FixtureOptions,
  NativeFixture,
} from "../../server/wires/native/native_fixture.ts";

/** One introduction: which passwords are typed, what is asked and written, and the connections that were made. */
class Introduction {
  readonly asked: string[] = [];
  readonly written: string[] = [];
  connections = 0;

  constructor(readonly fixture: NativeFixture, readonly passwords: string[]) {}

  async run(name: string, more: Partial<IntroduceOptions> = {}) {
    const { credentials, first } = await introduce({
      name,
      address: "localhost port 41000",
      connect: () => {
        this.connections++;
        const [, pipe] = this.fixture.pipe();
        return Promise.resolve({ transport: pipe, channelBinding: binding });
      },
      password: (account) => {
        this.asked.push(account);
        return Promise.resolve(this.passwords.shift()!);
      },
      passwordIsGiven: false,
      write: (line) => this.written.push(line),
      ...more,
    });
    first.link.close();
    return credentials;
  }
}

async function begin(passwords: string[], options: FixtureOptions = {}): Promise<Introduction> {
  return new Introduction(await NativeFixture.start(options), passwords);
}

async function refusal(action: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(action, ChatError)).code;
}

Deno.test("a new name is registered, and what comes back signs in", async () => {
  const one = await begin(["a new password"], { motd: "Tea\n\u001b[2Jat five" });
  await using fixture = one.fixture;
  const credentials = await one.run("Jack");
  assertEquals([one.asked, credentials.name], [["new"], "Jack"]);
  assertEquals(one.written, [
    'This is the chat server "test".',
    "server: Tea",
    "server: ␛[2Jat five",
    'There is no "Jack" on localhost port 41000 yet.',
    "Choose a password to register it, or press Ctrl-C if you meant another name.",
    "Your account has been successfully created!",
  ]);
  const again = new Introduction(fixture, ["a new password"]);
  await again.run("jack");
  assertEquals(again.asked, ["known"]);
  assertEquals(again.written.at(-1), "You are signing in as jack on localhost port 41000.");
  assert(!JSON.stringify([...fixture.storage.data.accounts.values()]).includes("a new password"));
});

Deno.test("where the page is stands below the greeting, marked as the server's own words", async () => {
  const one = await begin(["a new password"], {
    motd: "Tea",
    pageAddresses: ["https://192.0.2.7/", "forged\nwords"],
  });
  await using _fixture = one.fixture;
  await one.run("jack");
  assertEquals(one.written.slice(1, 4), [
    "server: Tea",
    "server: With a browser: https://192.0.2.7/ or forged",
    "server: words",
  ]);
});

Deno.test("a wrong password may be typed three times", async () => {
  const one = await begin(["wrong password", "x", passwordOfEveryone], {
    accountNames: ["jack", "jill"],
  });
  await using fixture = one.fixture;
  await one.run("jack");
  assertEquals(one.written.slice(2), ["Wrong password! Try again.", "Wrong password! Try again."]);
  const other = new Introduction(fixture, ["wrong one", "wrong two", "wrong three", "more"]);
  assertEquals(await refusal(() => other.run("jill")), "sign_in_refused");
  assertEquals(other.asked.length, 3);
});

Deno.test("a wrong password that was given beforehand is not tried again", async () => {
  const one = await begin(["wrong password"], { accountNames: ["jack"] });
  await using _fixture = one.fixture;
  const error = await assertRejects(() => one.run("jack", { passwordIsGiven: true }), ChatError);
  assertEquals([error.code, error.message], [
    "sign_in_refused",
    'Wrong name or password. If somebody else has the name "jack", choose another.',
  ]);
  assertEquals(one.asked.length, 1);
});

Deno.test("where registration is closed, that is said before any password, and which names exist is not", async () => {
  const one = await begin(["some password"], { registration: "closed", accountNames: ["jill"] });
  await using fixture = one.fixture;
  const jill = new Introduction(fixture, [passwordOfEveryone]);
  await jill.run("jill");
  const written = [
    'This is the chat server "test".',
    "It accepts no new accounts, only names that are registered already.",
  ];
  const signingIn = (name: string) => `You are signing in as ${name} on localhost port 41000.`;
  assertEquals([jill.asked, jill.written], [["known"], [...written, signingIn("jill")]]);
  let writtenBefore: string[] = [];
  const password = () => {
    writtenBefore = [...one.written];
    throw new ChatError("disconnected", "leaves");
  };
  await assertRejects(() => one.run("jack", { password }));
  assertEquals(writtenBefore, [...written, signingIn("jack")]);
});

Deno.test("where registration is closed, an unknown name with a given password is refused, and why", async () => {
  const one = await begin(["some password"], { registration: "closed" });
  await using _fixture = one.fixture;
  const error = await assertRejects(() => one.run("jack", { passwordIsGiven: true }), ChatError);
  assertEquals([error.code, error.message], [
    "sign_in_refused",
    "Wrong name or password. This server accepts no new accounts.",
  ]);
  assertEquals(one.asked, ["known"]);
});

Deno.test("a greeting of the server cannot pass for a message of somebody", async () => {
  const forged = "**** Incoming private message from jill ****: send me your key";
  const one = await begin([passwordOfEveryone], { accountNames: ["jack"], motd: `Hi\n${forged}` });
  await using _fixture = one.fixture;
  await one.run("jack", { passwordIsGiven: true });
  assertEquals(one.written.slice(1), ["server: Hi", `server: ${forged}`]);
});

Deno.test("a name that looks like another's is refused before the person is asked twice", async () => {
  const one = await begin(["some password"], { accountNames: ["paypal"] });
  await using _fixture = one.fixture;
  assertEquals(await refusal(() => one.run("paypa1")), "name_taken");
});

Deno.test("no connection is kept while a person types", async () => {
  const one = await begin([], { accountNames: ["jack"] });
  await using fixture = one.fixture;
  let open = -1;
  await one.run("jack", {
    password: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      open = fixture.native.size;
      return passwordOfEveryone;
    },
  });
  assertEquals([open, one.connections], [0, 2]);
});

Deno.test("what is not a chat server is named as such", async () => {
  const one = await begin([]);
  await using _fixture = one.fixture;
  const web = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
  for (const said of [encodeMessage({ reply: 1, known: true }), web]) {
    const connect = async (): Promise<ServerConnection> => {
      const [server, client] = makePipe();
      await server.write(said);
      return { transport: client, channelBinding: binding };
    };
    const error = await assertRejects(() => one.run("jack", { connect }), ChatError);
    assertEquals([error.code, error.message], [
      "bad_message",
      "What listens on localhost port 41000 is no chat server, or its page for browsers. Check the port.",
    ]);
  }
});

Deno.test("a server whose welcome proves nothing is refused", async () => {
  const one = await begin([passwordOfEveryone], { accountNames: ["jack"] });
  await using fixture = one.fixture;
  const account = fixture.storage.data.accounts.get("jack")!;
  fixture.storage.data.accounts.set("jack", { ...account, serverKey: new Uint8Array(32) });
  assertEquals(await refusal(() => one.run("jack", { passwordIsGiven: true })), "bad_proof");
});

Deno.test("a device that is known gets in where strangers at the same address have used up the account's tries", async () => {
  const guard = new SignInGuard({ secret: new Uint8Array(32).fill(8), nowMs: () => 0 });
  const one = await begin([passwordOfEveryone, passwordOfEveryone], {
    accountNames: ["jack"],
    guard,
  });
  await using _fixture = one.fixture;
  const stranger = { accountKey: "jack", address: "192.0.2.1" };
  for (let tries = 0; tries < 5; tries++) (await guard.admit(stranger)).failed();
  assertEquals(await refusal(() => one.run("jack")), "slow_down");
  const devices = new MemoryText();
  devices.text = await guard.issueDeviceToken("jack");
  await one.run("jack", { devices });
});

/** Comes as jack, whose password is typed or given beforehand; gives the requests of each connection. */
async function arrive(server: HostileServer, passwordIsGiven: boolean): Promise<string[][]> {
  const connections: string[][] = [];
  server.tamperRequest = ({ type }) => void connections.at(-1)!.push(String(type));
  const connect = () => {
    connections.push([]);
    return Promise.resolve(server.connect("jack"));
  };
  const { credentials, first } = await introduce({
    name: "jack",
    address: "localhost port 41000",
    connect,
    password: () => Promise.resolve(passwordOfEveryone),
    passwordIsGiven,
    write: () => {},
  });
  const jack = await ChatClient.open({ credentials, connect, onEvent: () => {} }, first);
  await jack.post("#lobby", "here");
  await jack.close(1_000);
  const introductory = ["lookup", "register", "sign_in", "sign_in_proof"];
  return connections.map((types) => types.filter((type) => introductory.includes(type)));
}

Deno.test("an arrival with a password that is given is one sign-in over one connection, a new account's too", async () => {
  await using server = await HostileServer.start("jill");
  const signIn = ["sign_in", "sign_in_proof"];
  assertEquals(await arrive(server, true), [["lookup", "register", ...signIn]]);
  assertEquals(await arrive(server, true), [["lookup", ...signIn]]);
});

Deno.test("an arrival with a password that is typed is one sign-in, over two connections", async () => {
  await using server = await HostileServer.start("jill");
  const signIn = ["sign_in", "sign_in_proof"];
  assertEquals(await arrive(server, false), [["lookup"], ["register", ...signIn]]);
  assertEquals(await arrive(server, false), [["lookup"], signIn]);
});
