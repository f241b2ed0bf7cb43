/**
 * Servers that show a certificate that is not theirs. Older versions of Deno did not notice, where no authority is asked.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { KnownServers } from "../../client/files/known_servers.ts";
import { fingerprintOf, serverCertificateName } from "../../protocol/certificate/fingerprint.ts";
import { type Certificate, makeSelfSigned } from "../fixtures/certificates.ts";
import { withFolder } from "../fixtures/folders.ts";
import { pythonPath } from "../fixtures/python.ts";
import { Program } from "./processes.ts";

const impostorProgram = new URL("./impostor.py", import.meta.url).pathname;
const host = "127.0.0.1";
const versions = ["1.2", "1.3"] as const;

/** Starts a server that shows this certificate, and has this key. */
async function withServer(
  folder: string,
  { certificatePem, keyPem }: Pick<Certificate, "certificatePem" | "keyPem">,
  version: typeof versions[number],
  use: (port: number) => Promise<void>,
): Promise<void> {
  await Deno.writeTextFile(`${folder}/certificate.pem`, certificatePem);
  await Deno.writeTextFile(`${folder}/key.pem`, keyPem, { mode: 0o600 });
  const args = [impostorProgram, `${folder}/certificate.pem`, `${folder}/key.pem`, version];
  await using server = new Program(args, {}, [pythonPath()]);
  await use(Number(await server.line(/^\d+$/)));
}

/** Starts the client, and gives its exit status and what it wrote about it. */
async function status(port: number, folder: string, ...flags: string[]): Promise<[number, string]> {
  const args = ["client", host, `${port}`, "jack", "--data", folder, "--plain", ...flags];
  await using client = new Program(args);
  await client.endInput();
  return [await client.status(), client.errors.join("\n")];
}

Deno.test("a server that shows the right certificate without its key is refused with status 3 and a warning", async () => {
  const real = await makeSelfSigned();
  const { keyPem } = await makeSelfSigned();
  const fingerprint = await fingerprintOf(real.certificateDer);
  for (const version of versions) {
    await withFolder(async (folder) => {
      await withServer(folder, { ...real, keyPem }, version, async (port) => {
        await new KnownServers(folder).update(host, port, () => ({
          kind: "pinned",
          fingerprint,
          certificatePem: real.certificatePem,
          serverName: serverCertificateName,
          firstSeenAt: "2026-01-01T00:00:00.000Z",
        }));
        const [pinned, said] = await status(port, folder);
        assertEquals(pinned, 3, said);
        assertStringIncludes(said, "WARNING: THE SERVER CANNOT PROVE WHO IT IS");
        for (const flags of [["--fingerprint", fingerprint], ["--accept-new"]]) {
          const fresh = await Deno.makeTempDir({ dir: folder });
          assertEquals((await status(port, fresh, ...flags))[0], 3);
          assertEquals(await new KnownServers(fresh).find(host, port), undefined);
        }
      });
    });
  }
});

Deno.test("the same server with the key is taken for what it is", async () => {
  const real = await makeSelfSigned();
  for (const version of versions) {
    await withFolder(async (folder) => {
      await withServer(folder, real, version, async (port) => {
        const [other, said] = await status(port, folder, "--accept-new");
        // It speaks TLS, and then says nothing.
        assertEquals(other, 1, said);
        assert(await new KnownServers(folder).find(host, port) !== undefined);
      });
    });
  }
});
