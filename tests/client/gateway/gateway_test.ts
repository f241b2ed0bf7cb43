import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { webSocketHeaders } from "../../fixtures/raw_browser.ts";
import { withGateway } from "./gateway_fixture.ts";

Deno.test("who opens the printed address gets the page, its files and its settings", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const page = await insider.ask("");
    assertEquals(page.status, 200);
    assertStringIncludes(page.headers.get("content-type")!, "text/html");
    assertStringIncludes((await insider.ask("page.js")).headers.get("content-type")!, "javascript");
    assertStringIncludes((await insider.ask("page.css")).headers.get("content-type")!, "text/css");
    assertEquals(JSON.parse((await insider.ask("settings")).body), {
      way: "program",
      server: "localhost:7",
      name: "ann",
      known: [],
    });
    assertEquals((await insider.ask("other")).status, 404);
  }, { given: { host: "localhost", port: 7, name: "ann" } });
});

Deno.test("every answer forbids to be framed, guessed, kept, or loaded by others", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const answers = [
      await insider.ask(""),
      await insider.ask("page.js"),
      await insider.ask("nothing"),
      await fixture.ask({ path: "/" }),
      await fixture.ask({ path: new URL(fixture.gateway.newAddress()).pathname }),
    ];
    for (const { headers } of answers) {
      assertEquals(headers.get("x-frame-options"), "DENY");
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(headers.get("cache-control"), "no-store");
      assertEquals(headers.get("referrer-policy"), "no-referrer");
      assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
      assertEquals(headers.get("access-control-allow-origin"), null);
      const policy = headers.get("content-security-policy")!;
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
        assertStringIncludes(policy, rule);
      }
      assert(!policy.includes("unsafe-"), policy);
    }
    const policy = answers[0]!.headers.get("content-security-policy")!;
    assertStringIncludes(policy, "require-trusted-types-for 'script'");
    assertStringIncludes(policy, "script-src 'self';");
  });
});

Deno.test("another user of the machine, without the address, gets nothing: neither by guessing nor by the folder alone", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    for (const path of ["/", "/settings", "/enter/", "/enter/guess", `${insider.folder}settings`]) {
      const answer = await fixture.ask({ path });
      assertEquals(answer.status, 403, path);
      assert(!answer.body.includes("known"), answer.body);
    }
    const forged = { cookie: insider.cookie.replace(/.$/, "") };
    assertEquals((await insider.ask("settings", { headers: forged })).status, 403);
    // The cookie without the folder, as a script of another page might have it sent.
    assertEquals(
      (await fixture.ask({ path: "/", headers: { cookie: insider.cookie } })).status,
      403,
    );
  });
});

Deno.test("a name that leads here by DNS rebinding is another host: 421, also for those who are in", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const port = fixture.host.split(":")[1]!;
    const hosts = [`rebound.example:${port}`, `localhost:${port}`, "127.0.0.1", `127.0.0.1:1`];
    for (const host of hosts) {
      assertEquals((await insider.ask("settings", { headers: { host } })).status, 421, host);
      const fresh = new URL(fixture.gateway.newAddress()).pathname;
      assertEquals((await fixture.ask({ path: fresh, headers: { host } })).status, 421, host);
    }
  });
});

Deno.test("a page of another origin is refused, with the cookie, for everything it could ask", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const origins = [
      "https://elsewhere.example",
      "http://127.0.0.1:1",
      "null",
      `${fixture.origin}.example`,
    ];
    for (const origin of origins) {
      assertEquals((await insider.store({}, { origin })).status, 403, origin);
      assertEquals((await insider.ask("settings", { headers: { origin } })).status, 403, origin);
      const upgrade = { ...webSocketHeaders, origin };
      const socket = await insider.ask("connection?server=localhost:7", { headers: upgrade });
      assertEquals(socket.status, 403, origin);
    }
    // Where a browser names no origin, nothing but opening the page is taken from it.
    assertEquals((await insider.store({}, { origin: null })).status, 403);
    const bare = await insider.ask("connection?server=localhost:7", { headers: webSocketHeaders });
    assertEquals(bare.status, 403);
    for (const site of ["cross-site", "same-site"]) {
      const headers = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
      assertEquals((await insider.ask("page.js", { headers })).status, 403, site);
    }
  });
});

Deno.test("a stolen address that is used after the person's own browser shuts both out, and the program says so", async () => {
  await withGateway(async (fixture) => {
    const address = fixture.gateway.newAddress();
    const insider = await fixture.enter(address);
    const thief = await fixture.ask({ path: new URL(address).pathname });
    assertEquals(thief.status, 403);
    assertEquals(thief.headers.getSetCookie(), []);
    assertEquals(fixture.stolen, 1);
    assertEquals((await insider.ask("settings")).status, 403);
    const again = await fixture.enter();
    assertEquals((await again.ask("settings")).status, 200);
  });
});

Deno.test("a stolen address that was used first is noticed by the person's browser, and the thief is out", async () => {
  await withGateway(async (fixture) => {
    const address = fixture.gateway.newAddress();
    const thief = await fixture.enter(address);
    assertEquals((await thief.ask("settings")).status, 200);
    const person = await fixture.ask({ path: new URL(address).pathname });
    assertStringIncludes(person.body, "used before");
    assertEquals((await thief.ask("settings")).status, 403);
    assertEquals(fixture.stolen, 1);
  });
});

Deno.test("what a machine keeps of an account is kept, and nothing else", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const of = { server: "127.0.0.1:41000", name: "ann" };
    const load = async (kind: string) =>
      JSON.parse((await insider.store({ ...of, kind })).body) as unknown;
    assertEquals(await load("device"), { text: null });
    await insider.store({ ...of, kind: "device", text: "a token" });
    await insider.store({ ...of, kind: "memory", text: "keys" });
    assertEquals(await load("device"), { text: "a token" });
    assertEquals(await load("memory"), { text: "keys" });
    const refused = [
      { ...of, kind: "password" },
      { ...of, kind: "device", text: "x".repeat(240_000) },
      { ...of, name: "../../etc/passwd", kind: "device" },
      { ...of, server: "nowhere", kind: "servers" },
      "no object",
    ];
    for (const content of refused) assertEquals((await insider.store(content)).status, 400);
    const names = Array.from(Deno.readDirSync(fixture.folder), ({ name }) => name);
    assertEquals(names.every((name) => /^(device|private)-[0-9a-f]{32}$/.test(name)), true);
    for (const name of names) {
      assertEquals(Deno.statSync(`${fixture.folder}/${name}`).mode! & 0o777, 0o600);
    }
  });
});

Deno.test("sizes without end are refused, and the next browser is served", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const long = "x".repeat(20_000);
    assertEquals((await insider.ask(long)).status, 431);
    assertEquals((await insider.ask("", { headers: { cookie: long } })).status, 431);
    const announced = { "content-length": "999999999999", "origin": fixture.origin };
    assertEquals((await insider.ask("store", { method: "POST", headers: announced })).status, 413);
    assertEquals((await insider.ask("")).status, 200);
  });
});

Deno.test("hundreds of connections that say nothing keep nobody out", async () => {
  await withGateway(async (fixture) => {
    const silent = await Promise.all(Array.from({ length: 300 }, () => fixture.connect()));
    const insider = await fixture.enter();
    assertEquals((await insider.ask("settings")).status, 200);
    for (const conn of silent) conn.close();
  });
});

Deno.test("a request that trickles in has its time, also behind another one", async () => {
  await withGateway(async (fixture) => {
    const text = `GET / HTTP/1.1\r\nHost: ${fixture.host}\r\n\r\nGET / HT`;
    const conn = await fixture.connect();
    await conn.write(new TextEncoder().encode(text));
    let isEnded = false;
    const reading = (async () => {
      const buffer = new Uint8Array(10_000);
      while (await conn.read(buffer).catch(() => null) !== null);
      isEnded = true;
    })();
    while (!isEnded) {
      await conn.write(new Uint8Array([65])).catch(() => {});
      // What is tried is to take one's time.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await reading;
    conn.close();
  }, { requestTimeoutMs: 200 });
});
