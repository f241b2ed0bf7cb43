/**
 * What keeps people out of a page who do not see, or use no mouse, as axe-core finds it.
 *
 * @module
 */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds, in words. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: string[] = await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any -- axe was put into the page just now.
    const { violations } = await (globalThis as any).axe.run(document, {
      rules: { "color-contrast": { enabled: true } },
    });
    // deno-lint-ignore no-explicit-any -- as above.
    return violations.map(({ id, nodes }: any) =>
      // deno-lint-ignore no-explicit-any -- as above.
      `${id}: ${nodes.map(({ target, failureSummary }: any) => `${target} ${failureSummary}`)}`
    );
  });
  return found;
}
