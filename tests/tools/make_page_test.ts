import { assert, assertEquals, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { makePage, pageFolder } from "../../tools/make_page.ts";
import { root } from "../import_graph.ts";

/** Loaded after what is needed at first: for private messages, drafts, dialogues, emoji, files and searches, and by older and other browsers. */
const seldom = [
  ...["hpke.js", "ml_kem.js", "emoji.js", "file_hash.js", "rules.js"],
  ...["overlays.js", "private_search.js", "stream.js", "drafts.js"],
];
/** What a browser is given at first, gzipped, in bytes. */
const gzippedBytesMax = 75_000;

let page: ReturnType<typeof makePage> | null = null;

/** The page, made once: it takes eleven bundles. */
function madePage(): ReturnType<typeof makePage> {
  return page ??= makePage();
}

function gzippedBytes(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}

Deno.test("the page that is served is made of the sources as they are (else: deno task page), and is small", async () => {
  const made = await madePage();
  let bytes = 0;
  // One of them is loaded: the largest may be.
  const documents = [...made.keys()].filter((name) => name.endsWith(".html"));
  const documentBytes = Math.max(...documents.map((name) => gzippedBytes(made.get(name)!)));
  for (const [name, text] of made) {
    const kept = await Deno.readTextFile(join(root, pageFolder, name));
    assertEquals(kept === text, true, `${name} is stale: run "deno task page".`);
    if (!seldom.includes(name) && !documents.includes(name)) bytes += gzippedBytes(text);
  }
  assertLessOrEqual(bytes + documentBytes, gzippedBytesMax);
  for (const name of seldom) assertStringIncludes(made.get("page.js")!, `import("./${name}")`);
});

Deno.test("the scripts of the page load nothing but one another, and what a later one takes from the first is given", async () => {
  const made = await madePage();
  const [, given] = /export\{([^}]*)\}/.exec(made.get("page.js")!)!;
  const names = given!.split(",").map((one) => one.split(" as ").at(-1));
  for (const [name, text] of made) {
    for (const [, taken, from] of text.matchAll(/import\{([^}]*)\}from"([^"]*)"/g)) {
      assertEquals([name, from], [name, "./page.js"]);
      for (const one of taken!.split(",")) {
        assert(names.includes(one.split(" as ")[0]), `${name}: ${one}`);
      }
    }
  }
  assertStringIncludes(made.get("overlays.js")!, `from"./page.js"`);
});

Deno.test("no source of the page makes elements of text, and none loads anything from elsewhere", async () => {
  const made = await madePage();
  for (const [name, text] of made) {
    if (!name.endsWith(".html")) continue;
    assertEquals(/<(script|link|img)[^>]*(https?:)?\/\//.test(text), false, name);
  }
  assertEquals(/url\(|@import/.test(made.get("page.css")!), false);
  for await (const { name } of Deno.readDir(join(root, "client/web/view"))) {
    const text = await Deno.readTextFile(join(root, "client/web/view", name));
    const sink =
      /innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|document\.write|\bstyle=/;
    assertEquals(sink.exec(text)?.[0], undefined, name);
  }
});
