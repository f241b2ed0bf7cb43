import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HttpDecoder, HttpError, type HttpRequest } from "../../../protocol/web/http_request.ts";
import { acceptWebSocket, asksForWebSocket } from "../../../protocol/web/web_socket_upgrade.ts";

function request(changes: Readonly<Record<string, string | null>> = {}): HttpRequest {
  const headers = {
    host: "h",
    upgrade: "websocket",
    connection: "keep-alive, Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...changes,
  };
  const lines = Object.entries(headers)
    .flatMap(([name, value]) => value === null ? [] : [`${name}: ${value}\r\n`]);
  const text = `GET /connection HTTP/1.1\r\n${lines.join("")}\r\n`;
  return [...new HttpDecoder(0).decode(new TextEncoder().encode(text))][0]!;
}

Deno.test("the answer to the standard's own example is the standard's own", async () => {
  const answer = new TextDecoder().decode(await acceptWebSocket(request()));
  assertStringIncludes(answer, "HTTP/1.1 101 Switching Protocols\r\n");
  assertStringIncludes(answer, "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
});

Deno.test("other ways to ask for a WebSocket are refused", async () => {
  assertEquals(asksForWebSocket(request()), true);
  assertEquals(asksForWebSocket(request({ upgrade: "h2c" })), false);
  assertEquals(asksForWebSocket(request({ upgrade: null })), false);
  const refused = [
    { connection: "close" },
    { "sec-websocket-version": "8" },
    { "sec-websocket-key": null },
    { "sec-websocket-key": "c2hvcnQ=" },
  ];
  for (const changes of refused) {
    await assertRejects(() => acceptWebSocket(request(changes)), HttpError);
  }
});
