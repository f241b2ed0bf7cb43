/**
 * Installs what tests want of the machine, where that is allowed: root on Debian.
 *
 * @module
 */
import { isOnPath, missingNeeds, type NeedName, needs } from "../tests/needs.ts";
import { getNatsServer } from "./get_nats_server.ts";
import { CommandError, runCommand, say } from "./commands.ts";

/** Debian's installer must not wait for answers, nor for a network that is not there. */
const aptOptions = ["-qq", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=3"];
const env = { DEBIAN_FRONTEND: "noninteractive" };

/**
 * The Debian packages that bring what is missing.
 *
 * @param missing Names of {@linkcode needs}.
 * @returns The packages, each once, in order.
 */
export function packagesFor(missing: readonly NeedName[]): string[] {
  const packages = missing.map((name) => needs[name].debianPackage).filter((name) => name !== null);
  return [...new Set(packages)].sort();
}

/**
 * Installs what is missing, and says so; elsewhere than on Debian it does nothing, and for others than root it only gets what
 * can lie in a folder of its own.
 *
 * @returns What is still missing.
 */
export async function installNeeds(): Promise<NeedName[]> {
  const missing = missingNeeds();
  // Side by side: the one unpacks into a folder of its own, with lists of its own.
  await Promise.all([
    missing.includes("nats-server 2.15") ? getNatsServer() : undefined,
    installPackages(packagesFor(missing)),
  ]);
  return missing.length === 0 ? missing : missingNeeds();
}

async function installPackages(packages: readonly string[]): Promise<void> {
  if (packages.length === 0 || Deno.uid() !== 0 || !isOnPath("apt-get")) return;
  say(`The tests need packages that are missing. Installing with apt-get: ${packages.join(" ")}`);
  try {
    await runCommand("apt-get", [...aptOptions, "update"], { env });
    const install = ["install", "-y", "--no-install-recommends", ...packages];
    await runCommand("apt-get", [...aptOptions, ...install], { env });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    say(`That failed, and the tests that need it are ignored. ${error.message.trimEnd()}`);
  }
}
