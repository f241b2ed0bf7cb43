/**
 * The platforms that the program is built for.
 *
 * @module
 */

/** One platform. */
export interface Target {
  /** Its name for `deno compile --target`. */
  readonly triple: string;
  /** The npm package that carries the Deno runtime for it. */
  readonly runtimePackage: string;
  /** What the runtime's file in that package is called. */
  readonly runtimeFile: string;
  /** The end of a program's file name. */
  readonly extension: "" | ".exe";
}

/** Every platform that `deno task compile:all` builds for. */
export const targets: readonly Target[] = [
  unix("x86_64-unknown-linux-gnu", "@deno/linux-x64-glibc"),
  unix("aarch64-unknown-linux-gnu", "@deno/linux-arm64-glibc"),
  unix("x86_64-apple-darwin", "@deno/darwin-x64"),
  unix("aarch64-apple-darwin", "@deno/darwin-arm64"),
  {
    triple: "x86_64-pc-windows-msvc",
    runtimePackage: "@deno/win32-x64",
    runtimeFile: "deno.exe",
    extension: ".exe",
  },
];

function unix(triple: string, runtimePackage: string): Target {
  return { triple, runtimePackage, runtimeFile: "deno", extension: "" };
}

/**
 * Finds this machine among the platforms.
 *
 * @param triple The platform's name; this machine's if not given.
 * @returns The platform.
 * @throws {Error} If the program is not built for it.
 */
export function findTarget(triple: string = Deno.build.target): Target {
  const target = targets.find((candidate) => candidate.triple === triple);
  if (target !== undefined) return target;
  const known = targets.map((candidate) => candidate.triple).join(", ");
  throw new Error(`The program is not built for ${triple}, only for ${known}.`);
}
