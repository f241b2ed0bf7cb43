import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { fingerprintOf, serverCertificateName } from "../../../protocol/certificate/fingerprint.ts";
import { decodePem, encodePem } from "../../../protocol/certificate/pem.ts";
import {
  CertificateError,
  identityFileName,
  loadCertificate,
} from "../../../server/certificate/certificate.ts";
import { namesIn, withFolder } from "../../fixtures/folders.ts";

Deno.test("loadCertificate() makes a certificate on the first start and keeps it", async () => {
  await withFolder(async (folder) => {
    const first = await loadCertificate(folder);
    assertEquals(await loadCertificate(folder), first);
    assertEquals(namesIn(folder), [identityFileName]);
  });
});

Deno.test("loadCertificate() makes another identity in each data folder", async () => {
  await withFolder(async (folder) => {
    await withFolder(async (other) => {
      const first = await loadCertificate(folder);
      const second = await loadCertificate(other);
      assertNotEquals(first.fingerprint, second.fingerprint);
      assertNotEquals(first.keyPem, second.keyPem);
    });
  });
});

Deno.test("loadCertificate() stores the key readable by this user only", async () => {
  await withFolder(async (folder) => {
    await loadCertificate(folder);
    const { mode } = await Deno.stat(join(folder, identityFileName));
    assertEquals((mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("the certificate is one that clients can pin, whatever their clocks say", async () => {
  await withFolder(async (folder) => {
    const { certificatePem } = await loadCertificate(folder);
    const certificate = new X509Certificate(certificatePem);
    assertEquals(certificate.ca, false);
    assertEquals(certificate.subjectAltName, `DNS:${serverCertificateName}`);
    assertEquals(new Date(certificate.validFrom).getTime(), 0);
    assertEquals(new Date(certificate.validTo).getUTCFullYear(), 9999);
    assert(certificate.verify(certificate.publicKey));
  });
});

Deno.test("loadCertificate() tells the certificate's fingerprint and channel binding", async () => {
  await withFolder(async (folder) => {
    const { certificateDer, certificatePem, fingerprint, channelBinding } = await loadCertificate(
      folder,
    );
    assertEquals(decodePem("CERTIFICATE", certificatePem), certificateDer);
    assertEquals(fingerprint, await fingerprintOf(certificateDer));
    const hash = await crypto.subtle.digest("SHA-256", certificateDer);
    assertEquals(channelBinding, new Uint8Array(hash));
  });
});

Deno.test("loadCertificate() started many times at once gives all the same identity", async () => {
  await withFolder(async (folder) => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadCertificate(folder)));
    assertEquals(new Set(all.map(({ fingerprint }) => fingerprint)).size, 1);
    assertEquals(new Set(all.map(({ keyPem }) => keyPem)).size, 1);
    assertEquals(namesIn(folder), [identityFileName]);
  });
});

async function assertDamaged(folder: string, text: string): Promise<void> {
  const path = join(folder, identityFileName);
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  const error = await assertRejects(() => loadCertificate(folder), CertificateError, "is damaged");
  assertStringIncludes(error.message, path);
  assertEquals(await Deno.readTextFile(path), text);
}

Deno.test("loadCertificate() refuses a key file that is cut short anywhere, and leaves it", async () => {
  await withFolder(async (folder) => {
    await loadCertificate(folder);
    const text = await Deno.readTextFile(join(folder, identityFileName));
    for (let length = 0; length < text.length - 1; length += 37) {
      await assertDamaged(folder, text.slice(0, length));
    }
  });
});

Deno.test("loadCertificate() refuses a key or certificate with any byte changed", async () => {
  await withFolder(async (folder) => {
    await loadCertificate(folder);
    const text = await Deno.readTextFile(join(folder, identityFileName));
    for (const label of ["CERTIFICATE", "PRIVATE KEY"]) {
      const der = decodePem(label, text);
      assert(der !== undefined);
      for (let index = 0; index < der.length; index += 3) {
        const changed = der.slice();
        changed[index] = (changed[index] ?? 0) ^ 1;
        await assertDamaged(folder, text.replace(encodePem(label, der), encodePem(label, changed)));
      }
    }
  });
});

Deno.test("loadCertificate() refuses a stored key that belongs to another certificate", async () => {
  await withFolder(async (folder) => {
    await withFolder(async (other) => {
      const { keyPem } = await loadCertificate(folder);
      const text = await Deno.readTextFile(join(folder, identityFileName));
      const foreign = await loadCertificate(other);
      await assertDamaged(folder, text.replace(keyPem, foreign.keyPem));
    });
  });
});

Deno.test("no error of loadCertificate() holds a part of the key", async () => {
  await withFolder(async (folder) => {
    const { keyPem } = await loadCertificate(folder);
    await Deno.writeTextFile(join(folder, identityFileName), keyPem, { mode: 0o600 });
    const error = await assertRejects(() => loadCertificate(folder), CertificateError);
    for (const line of keyPem.split("\n").filter((line) => line !== "")) {
      assertEquals(error.message.includes(line), false);
    }
  });
});

Deno.test("loadCertificate() refuses a stored key that everybody may read", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, identityFileName);
    await loadCertificate(folder);
    await Deno.chmod(path, 0o644);
    await assertRejects(() => loadCertificate(folder), CertificateError, `chmod 600 ${path}`);
  });
});

Deno.test("loadCertificate() names a key file that is a folder", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, identityFileName);
    await Deno.mkdir(path);
    await assertRejects(() => loadCertificate(folder), CertificateError, path);
  });
});
