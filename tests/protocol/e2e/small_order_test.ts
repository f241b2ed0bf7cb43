import { assert, assertEquals, assertRejects } from "@std/assert";
import { isSmallOrder } from "../../../protocol/e2e/small_order.ts";

const p = 2n ** 255n - 19n;

/** The remainder from 0. */
function mod(number: bigint): bigint {
  return ((number % p) + p) % p;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (
    let square = mod(base), left = exponent;
    left > 0n;
    left >>= 1n, square = mod(square * square)
  ) {
    if (left & 1n) result = mod(result * square);
  }
  return result;
}

const inverse = (number: bigint) => power(number, p - 2n);

/** 32 bytes, little-endian. */
function encoded(number: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(number.toString(16).padStart(64, "0")).reverse();
}

/** The square roots of a number, where it has any. */
function roots(square: bigint): bigint[] {
  const root = power(square, (p + 3n) / 8n);
  const other = mod(root * power(2n, (p - 1n) / 4n));
  return [root, other].filter((one) => mod(one * one) === mod(square))
    .flatMap((one) => [one, mod(-one)]);
}

/** y of the points of order 8 on -x^2 + y^2 = 1 + d x^2 y^2: those for which doubling gives y = 0, so x^2 = -y^2. */
function orderEight(): bigint[] {
  const d = mod(-121665n * inverse(121666n));
  // Put in: 2 y^2 = 1 - d y^4, a quadratic equation for y^2.
  const squares = roots(1n + d).map((root) => mod((root - 1n) * inverse(d)));
  return squares.flatMap(roots);
}

/** Every y of small order that fits into 255 bits. */
const ySmall = [0n, 1n, p - 1n, p, p + 1n, ...orderEight()];
/** The same points on Curve25519: u = (1 + y) / (1 - y), RFC 7748, section 4.1; besides u = 0 and those that are not reduced. */
const uSmall = [
  0n,
  1n,
  p - 1n,
  p,
  p + 1n,
  ...orderEight().map((y) => mod((1n + y) * inverse(1n - y))),
];

Deno.test("every point of small order is known, with either highest bit, and no other is", () => {
  assertEquals(orderEight().length, 2);
  for (const [curve, small] of [["Ed25519", ySmall], ["X25519", uSmall]] as const) {
    for (const coordinate of small) {
      assert(isSmallOrder(curve, encoded(coordinate)), `${curve} ${coordinate}`);
      assert(isSmallOrder(curve, encoded(coordinate + 2n ** 255n)), `${curve} ${coordinate}`);
      assertEquals(isSmallOrder(curve, encoded((coordinate + 5n) % 2n ** 255n)), false);
    }
  }
});

Deno.test("nothing can be agreed on with any X25519 key of small order, and with keys that are made it can", async () => {
  const algorithm = { name: "X25519" };
  const own = await crypto.subtle.generateKey(algorithm, true, ["deriveBits"]) as CryptoKeyPair;
  for (const u of uSmall) {
    const publicKey = await crypto.subtle.importKey("raw", encoded(u), algorithm, true, []);
    const agree = () =>
      crypto.subtle.deriveBits({ ...algorithm, public: publicKey }, own.privateKey, 256);
    await assertRejects(agree);
  }
  for (let times = 0; times < 20; times++) {
    for (const curve of ["X25519", "Ed25519"] as const) {
      const usages: KeyUsage[] = curve === "X25519" ? ["deriveBits"] : ["sign"];
      const made = await crypto.subtle.generateKey({ name: curve }, true, usages) as CryptoKeyPair;
      const raw = new Uint8Array(await crypto.subtle.exportKey("raw", made.publicKey));
      assertEquals(isSmallOrder(curve, raw), false);
    }
  }
});
