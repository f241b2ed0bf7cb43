import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  channelBindingOf,
  fingerprintOf,
  isFingerprint,
} from "../../../protocol/certificate/fingerprint.ts";
import { decodePem } from "../../../protocol/certificate/pem.ts";

// Made by OpenSSL 3.0, which also told the expected hashes (openssl x509 -outform DER | openssl dgst).
const ecdsaSha384 = `-----BEGIN CERTIFICATE-----
MIIBejCCAR+gAwIBAgIUAxfSqJ/pJJwqbClm5wHMeAWdFEMwCgYIKoZIzj0EAwMw
ETEPMA0GA1UEAwwGdmVjdG9yMCAXDTI2MTEyMzE2NDUxNFoYDzIxMjYxMDMwMTY0
NTE0WjARMQ8wDQYDVQQDDAZ2ZWN0b3IwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQs25Tifc4mo2IWcLEjEncw019zfIGeJYHcK6RVLn1hyhhyiCA9/E+eKeCsUNiH
wV1gSK7ssND+Z7+mRmb13H+Oo1MwUTAdBgNVHQ4EFgQUp7mqLUJ6FK2qmTo6dmCf
wI1ZAQMwHwYDVR0jBBgwFoAUp7mqLUJ6FK2qmTo6dmCfwI1ZAQMwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAwNJADBGAiEAmuJxC2sBbGFN6BIRPYUmOn9GXJnv
lmZaVrNL8wIa2HYCIQDoHgu+4c6/Br6H2TPhkuPX4EkK/1uuT2N/8sRYbsi2Ig==
-----END CERTIFICATE-----
`;
const rsaPssSha512 = `-----BEGIN CERTIFICATE-----
MIICXjCCAZOgAwIBAgIUYTCtueuhTttElyQvo+vekpKu/9UwQQYJKoZIhvcNAQEK
MDSgDzANBglghkgBZQMEAgMFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgMF
AKIDAgE+MAwxCjAIBgNVBAMMAXAwIBcNMjYxMTIzMTY0NTE0WhgPMjEyNjEwMzAx
NjQ1MTRaMAwxCjAIBgNVBAMMAXAwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGB
ANQj/OtbABLl9q5RgfWdNjNLpqyRghnMupMru5sKvkViBxo1A+HFLTfS8y+x0zCx
MoYY49OiUF3suHdYGg4tJlSlgprzS9IT+6Ky/WEV9Wb3WneHZr/qpGU66FT8bszU
TLINDFf9CH1q1PTLEOFxS3Zb0eaGbtJLDvmz/AeiJZs3AgMBAAGjUzBRMB0GA1Ud
DgQWBBSO9s1a3LcPstcwWhYjAoDYFoYmYjAfBgNVHSMEGDAWgBSO9s1a3LcPstcw
WhYjAoDYFoYmYjAPBgNVHRMBAf8EBTADAQH/MEEGCSqGSIb3DQEBCjA0oA8wDQYJ
YIZIAWUDBAIDBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIDBQCiAwIBPgOB
gQCPKxavtUim80YNHHfi1qsRyr1YRiBtXhLTLxIRBGjXXKYGkwXc5pdv88cMxGJ1
mEAXt2H0r8Z0PeOBNZ+5i8srKCJXJ2/kKdCkPRr4PXCZJXRXakbYVyorcCXdTjN7
JTQB1XkZlx/2ivN4Qkwn8c5otNRLBjA76acvjzj/nsrLGQ==
-----END CERTIFICATE-----
`;
const ed25519 = `-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhR3fpCPKZrOVHS3rfaADSBiiGsGGDAFBgMrZXAwDDEKMAgG
A1UEAwwBZTAgFw0yNjExMjMxNjQ1MTRaGA8yMTI2MTAzMDE2NDUxNFowDDEKMAgG
A1UEAwwBZTAqMAUGAytlcAMhACyxPKlzLusX0XRviVY3TAfwmPKz85gc6HYCuGw/
59XIo1MwUTAdBgNVHQ4EFgQUX1iw79NlOi4/H3lasqUMARhtmGEwHwYDVR0jBBgw
FoAUX1iw79NlOi4/H3lasqUMARhtmGEwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQAz533vnMrDJmrGmEDxXV5KFH2FAHY2bREAfIO0ZUKRuuduFgEbQyUkKc+S7Iij
MM4JaTQq/AFZJFO4cKZnN5MJ
-----END CERTIFICATE-----
`;
const rsaSha1 = `-----BEGIN CERTIFICATE-----
MIIB9jCCAV+gAwIBAgIUetvvQuqVofcu+mZps05AfIB4nhcwDQYJKoZIhvcNAQEF
BQAwDDEKMAgGA1UEAwwBczAgFw0yNjExMjMxNjQ1MTRaGA8yMTI2MTAzMDE2NDUx
NFowDDEKMAgGA1UEAwwBczCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAptVu
nwZlhDHd9s/WZjC8x0eYZ7bjwg2GUC05k3qyAIcI+UrZMBNEwpKmgbI+NLYvNErc
aa463L8jmC069x75b5+wOW4d2mgTcPME5HGs9f8jtU4/ejxL+BRN2/mn9kfQbnNG
rtr5hOhw3/dHYLa8YBLV153dxOEV7I8CLwaSVDECAwEAAaNTMFEwHQYDVR0OBBYE
FAP3Mz7/1TySY4yHvjK7974WHNVsMB8GA1UdIwQYMBaAFAP3Mz7/1TySY4yHvjK7
974WHNVsMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQEFBQADgYEALpWdMQbm
k78z6nV5EQJWFWpBr6DoDdmijnWm8JyJ6TjEXVXlum3G4yvxouW8E2PrSHXLMRJK
u3DzuVjPPhofpatprIDVtl8OR0SeEVbyRjXWKcczdJ2sBVqSUWfJHbqyBazwf3aT
TM2R/K201//bbwn76ywThvyVYns25i+ctOs=
-----END CERTIFICATE-----
`;

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const der = decodePem("CERTIFICATE", pem);
  assert(der !== undefined);
  return der;
}

async function bindingOf(pem: string): Promise<string> {
  return encodeHex(await channelBindingOf(derOf(pem)));
}

Deno.test("fingerprintOf() is the unpadded base64 of the certificate's SHA-256", async () => {
  assertEquals(
    await fingerprintOf(derOf(ecdsaSha384)),
    "SHA256:tIXJtAixD021jhmHka/JceiflVw7jemmuDFnEm4z0KQ",
  );
});

Deno.test("isFingerprint() accepts what fingerprintOf() writes", async () => {
  assert(isFingerprint(await fingerprintOf(derOf(ed25519))));
});

Deno.test("isFingerprint() refuses everything else", async () => {
  const right = await fingerprintOf(derOf(ed25519));
  const wrong = [
    "",
    "SHA256:",
    right + "=",
    right.slice(0, -1),
    right.slice(7),
    ` ${right}`,
    right + "\n",
  ];
  for (
    const text of [
      ...wrong,
      right.replace("SHA256", "sha256"),
      right.slice(0, -1) + "B",
      "MD5:00:11",
    ]
  ) {
    assertEquals(isFingerprint(text), false, JSON.stringify(text));
  }
});

Deno.test("channelBindingOf() takes the hash of an ECDSA signature", async () => {
  assertEquals(
    await bindingOf(ecdsaSha384),
    "88a30b07de7d8c80f154c24cf33a454a3b70b7429deffb8c8c6a023478c70091e4f4379de0e6f90d44616a7c6ffc898f",
  );
});

Deno.test("channelBindingOf() takes the hash that RSASSA-PSS names in its parameters", async () => {
  assertEquals(
    await bindingOf(rsaPssSha512),
    "85c6762411aa23f2887cc00a32fbd5caef6be08562a93ae7f4821c5453545d27" +
      "5be3dd32fb2c92d98da87bbc0a1322de8d2d946d8516d75da8dd83d1cf6b2454",
  );
});

Deno.test("channelBindingOf() takes SHA-256 in place of SHA-1", async () => {
  assertEquals(
    await bindingOf(rsaSha1),
    "2fdca5ed4bcc8719c803ec190ac29466f425d45d9f715d2ac362faa01080ddd7",
  );
});

Deno.test("channelBindingOf() takes SHA-256 where the signature names no hash", async () => {
  assertEquals(
    await bindingOf(ed25519),
    "dcbcc85c1f6ab4b0285de2abeb568ff8bfab39cb091fa7a22639bd55e0488601",
  );
});

Deno.test("channelBindingOf() refuses every certificate that is cut short", async () => {
  for (const pem of [ecdsaSha384, rsaPssSha512]) {
    const der = derOf(pem);
    for (let length = 0; length < der.length; length++) {
      const error = await assertRejects(() => channelBindingOf(der.slice(0, length)), ChatError);
      assertEquals(error.code, "bad_message");
    }
  }
});

Deno.test("channelBindingOf() either hashes or refuses a certificate with any byte changed", async () => {
  const der = derOf(rsaPssSha512);
  for (let index = 0; index < der.length; index++) {
    for (const byte of [0x00, 0x30, 0x80, 0x84, 0xff]) {
      const changed = der.slice();
      changed[index] = byte;
      const outcome = await channelBindingOf(changed).catch((error: unknown) => error);
      assert(
        outcome instanceof Uint8Array && outcome.length >= 32 || outcome instanceof ChatError,
        `byte ${index} set to ${byte}`,
      );
    }
  }
});
