import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeBase64 } from "@std/encoding/base64";
import { closeCodes } from "../../../protocol/web/web_socket_frames.ts";
import { channelBindingOf, fingerprintOf } from "../../../protocol/certificate/fingerprint.ts";
import { decodePem } from "../../../protocol/certificate/pem.ts";
import { type Certificate, makeSelfSigned } from "../../fixtures/certificates.ts";
import { maskedFrame } from "../../fixtures/masked_frame.ts";
import { freePort, startTlsServer } from "../connect/tls_servers.ts";
import { type GatewayFixture, type Insider, withGateway } from "./gateway_fixture.ts";

async function fingerprint({ certificatePem }: Certificate): Promise<string> {
  return await fingerprintOf(decodePem("CERTIFICATE", certificatePem)!);
}

/** What a page does that comes for the first time, and agrees. */
async function agree(insider: Insider, port: number) {
  const socket = await insider.open(`server=127.0.0.1:${port}`);
  const question = await socket.text();
  assertEquals(question["type"], "question");
  await socket.tell({ type: "answer", trusted: true });
  return { socket, question, connected: await socket.text() };
}

async function withServer(
  use: (
    fixture: GatewayFixture,
    server: { readonly port: number; readonly certificate: Certificate },
  ) => Promise<void>,
): Promise<void> {
  const certificate = await makeSelfSigned();
  const server = startTlsServer(certificate);
  try {
    await withGateway((fixture) => use(fixture, { port: server.port, certificate }));
  } finally {
    await server.stop();
  }
}

Deno.test("a new server is asked about once; then its bytes come, and the page gets the channel binding", async () => {
  await withServer(async (fixture, { port, certificate }) => {
    const insider = await fixture.enter();
    const { socket, question, connected } = await agree(insider, port);
    assertEquals(question, {
      type: "question",
      host: "127.0.0.1",
      port,
      fingerprint: await fingerprint(certificate),
    });
    const der = decodePem("CERTIFICATE", certificate.certificatePem)!;
    assertEquals(decodeBase64(String(connected["channelBinding"])), await channelBindingOf(der));
    const buffer = new Uint8Array(100);
    const count = await socket.read(buffer);
    assertEquals(new TextDecoder().decode(buffer.subarray(0, count!)), "welcome\n");
    socket.close();
    const second = await insider.open(`server=127.0.0.1:${port}`);
    assertEquals((await second.text())["type"], "connected");
    second.close();
    assertEquals(JSON.parse((await insider.ask("settings")).body).known, [`127.0.0.1:${port}`]);
  });
});

Deno.test("who does not agree, or goes away from the question, trusts nobody", async () => {
  await withServer(async (fixture, { port, certificate }) => {
    const insider = await fixture.enter();
    const refusing = await insider.open(`server=127.0.0.1:${port}`);
    await refusing.text();
    await refusing.tell({ type: "answer", trusted: false });
    const untrusted = await refusing.text();
    assertEquals([untrusted["type"], untrusted["before"]], ["untrusted", null]);
    assertEquals(untrusted["now"], await fingerprint(certificate));
    refusing.close();
    const leaving = await insider.open(`server=127.0.0.1:${port}`);
    await leaving.text();
    leaving.close();
    assertEquals(JSON.parse((await insider.ask("settings")).body).known, []);
  });
});

Deno.test("a changed certificate is told with both fingerprints, and taken only by the one that was agreed to", async () => {
  const before = await makeSelfSigned();
  const first = startTlsServer(before);
  const { port } = first;
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    (await agree(insider, port)).socket.close();
    await first.stop();
    const now = await makeSelfSigned();
    const second = startTlsServer(now, port);
    const socket = await insider.open(`server=127.0.0.1:${port}`);
    const untrusted = await socket.text();
    assertEquals(untrusted["before"], await fingerprint(before));
    assertEquals(untrusted["now"], await fingerprint(now));
    socket.close();
    const query = (one: string) =>
      `server=127.0.0.1:${port}&fingerprint=${encodeURIComponent(one)}`;
    const other = await insider.open(query(await fingerprint(before)));
    assertEquals((await other.text())["type"], "untrusted");
    other.close();
    const agreed = await insider.open(query(await fingerprint(now)));
    assertEquals((await agreed.text())["type"], "connected");
    agreed.close();
    const later = await insider.open(`server=127.0.0.1:${port}`);
    assertEquals((await later.text())["type"], "connected");
    later.close();
    await second.stop();
  });
});

Deno.test("where nobody answers the page gets the sentence that a terminal would get", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const socket = await insider.open(`server=127.0.0.1:${freePort()}`);
    const failed = await socket.text();
    assertEquals([failed["type"], failed["code"]], ["failed", "disconnected"]);
    assertStringIncludes(String(failed["message"]), "127.0.0.1");
    assertEquals(await socket.closeCode(), closeCodes.normal);
    socket.close();
  });
});

Deno.test("what is no address of a server opens nothing", async () => {
  await withGateway(async (fixture) => {
    const insider = await fixture.enter();
    const upgrade = { origin: fixture.origin, connection: "Upgrade", upgrade: "websocket" };
    const queries = ["", "server=", "server=x", "server=a:0", "server=a:70000", "server=a/b:1"];
    for (const query of [...queries, "server=a:1&fingerprint=MD5:x", "server=a:1&sameAs=x"]) {
      const answer = await insider.ask(`connection?${query}`, { headers: upgrade });
      assertEquals(answer.status, 400, query);
    }
    assertEquals((await insider.ask("connection?server=a:1")).status, 426);
  });
});

Deno.test("a page that sends what no browser sends, or too much at once, is closed with the reason", async () => {
  await withServer(async (fixture, { port }) => {
    const insider = await fixture.enter();
    const { socket } = await agree(insider, port);
    await socket.sendRaw(new Uint8Array([0x82, 0x01, 0x00]));
    assertEquals(await socket.closeCode(), closeCodes.protocolError);
    socket.close();
    const second = await insider.open(`server=127.0.0.1:${port}`);
    await second.text();
    await second.sendRaw(new Uint8Array([0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0]));
    assertEquals(await second.closeCode(), closeCodes.tooBig);
    second.close();
  });
});

Deno.test("a page that says goodbye hears it once, and then the connection ends", async () => {
  await withServer(async (fixture, { port }) => {
    const { socket } = await agree(await fixture.enter(), port);
    await socket.sendRaw(maskedFrame(8, new Uint8Array([3, 232])));
    const opcodes: number[] = [];
    for (let frame = await socket.frame(); frame !== null; frame = await socket.frame()) {
      opcodes.push(frame.opcode);
    }
    assertEquals(opcodes.filter((opcode) => opcode === 8), [8]);
    socket.close();
  });
});

Deno.test("a ping of the browser is answered, also while a server is connected to", async () => {
  await withServer(async (fixture, { port }) => {
    const { socket } = await agree(await fixture.enter(), port);
    await socket.sendRaw(maskedFrame(9, new Uint8Array([1, 2])));
    for (;;) {
      const frame = await socket.frame();
      assert(frame !== null);
      if (frame.opcode !== 10) continue;
      assertEquals([...frame.payload], [1, 2]);
      break;
    }
    socket.close();
  });
});
