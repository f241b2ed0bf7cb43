import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConnectError, explainFailure } from "../../../client/connect/connect_error.ts";
import type { OpenConnectionOptions } from "../../../client/connect/connection.ts";
import { TimeUsedUp } from "../../../client/connect/time_budget.ts";
import { ServerTrust } from "../../../client/connect/trust.ts";
import { fingerprintOf, serverCertificateName } from "../../../protocol/certificate/fingerprint.ts";
import { makeSelfSigned } from "../../fixtures/certificates.ts";
import { host, withClient, withServer } from "./test_client.ts";
import { freePort, startPlainServer, startTlsServer, type TestServer } from "./tls_servers.ts";

Deno.test("a port on which nothing listens is named", async () => {
  await withClient(async (client) => {
    const port = freePort();
    const error = await assertRejects(() => client.open({ port }), ConnectError);
    assertEquals(error.code, "disconnected");
    assertStringIncludes(error.message, `Nothing is listening on ${host} port ${port}.`);
  });
});

Deno.test("a known server that is down is named in the same way", async () => {
  await withClient(async (client) => {
    let port = 0;
    await withServer(startTlsServer(await makeSelfSigned()), async (server) => {
      port = server.port;
      await client.visit(server);
    });
    await assertRejects(() => client.open({ port }), ConnectError, "Nothing is listening on");
  });
});

Deno.test("a host that does not exist is named", async () => {
  await withClient(async (client) => {
    const open = () => client.open({ port: 1 }, { host: "nowhere.invalid" });
    await assertRejects(open, ConnectError, "There is no host named nowhere.invalid.");
  });
});

Deno.test("a host with control characters or blanks is refused before it is looked up", async () => {
  await withClient(async (client) => {
    for (const bad of ["", " ", "a b", "a\u001b[2J", "a\n", "a\u009b"]) {
      const error = await assertRejects(
        () => client.open({ port: 1 }, { host: bad }),
        ConnectError,
      );
      assertEquals(error.message.includes("\u001b"), false);
    }
  });
});

/** Both ways to a server end with the same error: to an unknown one and to a known one. */
async function assertBothFail(
  greet: (conn: Deno.Conn) => Promise<void>,
  options: Partial<OpenConnectionOptions>,
  check: (error: ConnectError, server: TestServer) => void,
): Promise<void> {
  const certificate = await makeSelfSigned();
  await withClient(async (client) => {
    await withServer(startPlainServer(greet), async (server) => {
      check(await assertRejects(() => client.open(server, options), ConnectError), server);
      const trust = new ServerTrust({
        dataDirectory: client.folder,
        confirmNewServer: () => Promise.resolve(true),
      });
      await trust.remember({
        host,
        port: server.port,
        kind: "pinned",
        fingerprint: await fingerprintOf(certificate.certificateDer),
        certificatePem: certificate.certificatePem,
        serverName: serverCertificateName,
      });
      check(await assertRejects(() => client.open(server, options), ConnectError), server);
      assertEquals(client.asked, []);
    });
  });
}

Deno.test("a server that speaks no TLS is told from a chat server", async () => {
  const greetings = ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "\0".repeat(5_000)];
  for (const text of greetings) {
    const greet = async (conn: Deno.Conn) => {
      await conn.write(new TextEncoder().encode(text));
    };
    await assertBothFail(greet, {}, (error, { port }) => {
      assertStringIncludes(error.message, `${host} port ${port} is not a chat server`);
    });
  }
});

Deno.test("a server that closes at once is named", async () => {
  const greet = (conn: Deno.Conn) => {
    conn.close();
    return Promise.resolve();
  };
  await assertBothFail(greet, {}, (error) => {
    assertEquals(error.code, "disconnected");
    assertStringIncludes(error.message, "closed the connection at once");
  });
});

Deno.test("a server that is silent is given up after the time limit", async () => {
  await assertBothFail(() => Promise.resolve(), { timeoutMs: 100 }, (error) => {
    assertEquals(error.code, "timeout");
    assertStringIncludes(error.message, "did not answer within 0.1 s");
  });
});

const attempt = { host: "h", port: 1, timeoutMs: 10_000 };

Deno.test("explainFailure() knows the errors of Deno, of Node and of name look-ups", () => {
  const withCode = (code: string) => Object.assign(new Error("text"), { code });
  const cases: [Error, string][] = [
    [new Deno.errors.ConnectionRefused(), "Nothing is listening on h port 1."],
    [withCode("ECONNREFUSED"), "Nothing is listening on h port 1."],
    [withCode("ENOTFOUND"), "There is no host named h."],
    [new Error("failed to lookup address information: Name or service not known"), "no host named"],
    [new Error("No such host is known. (os error 11001)"), "no host named"],
    [new Deno.errors.NetworkUnreachable(), "There is no route to h"],
    [new Error("No route to host (os error 113)"), "There is no route to h"],
    [withCode("EHOSTUNREACH"), "There is no route to h"],
    [new Deno.errors.ConnectionReset(), "closed the connection at once"],
    [withCode("ECONNRESET"), "closed the connection at once"],
    [new Deno.errors.InvalidData(), "is not a chat server"],
    [withCode("ERR_SSL_WRONG_VERSION_NUMBER"), "is not a chat server"],
    [new TimeUsedUp(), "did not answer within 10 s"],
    [new Deno.errors.TimedOut(), "did not answer within 10 s"],
    [new Error("something else"), "No connection to h port 1: something else"],
  ];
  for (const [error, text] of cases) {
    const explained = explainFailure(error, attempt);
    assertStringIncludes(explained.message, text);
    assertEquals(explained.cause, error);
    assertEquals(explained.code, text.includes("within") ? "timeout" : "disconnected");
  }
});
