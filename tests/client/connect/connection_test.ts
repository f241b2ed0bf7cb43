import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ConnectError, openConnection } from "../../../client/connect/connection.ts";
import { connectTls } from "../../../client/connect/tls_connection.ts";
import { ServerTrust } from "../../../client/connect/trust.ts";
import { UntrustedServerError } from "../../../client/core/link/untrusted_server_error.ts";
import { DataFolderError } from "../../../platform/data_folder.ts";
import { channelBindingOf, fingerprintOf } from "../../../protocol/certificate/fingerprint.ts";
import { makeSelfSigned, makeSigned } from "../../fixtures/certificates.ts";
import { withFolder } from "../../fixtures/folders.ts";
import { host, noAuthorities, withClient, withServer } from "./test_client.ts";
import { startPlainServer, startTlsServer } from "./tls_servers.ts";

Deno.test("a server is asked about on first contact and trusted from then on", async () => {
  const certificate = await makeSelfSigned();
  const fingerprint = await fingerprintOf(certificate.certificateDer);
  const channelBinding = await channelBindingOf(certificate.certificateDer);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      assertEquals(await client.visit(server), { fingerprint, channelBinding });
      assertEquals(client.asked, [{ host, port: server.port, fingerprint }]);
      assertEquals(server.accepted(), 1);
      assertEquals(await client.visit(server), { fingerprint, channelBinding });
      assertEquals(client.asked.length, 1);
      assertEquals(server.accepted(), 2);
    });
  });
});

Deno.test("a server that the user does not agree to is not connected to, and asked about again", async () => {
  await withClient(async (client) => {
    await withServer(startTlsServer(await makeSelfSigned()), async (server) => {
      client.agrees = false;
      await assertRejects(() => client.open(server), UntrustedServerError, "--fingerprint SHA256:");
      await assertRejects(() => client.open(server), UntrustedServerError);
      assertEquals(client.asked.length, 2);
    });
  });
});

Deno.test("a changed certificate is refused with both fingerprints and the way on", async () => {
  const before = await makeSelfSigned();
  const after = await makeSelfSigned();
  const oldFingerprint = await fingerprintOf(before.certificateDer);
  const newFingerprint = await fingerprintOf(after.certificateDer);
  await withClient(async (client) => {
    let port = 0;
    await withServer(startTlsServer(before), async (server) => {
      port = server.port;
      await client.visit(server);
    });
    const known = await Deno.readTextFile(client.knownServersPath());
    await withServer(startTlsServer(after, port), async (server) => {
      const error = await assertRejects(() => client.open(server), UntrustedServerError);
      assertStringIncludes(error.message, "CERTIFICATE HAS CHANGED");
      assertStringIncludes(error.message, oldFingerprint);
      const wayOn = `chat client ${host} ${port} NAME --fingerprint ${newFingerprint}`;
      assertStringIncludes(error.message, wayOn);
      assertStringIncludes(error.message, client.knownServersPath());
      assertEquals(client.asked.length, 1);
      assertEquals(await Deno.readTextFile(client.knownServersPath()), known);

      await client.visit(server, { fingerprint: newFingerprint });
      assertEquals((await client.visit(server)).fingerprint, newFingerprint);
      assertEquals(client.asked.length, 1);
    });
  });
});

Deno.test("the given fingerprint is trusted without a question", async () => {
  const certificate = await makeSelfSigned();
  const fingerprint = await fingerprintOf(certificate.certificateDer);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      await client.visit(server, { fingerprint });
      await client.visit(server);
      assertEquals(client.asked, []);
    });
  });
});

Deno.test("another fingerprint than the given is refused without a question", async () => {
  const certificate = await makeSelfSigned();
  const fingerprint = await fingerprintOf((await makeSelfSigned()).certificateDer);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      const open = () => client.open(server, { fingerprint });
      const error = await assertRejects(open, UntrustedServerError);
      assertStringIncludes(error.message, fingerprint);
      assertStringIncludes(error.message, await fingerprintOf(certificate.certificateDer));
      assertEquals(client.asked, []);
      // Neither does it help that the server is known under another fingerprint.
      await client.visit(server);
      await assertRejects(open, UntrustedServerError);
    });
  });
});

Deno.test("many first contacts at once all end up with the server known once", async () => {
  await withClient(async (client) => {
    await withServer(startTlsServer(await makeSelfSigned()), async (server) => {
      await Promise.all(Array.from({ length: 6 }, () => client.visit(server)));
      await client.visit(server);
      const { servers } = JSON.parse(await Deno.readTextFile(client.knownServersPath()));
      assertEquals(Object.keys(servers), [`${host}:${server.port}`]);
    });
  });
});

Deno.test("first contacts with several servers at once are all remembered", async () => {
  await withClient(async (client) => {
    const certificates = await Promise.all(Array.from({ length: 5 }, () => makeSelfSigned()));
    const servers = certificates.map((certificate) => startTlsServer(certificate));
    try {
      await Promise.all(servers.map((server) => client.visit(server)));
      await Promise.all(servers.map((server) => client.visit(server)));
      assertEquals(client.asked.length, servers.length);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});

Deno.test("a certificate that an authority of this machine signed is trusted without a question", async () => {
  const { authorityPem, server: certificate } = await makeSigned([{ type: "ip", value: host }]);
  const channelBinding = await channelBindingOf(certificate.certificateDer);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      const authorities = () => [authorityPem];
      const first = await client.visit(server, { authorities });
      assertEquals(first.channelBinding, channelBinding);
      await client.visit(server, { authorities });
      assertEquals(client.asked, []);
    });
  });
});

Deno.test("a renewed certificate of the same authority is trusted, an unverified one no more", async () => {
  const names = [{ type: "dns" as const, value: "localhost" }];
  const first = await makeSigned(names);
  const second = await makeSigned(names);
  const authorities = () => [first.authorityPem, second.authorityPem];
  const options = { host: "localhost", authorities };
  await withClient(async (client) => {
    let port = 0;
    await withServer(startTlsServer(first.server), async (server) => {
      port = server.port;
      await client.visit(server, options);
    });
    await withServer(startTlsServer(second.server, port), async (server) => {
      await client.visit(server, options);
    });
    for (const certificate of [await makeSelfSigned(), await makeSelfSigned({ authority: true })]) {
      await withServer(startTlsServer(certificate, port), async (server) => {
        const open = () => client.open(server, options);
        await assertRejects(open, UntrustedServerError, "signed by a trusted authority");
      });
    }
    assertEquals(client.asked, []);
  });
});

Deno.test("a certificate of an unknown authority, or for another name, is refused with advice", async () => {
  const { authorityPem, server: certificate } = await makeSigned([
    { type: "dns", value: "other.example" },
  ]);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      for (const authorities of [noAuthorities, () => [authorityPem]]) {
        const open = () => client.open(server, { authorities });
        await assertRejects(open, UntrustedServerError, "without --tls-cert and --tls-key");
      }
      assertEquals(client.asked, []);
    });
  });
});

Deno.test("a self-signed certificate with a name of its own is pinned like a server's own", async () => {
  const certificate = await makeSelfSigned({ name: "lab.example" });
  await withClient(async (client) => {
    let port = 0;
    await withServer(startTlsServer(certificate), async (server) => {
      port = server.port;
      await client.visit(server);
      await client.visit(server);
      assertEquals(client.asked.length, 1);
    });
    const other = await makeSelfSigned({ name: "lab.example" });
    await withServer(startTlsServer(other, port), async (server) => {
      await assertRejects(() => client.open(server), UntrustedServerError, "HAS CHANGED");
    });
  });
});

Deno.test("an authority vouches for a host only by the names of hosts in the certificate, not by texts that look like them", async () => {
  const other = { type: "dns" as const, value: "other.example" };
  const hidden = "x, DNS:localhost, IP Address:127.0.0.1";
  const disguises: Parameters<typeof makeSigned>[] = [
    [[], "localhost"],
    [[{ type: "email", value: "a@other.example" }], "localhost"],
    [[other, { type: "url", value: `http://${hidden}` }]],
    [[other, { type: "email", value: `a@${hidden}` }]],
    [[{ type: "dns", value: `other.example${hidden.slice(1)}` }]],
  ];
  for (const disguise of disguises) {
    const { authorityPem, server: certificate } = await makeSigned(...disguise);
    await withClient(async (client) => {
      await withServer(startTlsServer(certificate), async (server) => {
        for (const name of ["localhost", host]) {
          const open = () => client.open(server, { host: name, authorities: () => [authorityPem] });
          await assertRejects(open, UntrustedServerError, "cannot be verified");
        }
      });
    });
  }
});

Deno.test("a self-signed authority's certificate is refused with advice", async () => {
  const certificate = await makeSelfSigned({ name: "lab.example", authority: true });
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      await assertRejects(() => client.open(server), UntrustedServerError, "cannot be verified");
      assertEquals(client.asked, []);
    });
  });
});

Deno.test("an expired certificate is refused although the user agreed", async () => {
  const certificate = await makeSelfSigned({ notAfter: new Date("2020-01-01T00:00:00Z") });
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (server) => {
      await assertRejects(() => client.open(server), UntrustedServerError, "expired");
      await assertRejects(() => client.open(server), UntrustedServerError, "expired");
      assertEquals(client.asked.length, 2);
    });
  });
});

Deno.test("a pinned server that an authority signs as well stays trusted; another one is refused", async () => {
  const names = [{ type: "ip" as const, value: host }];
  const { authorityPem, server: signed } = await makeSigned(names);
  const authorities = () => [authorityPem];
  await withClient(async (client) => {
    let port = 0;
    await withServer(startTlsServer(await makeSelfSigned()), async (server) => {
      port = server.port;
      await client.visit(server);
    });
    await withServer(startTlsServer(signed, port), async (server) => {
      const open = () => client.open(server, { authorities });
      await assertRejects(open, UntrustedServerError, "HAS CHANGED");
      const fingerprint = await fingerprintOf(signed.certificateDer);
      await client.visit(server, { authorities, fingerprint });
      await client.visit(server, { authorities });
    });
  });
});

Deno.test("an IPv6 address works with and without brackets, as one server", async () => {
  await withClient(async (client) => {
    await withServer(startTlsServer(await makeSelfSigned(), 0, "::1"), async (server) => {
      await client.visit(server, { host: "::1" });
      await client.visit(server, { host: "[::1]" });
      assertEquals(client.asked.length, 1);
    });
  });
});

Deno.test("openConnection() gives up when its caller does, in every step", async () => {
  const reason = new Error("enough");
  await withClient(async (client) => {
    await assertRejects(
      () => client.open({ port: 1 }, { signal: AbortSignal.abort(reason) }),
      Error,
      "enough",
    );
    const giveUp = new AbortController();
    const greet = () => Promise.resolve(giveUp.abort(reason));
    await withServer(startPlainServer(greet), async (server) => {
      await assertRejects(() => client.open(server, { signal: giveUp.signal }), Error, "enough");
    });
  });
});

Deno.test("openConnection() gives up while the user is asked", async () => {
  const giveUp = new AbortController();
  await withFolder(async (folder) => {
    await withServer(startTlsServer(await makeSelfSigned()), async ({ port }) => {
      const trust = new ServerTrust({
        dataDirectory: folder,
        confirmNewServer: () => {
          giveUp.abort(new Error("enough"));
          return new Promise<boolean>(() => {});
        },
      });
      const options = { host, port, trust, timeoutMs: 10_000, signal: giveUp.signal };
      await assertRejects(() => openConnection(options), Error, "enough");
    });
  });
});

Deno.test("whoever is asked may take longer than the server waits", async () => {
  const { certificatePem, keyPem } = await makeSelfSigned();
  const listener = Deno.listenTls({ hostname: host, port: 0, cert: certificatePem, key: keyPem });
  const { port } = listener.addr as Deno.NetAddr;
  const accept = async () => {
    const conn = await listener.accept();
    await conn.handshake();
    return conn;
  };
  const first = accept();
  let again: Promise<Deno.TlsConn>;
  await withFolder(async (folder) => {
    const trust = new ServerTrust({
      dataDirectory: folder,
      confirmNewServer: async () => {
        (await first).close();
        // When another handshake is done, the client has heard of the end of the first connection.
        const [conn, other] = await Promise.all([
          connectTls({ host, port, authorities: [] }, new AbortController().signal),
          accept(),
        ]);
        other.close();
        conn.close();
        again = accept();
        return true;
      },
    });
    const { transport } = await openConnection({ host, port, trust, timeoutMs: 10_000 });
    const second = await again!;
    await second.write(new TextEncoder().encode("welcome"));
    assertEquals(await transport.read(new Uint8Array(10)), 7);
    transport.close();
    second.close();
  });
  listener.close();
});

Deno.test("a damaged file of known servers stops every connection and is left as it is", async () => {
  await withClient(async (client) => {
    await withServer(startTlsServer(await makeSelfSigned()), async (server) => {
      await Deno.writeTextFile(client.knownServersPath(), "{");
      const error = await assertRejects(() => client.open(server));
      assertInstanceOf(error, DataFolderError);
      assertStringIncludes(error.message, client.knownServersPath());
      assertEquals(await Deno.readTextFile(client.knownServersPath()), "{");
      assertEquals(server.accepted(), 0);
      assertEquals(client.asked, []);
    });
  });
});

Deno.test("the system's store of authorities counts, and SSL_CERT_FILE can name another", async () => {
  const { authorityPem, server: certificate } = await makeSigned([{ type: "ip", value: host }]);
  await withFolder(async (folder) => {
    await withServer(startTlsServer(certificate), async ({ port }) => {
      const authorityFile = join(folder, "authority.pem");
      await Deno.writeTextFile(authorityFile, authorityPem);
      const output = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          join(import.meta.dirname ?? "", "connect_once.ts"),
          host,
          `${port}`,
          folder,
        ],
        env: { SSL_CERT_FILE: authorityFile },
      }).output();
      assertEquals(new TextDecoder().decode(output.stderr), "");
      const fingerprint = await fingerprintOf(certificate.certificateDer);
      assertEquals(new TextDecoder().decode(output.stdout), `${fingerprint}\n`);
    });
  });
});

Deno.test("another server of a cluster is trusted by the certificate of the one that told of it: nobody is asked, nothing is remembered", async () => {
  const certificate = await makeSelfSigned();
  const fingerprint = await fingerprintOf(certificate.certificateDer);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (first) => {
      await withServer(startTlsServer(certificate), async (second) => {
        const sameAs = { host, port: first.port };
        // Not before the first one is known.
        await assertRejects(() => client.open(second, { sameAs }), ConnectError, "certificate");
        await client.visit(first);
        const known = await Deno.readTextFile(client.knownServersPath());
        assertEquals((await client.visit(second, { sameAs })).fingerprint, fingerprint);
        assertEquals(
          (await client.visit(second, { sameAs, fingerprint })).fingerprint,
          fingerprint,
        );
        assertEquals(await Deno.readTextFile(client.knownServersPath()), known);
        assertEquals(client.asked.length, 1);
      });
    });
  });
});

Deno.test("a server that shows another certificate than the one that told of it is passed over, without a question", async () => {
  const certificate = await makeSelfSigned();
  const fingerprint = await fingerprintOf(certificate.certificateDer);
  await withClient(async (client) => {
    await withServer(startTlsServer(certificate), async (first) => {
      await withServer(startTlsServer(await makeSelfSigned()), async (second) => {
        await client.visit(first);
        const sameAs = { host, port: first.port };
        for (const given of [{}, { fingerprint }]) {
          const error = await assertRejects(
            () => client.open(second, { sameAs, ...given }),
            ConnectError,
            `${host} port ${second.port} is not a server of this chat`,
          );
          assertEquals(error.code, "disconnected");
        }
        assertEquals(client.asked.length, 1);
      });
    });
  });
});

Deno.test("of a cluster that an authority vouches for, each server is to be made for the host that was given", async () => {
  await withClient(async (client) => {
    const { authorityPem, server: certificate } = await makeSigned([{ type: "ip", value: host }]);
    const stranger = await makeSelfSigned();
    const authorities = () => [authorityPem];
    await withServer(startTlsServer(certificate), async (first) => {
      await withServer(startTlsServer(certificate), async (second) => {
        await client.visit(first, { authorities });
        const sameAs = { host, port: first.port };
        await client.visit(second, { sameAs, authorities });
        assertEquals(client.asked, []);
      });
      await withServer(startTlsServer(stranger), async (second) => {
        const sameAs = { host, port: first.port };
        await assertRejects(() => client.open(second, { sameAs, authorities }), ConnectError);
      });
    });
  });
});
