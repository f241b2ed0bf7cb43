import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { CertificateError, loadCertificate } from "../../../server/certificate/certificate.ts";
import { makeSelfSigned, makeSigned } from "../../fixtures/certificates.ts";
import { namesIn, withFolder } from "../../fixtures/folders.ts";

const names = [{ type: "dns" as const, value: "chat.example" }];

/** Loads a certificate and key from files with these texts. */
async function load(certificate: string, key: string, nowMs?: number) {
  let loaded: Awaited<ReturnType<typeof loadCertificate>> | undefined;
  await withFolder(async (folder) => {
    const certificateFile = join(folder, "cert.pem");
    const keyFile = join(folder, "key.pem");
    await Deno.writeTextFile(certificateFile, certificate);
    await Deno.writeTextFile(keyFile, key, { mode: 0o600 });
    loaded = await loadCertificate(folder, { certificateFile, keyFile }, nowMs);
    assertEquals(namesIn(folder), ["cert.pem", "key.pem"]);
  });
  return loaded;
}

Deno.test("loadCertificate() takes the operator's certificate, with its chain", async () => {
  const { server, authorityPem } = await makeSigned(names);
  const chain = server.certificatePem + authorityPem;
  const loaded = await load(chain, server.keyPem);
  assertEquals(loaded?.certificatePem, chain);
  assertEquals(loaded?.keyPem, server.keyPem);
  assertEquals(loaded?.certificateDer, server.certificateDer);
});

Deno.test("loadCertificate() wants both of the operator's files", async () => {
  await withFolder(async (folder) => {
    for (const files of [{ certificateFile: "cert.pem" }, { keyFile: "key.pem" }]) {
      await assertRejects(
        () => loadCertificate(folder, files),
        CertificateError,
        "belong together",
      );
    }
    assertEquals(namesIn(folder), []);
  });
});

Deno.test("loadCertificate() names a file of the operator that does not exist", async () => {
  await withFolder(async (folder) => {
    const files = { certificateFile: join(folder, "none.pem"), keyFile: join(folder, "key.pem") };
    await assertRejects(
      () => loadCertificate(folder, files),
      CertificateError,
      `${files.certificateFile} cannot be read: it does not exist.`,
    );
  });
});

Deno.test("loadCertificate() refuses a key that belongs to another certificate", async () => {
  const { server, authorityPem } = await makeSigned(names);
  const other = await makeSelfSigned({ name: "chat.example" });
  await assertRejects(() => load(server.certificatePem, other.keyPem), CertificateError, "belong");
  // A chain in the wrong order is the common form of the same mistake; the first is an authority's then.
  const wrongOrder = authorityPem + server.certificatePem;
  await assertRejects(() => load(wrongOrder, server.keyPem), CertificateError, "CA:TRUE");
});

Deno.test("loadCertificate() refuses what is no certificate or no key", async () => {
  const { certificatePem, keyPem } = await makeSelfSigned();
  const noCertificates = [
    "",
    "text",
    keyPem,
    certificatePem.slice(0, 100),
    certificatePem.replace("MII", "AAA"),
  ];
  for (const text of noCertificates) {
    await assertRejects(() => load(text, keyPem), CertificateError, "no certificate in PEM form");
  }
  for (const text of ["", "text", certificatePem, keyPem.replace("MI", "AA")]) {
    await assertRejects(
      () => load(certificatePem, text),
      CertificateError,
      "no private key in PEM",
    );
  }
});

Deno.test("loadCertificate() says that it cannot use an encrypted key", async () => {
  const { certificatePem, keyPem } = await makeSelfSigned();
  const encrypted = keyPem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  await assertRejects(() => load(certificatePem, encrypted), CertificateError, "is encrypted");
});

Deno.test("loadCertificate() refuses a certificate outside its time", async () => {
  const notBefore = new Date("2020-01-01T00:00:00Z");
  const notAfter = new Date("2020-03-01T00:00:00Z");
  const { certificatePem, keyPem } = await makeSelfSigned({ notBefore, notAfter });
  const at = (date: string) => load(certificatePem, keyPem, Date.parse(date));
  await assertRejects(() => at("2019-12-31"), CertificateError, "not valid before 2020-01-01");
  await assertRejects(() => at("2020-03-02"), CertificateError, "expired on 2020-03-01");
  assertEquals((await at("2020-02-01"))?.certificatePem, certificatePem);
});

Deno.test("loadCertificate() refuses a certificate that clients would refuse", async () => {
  const authority = await makeSelfSigned({ authority: true });
  await assertRejects(
    () => load(authority.certificatePem, authority.keyPem),
    CertificateError,
    "CA:TRUE",
  );
  const { server } = await makeSigned([]);
  await assertRejects(
    () => load(server.certificatePem, server.keyPem),
    CertificateError,
    "no host",
  );
});
