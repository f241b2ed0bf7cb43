import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectTls, type TlsConnection } from "../../../client/connect/tls_connection.ts";
import { makeSelfSigned } from "../../fixtures/certificates.ts";
import { host } from "./test_client.ts";

/** Connects to a server that does something with each connection. */
async function withConnection(
  serve: (conn: Deno.TlsConn) => Promise<void>,
  use: (conn: TlsConnection) => Promise<void>,
): Promise<void> {
  const { certificatePem: cert, keyPem: key } = await makeSelfSigned();
  using listener = Deno.listenTls({ hostname: host, port: 0, cert, key });
  const { port } = listener.addr as Deno.NetAddr;
  const serving = listener.accept().then(async (conn) => {
    using _conn = conn;
    // The client closes when it has seen enough, which breaks off what is under way.
    await serve(conn).catch(() => {});
  });
  const conn = await connectTls({ host, port, authorities: [] }, new AbortController().signal);
  try {
    await use(conn);
  } finally {
    conn.close();
    await serving;
  }
}

Deno.test("a server that sends without end waits for a client that does not read, and goes on when it does", async () => {
  const piece = new Uint8Array(64 * 1024).fill(7);
  let sentBytes = 0;
  let progress = Promise.withResolvers<void>();
  const flood = async (conn: Deno.TlsConn) => {
    for (;;) {
      sentBytes += await conn.write(piece);
      progress.resolve();
      progress = Promise.withResolvers();
    }
  };
  await withConnection(flood, async (conn) => {
    let lastBytes = -1;
    // The server is stalled where nothing leaves for as long as it takes the kernel to move megabytes.
    while (sentBytes !== lastBytes) {
      lastBytes = sentBytes;
      await Promise.race([progress.promise, new Promise((done) => setTimeout(done, 500))]);
    }
    // What is on the way is in the buffers of the kernel; it takes about 4 MB.
    assert(sentBytes < 16 * 1024 * 1024, `${sentBytes} bytes were sent`);
    const buffer = new Uint8Array(32 * 1024);
    let readBytes = 0;
    while (readBytes < 2 * lastBytes) {
      const count = await conn.read(buffer) ?? 0;
      assert(buffer.subarray(0, count).every((byte) => byte === 7));
      readBytes += count;
    }
  });
});

Deno.test("what both ends send arrives whole and in order, in pieces of every size", async () => {
  const echo = async (conn: Deno.TlsConn) => {
    const buffer = new Uint8Array(5_000);
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      const piece = buffer.slice(0, count);
      for (let at = 0; at < count; at += await conn.write(piece.subarray(at)));
    }
  };
  await withConnection(echo, async (conn) => {
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    const writing = (async () => {
      for (let at = 0, size = 1; at < sent.length; at += size, size = size * 2 % 9_973) {
        await conn.write(sent.subarray(at, at + size));
      }
    })();
    const received = new Uint8Array(sent.length);
    for (let at = 0; at < sent.length;) {
      const count = await conn.read(received.subarray(at, at + 777));
      assert(count !== null);
      at += count;
    }
    await writing;
    assertEquals(received, sent);
  });
});

Deno.test("a read ends where the server or the client closes, and a write fails from then on", async () => {
  await withConnection((conn) => conn.write(new Uint8Array(3)).then(() => {}), async (conn) => {
    const buffer = new Uint8Array(10);
    assertEquals(await conn.read(buffer), 3);
    assertEquals(await conn.read(buffer).catch(() => null), null);
    assert(conn.ended);
  });
  const { promise: until, resolve: end } = Promise.withResolvers<void>();
  await withConnection(() => until, async (conn) => {
    const read = conn.read(new Uint8Array(10));
    conn.close();
    assertEquals(await read, null);
    await assertRejects(() => conn.write(new Uint8Array(10)));
    end();
  });
});
