import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { ChatError } from "../protocol/wire/errors.ts";
import { openDraft } from "../protocol/e2e/draft.ts";
import { deriveWrapKey, openIdentity } from "../protocol/e2e/identity.ts";
import { joinFields } from "../protocol/e2e/byte_fields.ts";
import { readKeyRecord } from "../protocol/e2e/key_record.ts";
import { readKeySupplement } from "../protocol/e2e/key_supplement.ts";
import { encapsulationBytes } from "../protocol/e2e/ml_kem.ts";
import { deriveBytes, openBox } from "../protocol/e2e/sealed_box.ts";
import * as limits from "../protocol/wire/limits.ts";
import { events } from "../protocol/wire/events.ts";
import { parseFromServer, parseReply } from "../protocol/wire/messages.ts";
import { replies } from "../protocol/wire/replies.ts";
import { parseRequest } from "../protocol/wire/request_payload.ts";
import { type Request, requests, type RequestType } from "../protocol/wire/requests.ts";
import { openPrivate } from "../protocol/e2e/private.ts";
import { decodeBody, encodeBody } from "../protocol/e2e/private_body.ts";
import { safetyNumber } from "../protocol/e2e/safety_number.ts";
import { ScramClient } from "../protocol/scram/scram_client.ts";
import { deriveKeys } from "../protocol/scram/scram_keys.ts";
import { channelBindingInput } from "../protocol/scram/scram_messages.ts";
import { filesBelow, root } from "./import_graph.ts";

type Content = Record<string, unknown>;

/** A request of docs/protocol.md, and the reply that is shown with it. */
interface Exchange {
  readonly sent: Content;
  readonly request: Request;
  readonly reply: Content | null;
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(join(root, path));
}

const protocol = await readText("docs/protocol.md");
const blocks = protocol.split(/^```\n/mu).filter((_, index) => index % 2 === 1)
  .map((block) => block.trimEnd().split("\n"));

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Every request that is shown, with its reply. */
function exchanges(): Exchange[] {
  return blocks.flatMap((lines) => {
    const received = lines.filter((line) => line.startsWith("← "))
      .map((line): Content => JSON.parse(line.slice(2)));
    return lines.filter((line) => line.startsWith("→ ") && !line.includes('"dance"'))
      .map((line) => {
        const sent: Content = JSON.parse(line.slice(2));
        const reply = received.find((one) => one["reply"] === sent["id"]) ?? null;
        return { sent, request: parseRequest(encode(line.slice(2))), reply };
      });
  });
}

function shownEvents(): Content[] {
  return blocks.flat().filter((line) => line.startsWith('← {"event"'))
    .map((line) => JSON.parse(line.slice(2)));
}

function exchange<T extends RequestType>(type: T, who?: string): Exchange {
  const found = exchanges().find(({ sent }) =>
    sent["type"] === type && (who === undefined || sent["name"] === who)
  );
  assert(found !== undefined, `docs/protocol.md has no "${type}"`);
  return found;
}

/** The names of a schema's fields that no example has. */
function missingFields(schema: { readonly entries: object }, examples: readonly Content[]) {
  const shown = new Set(examples.flatMap((example) => Object.keys(example)));
  return Object.keys(schema.entries).filter((field) => !shown.has(field));
}

Deno.test("docs/protocol.md shows nothing but frames in its blocks", () => {
  assertGreater(blocks.length, 30);
  const others = blocks.flat().filter((line) => !/^[→←] \{.*\}$/u.test(line));
  assertEquals(others, []);
});

for (const type of Object.keys(requests) as RequestType[]) {
  Deno.test(`docs/protocol.md shows the request "${type}" with all its fields, and its reply`, () => {
    const shown = exchanges().filter(({ request }) => request.type === type);
    assertGreater(shown.length, 0);
    assertEquals(missingFields(requests[type], shown.map(({ sent }) => sent)), []);
    const replied = shown.map(({ reply }) => reply).filter((reply) => reply !== null);
    if (type === "read") return assertEquals(replied, []);
    assertGreater(replied.length, 0);
    for (const reply of replied) parseReply(type, reply);
    assertEquals(missingFields(replies[type], replied), []);
  });
}

for (const [type, schema] of Object.entries(events)) {
  Deno.test(`docs/protocol.md shows the event "${type}" with all its fields`, () => {
    const shown = shownEvents().filter(({ event }) => event === type);
    assertGreater(shown.length, 0);
    for (const event of shown) {
      const parsed = parseFromServer(encode(JSON.stringify(event)));
      assert(parsed !== null && "event" in parsed && parsed.event === type);
    }
    assertEquals(missingFields(schema, shown), []);
  });
}

Deno.test("docs/protocol.md explains every error code, and no others", async () => {
  const union = /export type ErrorCode =([^]*?);\n/.exec(
    await readText("protocol/wire/errors.ts"),
  )![1]!;
  const codes = Array.from(union.matchAll(/\| "(\w+)"/gu), ([, code]) => code!);
  assertGreater(codes.length, 20);
  const table = protocol.slice(protocol.indexOf("## Error codes"));
  const explained = Array.from(table.matchAll(/^\| `(\w+)` \|/gmu), ([, code]) => code!);
  assertEquals(explained.toSorted(), codes.toSorted());
});

Deno.test("docs/protocol.md names the limits as they are", () => {
  const seconds = (ms: number) => `${ms / 1_000} s`;
  const grouped = (number: number) => number.toLocaleString("en-US");
  const named = [
    ...[
      limits.frameBytesMaxBeforeSignIn,
      limits.frameBytesMax,
      limits.frameBytesMaxFromServer,
      limits.textBytesMax,
      limits.iterationsMin,
      limits.iterationsMax,
      limits.passwordBytesMax,
      limits.listPageMax,
      limits.roomsMax,
      limits.vaultBytesMax,
      limits.sealedCharactersMax,
    ].map(grouped),
    `| TLS handshake | ${seconds(limits.handshakeTimeoutMs)} |`,
    `| sign-in | ${seconds(limits.signInTimeoutMs)} from the connection, at most ` +
    `${seconds(limits.silenceBeforeSignInTimeoutMs)} of silence |`,
    `| a frame from its first byte to its last | ${seconds(limits.frameTimeoutMs)} |`,
    `After ${seconds(limits.idleProbeMs)} without a byte from a client`,
    `at least ${limits.passwordCharactersMin} characters, counted in code points`,
    `\`data\` has at most ${
      grouped(limits.scramMessageCharactersMax)
    } characters, each value in it ` +
    `at most ${limits.scramValueCharactersMax}`,
    `probed after ${seconds(limits.idleProbeMs)}, closed after ${seconds(limits.idleTimeoutMs)} |`,
    `| ${limits.requestsUnderWayMax} posts;`,
    `| topic | ${limits.topicBytesMax} bytes |`,
    `| name | ${limits.nameCharactersMax} characters, at most ${limits.nameMarksMax} combining`,
    `| page | ${limits.pagePostsMax} posts, less where they are long (${
      limits.pageBytesMax / 1024
    } KiB`,
    `| queue toward a client | ${limits.queueBytesMax / 1024 / 1024} MiB;`,
    `one write takes ${seconds(limits.writeTimeoutMs)}.`,
    `${limits.roomsPerAccountMax} rooms for an account`,
    `| sessions of an account | ${limits.sessionsPerAccountMax} |`,
    `more than ${limits.combiningMarksMax} combining marks`,
  ];
  for (const text of named) assertStringIncludes(protocol, text);
});

Deno.test("docs/protocol.md says which fields of requests may be left out, and no others", () => {
  const [, table = ""] = /\| request \| may be left out \|\n([^]*?)\n\n/u.exec(protocol) ?? [];
  const said = table.split("\n").slice(1).map((row) =>
    Array.from(row.matchAll(/`(\w+)`/gu), ([, word]) => word).join(" ")
  );
  const optional = Object.entries(requests).map(([type, request]) => {
    const fields = Object.entries<{ type: string }>(request.entries);
    const names = fields.filter(([, field]) => field.type === "optional").map(([name]) => name);
    return [type, ...names].join(" ");
  });
  assertEquals(said.toSorted(), optional.filter((row) => row.includes(" ")).toSorted());
});

/** What the table of the SCRAM example gives for a value. */
function computed(name: string): string {
  const row = protocol.split("\n").find((line) => line.startsWith(`| ${name}`));
  return row?.split("`").at(-2) ?? "";
}

async function jacksKeys() {
  const { sent } = exchange("register");
  const keys = await deriveKeys("correct horse", bytes(sent["salt"]), Number(sent["iterations"]));
  return { sent, keys };
}

function bytes(base64: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(String(base64));
}

Deno.test("the sign-in of docs/protocol.md is what this client sends, value by value", async () => {
  const { sent, keys } = await jacksKeys();
  assertEquals([keys.storedKey.toBase64(), keys.serverKey.toBase64()], [
    sent["storedKey"],
    sent["serverKey"],
  ]);
  const begin = exchange("sign_in");
  const proof = exchange("sign_in_proof");
  const scram = new ScramClient({
    userName: "jack",
    keysFor: () => Promise.resolve(keys),
    binding: Uint8Array.fromHex(computed("channel binding")),
    nonce: /r=(.*)$/u.exec(String(begin.sent["data"]))![1]!,
  });
  assertEquals(scram.first, begin.sent["data"]);
  assertEquals(await scram.respond(String(begin.reply!["data"])), proof.sent["data"]);
  scram.verify(String(proof.reply!["data"]));
  assertEquals(computed("SaltedPassword"), keys.saltedPassword.toHex());
  assertEquals(computed("ClientKey"), keys.clientKey.toHex());
  assertEquals(computed("StoredKey"), keys.storedKey.toHex());
  assertEquals(computed("ServerKey"), keys.serverKey.toHex());
  const data = String(proof.sent["data"]);
  assertEquals(computed("ClientProof"), bytes(data.split(",p=")[1]).toHex());
  assertEquals(computed("ServerSignature"), bytes(String(proof.reply!["data"]).slice(2)).toHex());
  const exchanged = [scram.first.split(",,")[1], begin.reply!["data"], data.split(",p=")[0]];
  assertEquals(computed("AuthMessage"), exchanged.join(","));
});

Deno.test("the fingerprint and the channel binding of docs/protocol.md are of one certificate", () => {
  const binding = Uint8Array.fromHex(computed("channel binding"));
  assertStringIncludes(protocol, `\`SHA256:${binding.toBase64().replace("=", "")}\``);
  const bound = channelBindingInput("p=tls-server-end-point,,", binding).toBase64();
  assertStringIncludes(String(exchange("sign_in_proof").sent["data"]), `c=${bound},`);
});

/** The identity that jack has registered, opened with his password. */
async function jacksIdentity() {
  const { sent, keys } = await jacksKeys();
  const sealed = sent["identity"] as Content;
  const wrapKey = await deriveWrapKey(keys.saltedPassword);
  const wrappedKey = bytes(sealed["wrappedKey"]);
  const identity = await openIdentity("jack", {
    record: bytes(sealed["record"]),
    sealedKeys: bytes(sealed["sealedKeys"]),
    wrappedKey,
  }, wrapKey);
  return { identity, wrapKey, wrappedKey };
}

Deno.test("the private message of docs/protocol.md opens with the keys of docs/protocol.md", async () => {
  const { identity } = await jacksIdentity();
  const jill = await readKeyRecord(bytes(exchange("keys", "jill").reply!["record"]), "jill");
  const { sent: message } = exchange("private");
  const address = { from: "jill", to: "jack", id: String(message["postId"]) };
  const ends = { as: "recipient", own: identity, sender: jill.agreement } as const;
  const body = decodeBody(await openPrivate(String(message["body"]), address, ends));
  assertEquals(body.text, "Shall we have lunch?");
  const jack = { nameKey: "jack", keys: identity.publicKeys };
  assertStringIncludes(protocol, await safetyNumber(jack, { nameKey: "jill", keys: jill }));
});

Deno.test("the draft of docs/protocol.md opens with jack's keys", async () => {
  const { identity } = await jacksIdentity();
  const draft = await openDraft(bytes(exchange("draft").sent["sealed"]), identity);
  assertStringIncludes(protocol, `\`${JSON.stringify(draft)}\``);
});

Deno.test("the message of suite 2 of docs/protocol.md opens by way of the values that stand there", async () => {
  const { identity, wrapKey, wrappedKey } = await jacksIdentity();
  const context = joinFields("chat master key v1", "jack");
  assertEquals(
    computed("jack's master key"),
    (await openBox(wrapKey, wrappedKey, context)).toHex(),
  );
  const seed = await deriveBytes(identity.masterKey, "chat ML-KEM-768 seed v1", 64);
  assertEquals(computed("his seed of ML-KEM-768"), seed.toHex());
  const { sent, reply } = exchange("set_supplement");
  const { encapsulationKey } = identity.decapsulation;
  assertEquals(bytes(sent["supplement"]), identity.supplement);
  assertEquals(sent["supplement"], reply!["supplement"]);
  const digest = await crypto.subtle.digest("SHA-256", encapsulationKey);
  assertEquals(computed("SHA-256 of his encapsulation key"), new Uint8Array(digest).toHex());

  const { reply: joan } = exchange("keys", "joan");
  const record = bytes(joan!["record"]);
  const { agreement, signing } = await readKeyRecord(record, "joan");
  await readKeySupplement(bytes(joan!["supplement"]), record, signing);
  const message = exchanges().find(({ sent }) => String(sent["body"]).startsWith("AAK"))!.sent;
  const body = String(message["body"]);
  const ciphertext = Uint8Array.fromBase64(body).slice(2, 2 + encapsulationBytes);
  const secret = await identity.decapsulation.decapsulate(ciphertext);
  assertEquals(computed("shared secret key of ML-KEM-768"), secret.toHex());
  const address = { from: "joan", to: "jack", id: String(message["postId"]) };
  const ends = { as: "recipient", own: identity, sender: agreement } as const;
  const { text } = decodeBody(await openPrivate(body, address, ends));
  assertStringIncludes(protocol, `On the way to \`${text}\`, in hexadecimal`);
});

Deno.test("the content of a private reaction is written as docs/protocol.md shows it", () => {
  const message = exchanges().find(({ sent }) => String(sent["body"]).startsWith("AAK"))!;
  const body = encodeBody({
    place: { chain: "0011223344556677", number: 1 },
    after: null,
    kind: "reaction",
    text: "👍",
    about: { sequence: Number(message.reply!["sequence"]), id: String(message.sent["postId"]) },
  });
  assertStringIncludes(protocol, `\`${body.toHex().replace(/(00)+$/, "")}\``);
});

Deno.test("an example that breaks a schema would be noticed", () => {
  let code: unknown;
  try {
    parseReply("post", { sequence: -1, timeMs: 0 });
  } catch (error) {
    code = error instanceof ChatError ? error.code : error;
  }
  assertEquals(code, "bad_message");
});

/** The anchor that a heading gets. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, "").trim().replaceAll(" ", "-");
}

async function anchorsIn(path: string): Promise<string[]> {
  return Array.from((await readText(path)).matchAll(/^#+ (.*)$/gmu), ([, text]) => anchorOf(text!));
}

/** The links of a document that lead nowhere. */
async function brokenLinks(path: string): Promise<string[]> {
  const broken: string[] = [];
  for (const [, link] of (await readText(path)).matchAll(/\]\(([^)\s]+)\)/gu)) {
    if (/^https?:/u.test(link!)) continue;
    const [file = "", anchor] = link!.split("#");
    const target = file === "" ? path : join(dirname(path), file);
    const found = await Deno.stat(join(root, target)).then(() => true, () => false);
    if (!found || (anchor !== undefined && !(await anchorsIn(target)).includes(anchor))) {
      broken.push(`${path}: ${link}`);
    }
  }
  return broken;
}

Deno.test("every link of the documents leads somewhere", async () => {
  const documents = (await filesBelow("")).filter((path) => path.endsWith(".md"));
  assertGreater(documents.length, 5);
  assertEquals((await Promise.all(documents.map(brokenLinks))).flat(), []);
});

Deno.test("every document that the program or another document names is there", async () => {
  const sources = (await filesBelow("")).filter((path) =>
    /^(main\.ts|README\.md|(client|server|protocol|platform|docs)\/.*\.(ts|md))$/u.test(path)
  );
  const texts = await Promise.all(sources.map(readText));
  const named = new Set(texts.flatMap((text) => text.match(/\bdocs\/[a-z-]+\.md\b/gu) ?? []));
  assertGreater(named.size, 3);
  const missing: string[] = [];
  for (const path of named) {
    if (!await Deno.stat(join(root, path)).then(() => true, () => false)) missing.push(path);
  }
  assertEquals(missing, []);
});

Deno.test("lines of README.md fit a terminal: 120 characters at the most", async () => {
  const long = (await readText("README.md")).split("\n").filter((line) => line.length > 120);
  assertEquals(long, []);
});
