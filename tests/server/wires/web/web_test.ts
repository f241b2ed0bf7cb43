import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import {
  frameBytesMax,
  frameBytesMaxBeforeSignIn,
  signInTimeoutMs,
  silenceBeforeSignInTimeoutMs,
} from "../../../../protocol/wire/limits.ts";
import { closeCodes } from "../../../../protocol/web/web_socket_frames.ts";
import { ScramClient } from "../../../../protocol/scram/scram.ts";
import { keysOfEveryone } from "../../../fixtures/accounts.ts";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";
import { maskedFrame } from "../../../fixtures/masked_frame.ts";
import { codeOf } from "../../../fixtures/peer.ts";
import { rawRequest, webSocketHeaders } from "../../../fixtures/raw_browser.ts";
import { binding } from "../native/native_fixture.ts";
import { signInUnbound, WebFixture, webHost } from "./web_fixture.ts";

// Derived before any test takes the clock away: WebCrypto works in real time.
await keysOfEveryone();

Deno.test("a browser gets the page, its files and what it must know, and nothing else", async () => {
  await using fixture = await WebFixture.start();
  const types: readonly [string, string][] = [
    ["/", "text/html"],
    ["/page.js", "text/javascript"],
    ["/page.css", "text/css"],
    ["/ml_kem.js", "text/javascript"],
    ["/settings", "application/json"],
  ];
  for (const [path, type] of types) {
    const answer = await fixture.ask({ path });
    assertEquals(answer.status, 200, path);
    assertStringIncludes(answer.headers.get("content-type")!, type);
    assertEquals(answer.headers.get("connection"), "close");
  }
  assertEquals(JSON.parse((await fixture.ask({ path: "/settings" })).body), {
    way: "server",
    server: webHost,
    name: null,
    known: [],
    fingerprint: "SHA256:x",
  });
  for (const path of ["/store", "/page.js/", "//", "/../etc/passwd", "/settings/x"]) {
    assertEquals((await fixture.ask({ path })).status, 404, path);
  }
  assertEquals((await fixture.ask({ path: "/", method: "PUT" })).status, 405);
});

Deno.test("a browser that takes gzip gets the page in a third of its bytes, anyone else as it is", async () => {
  await using fixture = await WebFixture.start();
  const lengthOf = async (encodings: string | null, encoding: string | null) => {
    const headers = { "accept-encoding": encodings };
    const answer = await fixture.ask({ path: "/page.js", headers });
    assertEquals(answer.headers.get("content-encoding"), encoding, String(encodings));
    return Number(answer.headers.get("content-length"));
  };
  const plain = await lengthOf(null, null);
  assertLess(await lengthOf("gzip, deflate, br, zstd", "gzip"), plain / 2.5);
  for (const none of ["identity", "gzip;q=0", "x-gzip-like"]) await lengthOf(none, null);
});

Deno.test("every answer forbids to be framed, guessed, kept, or loaded by others", async () => {
  await using fixture = await WebFixture.start();
  for (const path of ["/", "/page.js", "/settings", "/nothing"]) {
    const { headers } = await fixture.ask({ path });
    assertEquals(headers.get("x-frame-options"), "DENY", path);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("access-control-allow-origin"), null);
  }
  const policy = (await fixture.ask({ path: "/" })).headers.get("content-security-policy")!;
  for (const rule of ["frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
    assertStringIncludes(policy, rule);
  }
});

Deno.test("a page of another site opens no WebSocket through its visitors, nor does a host that is none", async () => {
  await using fixture = await WebFixture.start();
  const upgrade = (headers: Record<string, string | null>) =>
    fixture.ask({
      path: "/connection",
      headers: { ...webSocketHeaders, origin: `https://${webHost}`, ...headers },
    });
  const origins = ["https://elsewhere.example", `http://${webHost}`, "null", null];
  for (const origin of origins) {
    assertEquals((await upgrade({ origin })).status, 403, String(origin));
  }
  for (const host of ["a b", "a/b", "x;script-src *", ""]) {
    assertEquals((await upgrade({ host })).status, 400, host);
  }
  assertEquals((await fixture.ask({ path: "/connection" })).status, 426);
});

Deno.test("a page signs in without channel binding, and a native client still cannot", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack"] });
  assertEquals((await signInUnbound(await fixture.page(), "jack"))["name"], "jack");
  const native = fixture.native.peer();
  await native.event("hello");
  assertEquals(codeOf(await signInUnbound(native, "jack")), "bad_proof");
  const bound = await (await fixture.page()).signIn("jack", binding);
  assertEquals(codeOf(bound), "bad_message");
});

Deno.test("an account that refuses pages is used by programs only, until it says otherwise", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack"] });
  const program = await fixture.native.member("jack");
  const page = await fixture.member("jack");
  assertEquals(codeOf(await program.ask("set_pages", { refused: true })), undefined);
  assertEquals((await page.event("closing"))["final"], true);
  await page.closed;
  assertEquals(codeOf(await signInUnbound(await fixture.page(), "jack")), "forbidden");
  await fixture.native.member("jack");
  await program.ask("set_pages", { refused: false });
  await fixture.member("jack");
});

Deno.test("a page that began to sign in before its account refused pages does not come in", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack"] });
  const program = await fixture.native.member("jack");
  const page = await fixture.page();
  const scram = new ScramClient({
    ...{ userName: "jack", keysFor: keysOfEveryone, binding: "not_supported" as const },
  });
  const first = await page.ask("sign_in", { data: scram.first });
  const data = await scram.respond(String(first["data"]));
  await program.ask("set_pages", { refused: true });
  assertEquals(codeOf(await page.ask("sign_in_proof", { data })), "forbidden");
  await program.ask("set_pages", { refused: false });
  await fixture.member("jack");
});

Deno.test("who has a session in a page is told apart, as long as it is there", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack", "jill"] });
  const jack = await fixture.native.member("jack");
  await fixture.native.member("jill");
  const ask = async () => (await jack.ask("user", { name: "jill" }))["onPage"];
  assertEquals(await ask(), undefined);
  const page = await fixture.member("jill");
  assertEquals(await ask(), true);
  assertEquals((await jack.ask("keys", { name: "jill" }))["onPage"], true);
  await page.ask("sign_out");
  await page.closed;
  await settled();
  assertEquals(await ask(), undefined);
});

Deno.test("a page and a chat client talk in the same room, privately, and see each other come and go", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack", "jill"] });
  const jack = await fixture.native.member("jack");
  const jill = await fixture.member("jill");
  await jack.find((one) => (one["came"] as string[] | undefined)?.includes("jill") === true);
  const post = { room: "#lobby", postId: "a1", text: "hello" };
  assertEquals(codeOf(await jill.ask("post", post)), undefined);
  assertEquals(((await jack.event("post"))["post"] as { body: string }).body, "hello");
  await jack.ask("post", { ...post, postId: "a2", text: "welcome" });
  const heard = await jill.find(({ post }) => (post as { body?: string })?.body === "welcome");
  assert(heard !== null);
  await jack.ask("private", { to: "jill", postId: "a3", body: "psst", kind: "text" });
  await jill.find(({ post }) => (post as { body?: string })?.body === "psst");
  const wires = (await jill.ask("sessions"))["sessions"] as { wire: string }[];
  assertEquals(wires.map(({ wire }) => wire), ["web"]);
  jill[Symbol.dispose]();
  assertEquals(
    (await jack.find((one) => (one["left"] as string[] | undefined)?.[0] === "jill"))["left"],
    ["jill"],
  );
});

Deno.test("a WebSocket that is silent before signing in is told so and closed, as on every wire", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const page = await time.until(fixture.page());
  await time.advance(silenceBeforeSignInTimeoutMs + 2_000);
  assertEquals(codeOf(await page.event("error")), "timeout");
  await page.closed;
  assertEquals(fixture.web.size, 0);
});

Deno.test("a WebSocket that talks and never signs in has its time, and no longer", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const page = await time.until(fixture.page());
  for (let ms = 0; ms <= signInTimeoutMs; ms += 5_000) {
    page.ask("ping").catch(() => {});
    await time.advance(5_000);
  }
  await page.closed;
  assertEquals(fixture.web.size, 0);
});

Deno.test("a browser that opens a connection and leaves it is let go without a word", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const idle = fixture.connect();
  await settled();
  assertEquals(fixture.web.size, 1);
  await time.advance(silenceBeforeSignInTimeoutMs + 2_000);
  assertEquals(await idle.read(new Uint8Array(10)), null);
  assertEquals(fixture.web.size, 0);
});

Deno.test("a request that trickles in is answered with its end in time", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const slow = fixture.connect();
  await slow.write(new TextEncoder().encode("GET / HT"));
  for (let seconds = 0; seconds < 40; seconds++) {
    await time.advance(1_000);
    await slow.write(new Uint8Array([65])).catch(() => {});
  }
  assertEquals(fixture.web.size, 0);
});

Deno.test("a WebSocket that floods is read slowly before it has signed in", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const page = await time.until(fixture.page());
  let answered = 0;
  for (let count = 0; count < 200; count++) page.ask("ping").then(() => answered++, () => {});
  await settled();
  // A hundred, as on the native wire, less the request that has opened it, and what real time has given back.
  assert(answered >= 99 && answered < 120, String(answered));
});

Deno.test("pings of the WebSocket itself are counted, too", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const socket = await time.until(fixture.open());
  let pongs = 0;
  const reading = (async () => {
    for (;;) {
      const frame = await socket.frame().catch(() => null);
      if (frame === null) return;
      if (frame.opcode === 10) pongs++;
    }
  })();
  const ping = maskedFrame(9, new Uint8Array([1]));
  const pong = maskedFrame(10, new Uint8Array([1]));
  for (let count = 0; count < 1_000; count++) await socket.sendRaw(pong);
  for (let count = 0; count < 2_000; count++) await socket.sendRaw(ping);
  await settled();
  // Two thousand, less the request that has opened it and what came before them, and what real time has given back.
  assert(pongs >= 980 && pongs < 1_400, String(pongs));
  socket.close();
  await reading;
});

Deno.test("what is too long is closed with its reason: a frame, a message, and both before signing in", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack"] });
  const announce = (bytes: number) =>
    new Uint8Array([0, bytes >> 16, bytes >> 8 & 255, bytes & 255]);
  const newcomer = await fixture.page();
  await newcomer.sendBytes(announce(frameBytesMaxBeforeSignIn + 1));
  assertEquals(codeOf(await newcomer.event("error")), "bad_frame");
  await newcomer.closed;
  const jack = await fixture.member("jack");
  await jack.sendBytes(announce(frameBytesMax + 1));
  assertEquals(codeOf(await jack.event("error")), "bad_frame");
  const socket = await fixture.open();
  await socket.sendRaw(new Uint8Array([0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0]));
  assertEquals(await socket.closeCode(), closeCodes.tooBig);
  const text = await fixture.open();
  await text.sendRaw(maskedFrame(1, new Uint8Array([120])));
  assertEquals(await text.closeCode(), closeCodes.forbidden);
  const unmasked = await fixture.open();
  await unmasked.sendRaw(new Uint8Array([0x82, 1, 0]));
  assertEquals(await unmasked.closeCode(), closeCodes.protocolError);
  assertEquals((await fixture.ask({ path: `/${"x".repeat(20_000)}` })).status, 431);
  assertEquals(
    (await fixture.ask({ path: "/", headers: { "content-length": "99999" } })).status,
    413,
  );
});

Deno.test("what comes before the answer that makes a WebSocket is refused", async () => {
  await using fixture = await WebFixture.start();
  const wire = fixture.connect();
  const request = rawRequest(webHost, {
    path: "/connection",
    headers: { ...webSocketHeaders, origin: `https://${webHost}` },
  });
  await wire.write(new Uint8Array([...request, ...maskedFrame(2, new Uint8Array([1]))]));
  const buffer = new Uint8Array(1_000);
  const count = await wire.read(buffer);
  assertStringIncludes(new TextDecoder().decode(buffer.subarray(0, count!)), "HTTP/1.1 400 ");
});

Deno.test("a page that does not read is cut, and nobody else waits for it", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack", "jill"] });
  const jill = await fixture.member("jill");
  const resume = fixture.servers.at(-1)!.stallWrites();
  const jack = await fixture.native.member("jack");
  const text = "x".repeat(8_000);
  for (let count = 0; count < 700; count++) {
    const reply = await jack.ask("post", { room: "#lobby", postId: `a${count}`, text });
    assertEquals(codeOf(reply), undefined);
  }
  resume();
  await jill.closed;
  assertEquals(fixture.web.size, 0);
});

Deno.test("stop() tells pages why, and browsers nothing", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack"] });
  const jack = await fixture.member("jack");
  const idle = fixture.connect();
  await settled();
  await fixture.web.stop("Back in a minute.");
  assertEquals((await jack.event("closing"))["reason"], "Back in a minute.");
  await jack.closed;
  assertEquals(await idle.read(new Uint8Array(10)), null);
});

Deno.test("a browser without a WebSocket gets the same over an answer that does not end, and posts", async () => {
  await using fixture = await WebFixture.start({ accountNames: ["jack", "jill"] });
  const jack = await fixture.native.member("jack");
  const jill = await fixture.pageOverStream();
  assertEquals((await signInUnbound(jill, "jill"))["name"], "jill");
  // Who comes and goes at once is not told of.
  await jack.find((one) => (one["came"] as string[] | undefined)?.includes("jill") === true);
  const text = "x".repeat(8_000);
  for (let count = 0; count < 20; count++) {
    const post = { room: "#lobby", postId: `b${count}`, text };
    assertEquals(codeOf(await jill.ask("post", post)), undefined);
  }
  await jack.ask("post", { room: "#lobby", postId: "a1", text: "welcome" });
  await jill.find(({ post }) => (post as { body?: string })?.body === "welcome");
  jill[Symbol.dispose]();
  await jack.find((one) => (one["left"] as string[] | undefined)?.includes("jill") === true);
});

Deno.test("bytes are posted only by the page that has opened the stream, and as long as it is there", async () => {
  await using fixture = await WebFixture.start();
  const origin = `https://${webHost}`;
  const stream = await fixture.stream();
  const post = (path: string, from: string | null) =>
    fixture.ask({ method: "POST", path, headers: { origin: from }, body: new Uint8Array([0]) });
  for (const from of ["https://elsewhere.example", null]) {
    assertEquals((await post(stream.up, from)).status, 403);
    assertEquals((await post("/stream", from)).status, 403);
  }
  for (const path of ["/up/", `/up/${"0".repeat(48)}`, `${stream.up}0`, "/settings"]) {
    assertEquals((await post(path, origin)).status, 404, path);
  }
  assertEquals((await post(stream.up, origin)).status, 200);
  stream.close();
  await settled();
  assertEquals((await post(stream.up, origin)).status, 404);
});

Deno.test("a stream that is silent, or sends what is too long, ends as on every wire", async () => {
  using time = new FakeTime();
  await using fixture = await WebFixture.start();
  const page = await time.until(fixture.pageOverStream());
  await page.sendBytes(new Uint8Array([0, 1, 0, 0]));
  assertEquals(codeOf(await page.event("error")), "bad_frame");
  await page.closed;
  const silent = await time.until(fixture.pageOverStream());
  await time.advance(silenceBeforeSignInTimeoutMs + 2_000);
  assertEquals(codeOf(await silent.event("error")), "timeout");
  await silent.closed;
});
