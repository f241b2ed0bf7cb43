import { assertEquals, assertRejects } from "@std/assert";
import { WebSocketTransport } from "../../../../client/web/wire/web_socket_transport.ts";

Deno.test("nothing is written to a WebSocket that is closing, before its end is told: a browser complains of it", async () => {
  const sent: unknown[] = [];
  const socket = {
    readyState: WebSocket.OPEN as number,
    bufferedAmount: 0,
    send: (part: unknown) => sent.push(part),
  };
  const transport = new WebSocketTransport(socket as unknown as WebSocket);
  assertEquals(await transport.write(new Uint8Array([1])), 1);
  socket.readyState = WebSocket.CLOSING;
  await assertRejects(
    () => transport.write(new Uint8Array([2])),
    Error,
    "The connection has ended.",
  );
  assertEquals(sent.length, 1);
});
