/**
 * Names the packages that are loaded with the first private message. Deno asks npm about a package when a module first names it, and draws a
 * bar meanwhile: main.ts reads this, so that it happens at the first start and not in the middle of a conversation. Of a package only its
 * package.json is read here, which costs nothing.
 *
 * @module
 */
import "@hpke/core/package.json" with { type: "json" };
import "mlkem/package.json" with { type: "json" };
