/**
 * Folders for tests.
 *
 * @module
 */

/**
 * Gives a test a folder of its own, and removes it afterwards.
 *
 * @param use What is done in the folder.
 */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chat-test-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The names in a folder.
 *
 * @param folder The folder.
 * @returns The names, in order.
 */
export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
}
