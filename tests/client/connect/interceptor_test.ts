import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { UntrustedServerError } from "../../../client/core/link/untrusted_server_error.ts";
import {
  channelBindingOf,
  fingerprintOf,
  serverCertificateName,
} from "../../../protocol/certificate/fingerprint.ts";
import { type Certificate, makeSelfSigned, makeSigned } from "../../fixtures/certificates.ts";
import { Interceptor } from "./interceptor.ts";
import { type Client, host, withClient, withServer } from "./test_client.ts";
import { startTlsServer } from "./tls_servers.ts";

/** The real server's certificate, what the interceptor shows, and an authority that this machine trusts. */
interface Parties {
  readonly server: Certificate;
  readonly interceptor: Certificate;
  readonly authorityPem: string;
}

/** How a client connects, and whether to the real server. Fails where it takes the interceptor for it. */
type Connect = (client: Client, port: number) => Promise<"server" | "refused">;

/** Connects more often than the interceptor lets through, for each number of those that it may let through. */
async function assertNeverIntercepted(
  { server: certificate, interceptor: shown }: Parties,
  connect: Connect,
  prepare: (client: Client, port: number) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const letThrough of [0, 1]) {
    await withClient(async (client) => {
      await withServer(startTlsServer(certificate), async (server) => {
        await using interceptor = new Interceptor(server.port, shown, letThrough);
        await prepare(client, interceptor.port);
        const outcomes: string[] = [];
        for (let times = 0; times < 2; times++) {
          outcomes.push(await connect(client, interceptor.port));
        }
        const expected = Array.from(
          { length: 2 },
          (_, at) => at < letThrough ? "server" : "refused",
        );
        assertEquals(outcomes, expected);
        assertEquals(interceptor.intercepted, 2 - letThrough);
        assertEquals(interceptor.receivedBytes, 0);
      });
    });
  }
}

/** Connects in this process, whose client trusts the authority. */
function inProcess({ authorityPem }: Parties, fingerprint?: string): Connect {
  return async (client, port) => {
    const trusted = { authorities: () => [authorityPem] };
    try {
      // The greeting that it reads is the real server's.
      await client.visit(
        { port },
        fingerprint === undefined ? trusted : { ...trusted, fingerprint },
      );
      return "server";
    } catch (error) {
      if (error instanceof UntrustedServerError) return "refused";
      throw error;
    }
  };
}

/** Connects in a process in which Deno's variables, and the system's store, name the authority. */
function withVariablesSet({ authorityPem }: Parties, fingerprint: string): Connect {
  return async ({ folder }, port) => {
    const authorityFile = join(folder, "authority.pem");
    await Deno.writeTextFile(authorityFile, authorityPem);
    const program = join(import.meta.dirname ?? "", "connect_once.ts");
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, host, `${port}`, folder, fingerprint],
      env: {
        DENO_CERT: authorityFile,
        DENO_TLS_CA_STORE: "system",
        NODE_EXTRA_CA_CERTS: authorityFile,
        SSL_CERT_FILE: authorityFile,
      },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const printed = new TextDecoder().decode(stdout);
    if (printed === `${fingerprint}\n`) return "server";
    assertStringIncludes(printed, "not trusted: ");
    return "refused";
  };
}

/** Makes the server known beforehand, as it is. */
function pin({ server }: Parties): (client: Client, port: number) => Promise<void> {
  return async (client, port) => {
    await withServer(startTlsServer(server), async (real) => {
      await client.visit(real);
      const path = client.knownServersPath();
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace(`${host}:${real.port}`, `${host}:${port}`));
    });
  };
}

async function builtIn(): Promise<Parties> {
  const names = [{ type: "dns" as const, value: serverCertificateName }];
  const { authorityPem, server: interceptor } = await makeSigned(names);
  return { server: await makeSelfSigned(), interceptor, authorityPem };
}

async function withRealName(): Promise<Parties> {
  const { authorityPem, server: interceptor } = await makeSigned([
    { type: "dns", value: "lab.example" },
    { type: "ip", value: host },
  ]);
  return { server: await makeSelfSigned({ name: "lab.example" }), interceptor, authorityPem };
}

/** Both are signed by authorities that are trusted, for the right name. */
async function byAuthority(): Promise<Parties> {
  const names = [{ type: "ip" as const, value: host }];
  const [real, other] = [await makeSigned(names), await makeSigned(names)];
  const authorityPem = real.authorityPem + other.authorityPem;
  return { server: real.server, interceptor: other.server, authorityPem };
}

Deno.test("a first contact by fingerprint cannot be intercepted, whatever the server's certificate is", async () => {
  for (const make of [builtIn, withRealName, byAuthority]) {
    const parties = await make();
    const fingerprint = await fingerprintOf(parties.server.certificateDer);
    await assertNeverIntercepted(parties, inProcess(parties, fingerprint));
  }
});

Deno.test("a pinned certificate is not stood in for by one that an authority signed for its name", async () => {
  for (const make of [builtIn, withRealName]) {
    const parties = await make();
    await assertNeverIntercepted(parties, inProcess(parties), pin(parties));
  }
});

Deno.test("no variable of the environment weakens a pin", async () => {
  for (const make of [builtIn, withRealName]) {
    const parties = await make();
    const fingerprint = await fingerprintOf(parties.server.certificateDer);
    await assertNeverIntercepted(parties, withVariablesSet(parties, fingerprint), pin(parties));
  }
});

Deno.test("no variable of the environment weakens a given fingerprint", async () => {
  const parties = await byAuthority();
  const fingerprint = await fingerprintOf(parties.server.certificateDer);
  await assertNeverIntercepted(parties, withVariablesSet(parties, fingerprint));
});

Deno.test("fingerprint and channel binding are those of the connection that is used", async () => {
  const { server: certificate, interceptor: shown, authorityPem } = await byAuthority();
  await withServer(startTlsServer(certificate), async (server) => {
    for (const letThrough of [0, 1]) {
      await withClient(async (client) => {
        await using interceptor = new Interceptor(server.port, shown, letThrough);
        const { transport, fingerprint, channelBinding } = await client.open(interceptor, {
          authorities: () => [authorityPem],
        });
        transport.close();
        const { certificateDer } = interceptor.intercepted > 0 ? shown : certificate;
        assertEquals(fingerprint, await fingerprintOf(certificateDer));
        assertEquals(channelBinding, await channelBindingOf(certificateDer));
      });
    }
  });
});

Deno.test("a server that an authority vouched for is refused where none does", async () => {
  const { server: certificate, authorityPem } = await byAuthority();
  await withServer(startTlsServer(certificate), async (server) => {
    await withClient(async (client) => {
      await using interceptor = new Interceptor(server.port, await makeSelfSigned(), 1);
      const authorities = () => [authorityPem];
      await client.visit(interceptor, { authorities });
      const open = () => client.open(interceptor, { authorities });
      await assertRejects(open, UntrustedServerError, "HAS CHANGED");
      assertEquals(interceptor.receivedBytes, 0);
    });
  });
});
