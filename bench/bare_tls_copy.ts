/**
 * The other end of a bare copy over TLS by Deno: takes what comes, or sends; runs as a process of its own.
 *
 * @module
 */
import { loadStoredCertificate } from "../server/certificate/certificate.ts";

/** What to do. */
export interface BareCopy {
  /** A data folder with a certificate. */
  readonly directory: string;
  readonly bytes: number;
}

const pieceBytes = 256 * 1024;

const { directory, bytes }: BareCopy = JSON.parse(Deno.args[0]!);
const certificate = await loadStoredCertificate(directory);
const { certificatePem: cert, keyPem: key } = certificate!;
const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
const { port } = listener.addr as Deno.NetAddr;
Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`));

/** The first byte says which way. */
async function serve(conn: Deno.TlsConn): Promise<void> {
  const buffer = new Uint8Array(pieceBytes);
  const first = new Uint8Array(1);
  await conn.read(first);
  if (first[0] === 1) {
    for (let left = bytes; left > 0;) left -= await conn.read(buffer) ?? Infinity;
    await conn.write(first);
  } else {
    for (let left = bytes; left > 0;) left -= await conn.write(buffer.subarray(0, left));
  }
  // The other end ends it.
  while (await conn.read(buffer) !== null);
  conn.close();
}

for await (const conn of listener) {
  serve(conn).catch(() => {});
}
