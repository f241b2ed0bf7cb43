/**
 * Opens the person's browser.
 *
 * @module
 */

/** What opens an address, by system. */
const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens an address in the browser that the person has chosen.
 *
 * @param address The address.
 * @return Whether a program was found that takes it, and is allowed.
 */
export function openBrowser(address: string): boolean {
  const [command, ...args] = openers[Deno.build.os] ?? ["xdg-open"];
  try {
    const child = new Deno.Command(command!, {
      args: [...args, address],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    // It may last as long as the browser: nobody waits for it.
    child.unref();
    return true;
  } catch {
    return false;
  }
}
