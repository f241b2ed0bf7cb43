/**
 * The core of the client in what a browser offers, against the real server.
 */
import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Transport } from "../../client/core/link/transport.ts";
import { root } from "../import_graph.ts";
import { withFolder } from "../fixtures/folders.ts";
import type { Errand, Outcome } from "./browser_worker.ts";
import { People } from "./people.ts";
import { patienceMs, startServerProgram } from "./processes.ts";

/** Bundles the person for a browser. */
async function bundle(folder: string): Promise<string> {
  const path = join(folder, "person.js");
  const flags = ["--quiet", "--platform=browser", `--output=${path}`];
  const entry = "tests/system/browser_person.ts";
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", ...flags, entry],
    cwd: root,
  });
  const { success, stderr } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
  return path;
}

/** Carries the bytes of WebSockets to a server. */
class Gateway implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #work: Promise<void>[] = [];

  constructor(people: People) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.binaryType = "arraybuffer";
        this.#work.push(carry(socket, people));
        return response;
      },
    );
  }

  get address(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#work);
    await this.#server.shutdown();
  }
}

async function carry(socket: WebSocket, people: People): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onclose = () => closed.resolve();
  await opened.promise;
  const { transport, channelBinding } = await people.connect();
  socket.onmessage = ({ data }) => void transport.write(new Uint8Array(data)).catch(() => {});
  socket.send(channelBinding!);
  const down = carryDown(transport, socket);
  await closed.promise;
  transport.close();
  await down;
}

async function carryDown(transport: Transport, socket: WebSocket): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await transport.read(buffer).catch(() => null);
    if (count === null) break;
    socket.send(buffer.slice(0, count));
  }
  socket.close();
}

/** Runs the errand where neither Deno nor Node can be seen. */
async function runInPage(errand: Errand): Promise<Outcome> {
  const worker = new Worker(new URL("./browser_worker.ts", import.meta.url), { type: "module" });
  try {
    const outcome = Promise.withResolvers<Outcome>();
    worker.onmessage = ({ data }) => outcome.resolve(data);
    worker.onerror = (event) => outcome.reject(new Error(event.message));
    worker.postMessage(errand);
    return await deadline(outcome.promise, patienceMs);
  } finally {
    worker.terminate();
  }
}

Deno.test("the core of the client, bundled for a browser, registers, posts, reads and exchanges private messages there, with ML-KEM-768 in WebCrypto or without", async () => {
  await withFolder(async (folder) => {
    const path = await bundle(folder);
    const { program, port, fingerprint } = await startServerProgram(join(folder, "server"));
    await using _program = program;
    await using people = new People({ port, fingerprint }, folder);
    const seen: string[] = [];
    const jill = await people.come("jill", (event) => {
      if (event.type !== "post" || event.post.from === "jill") return;
      const { from, to, kind, message } = event.post;
      seen.push(`${from}: ${message.text} (${kind})`);
      if (to === "jill") void jill.sendPrivate(from, `and for ${from}`);
    });
    await using gateway = new Gateway(people);
    for (const [name, hasMlKem] of [["browser", true], ["older", false]] as const) {
      const bundleUrl = pathToFileURL(path).href;
      const way = { gateway: gateway.address, name, peer: "jill" };
      const outcome = await runInPage({ bundle: bundleUrl, hasMlKem, ...way });
      assert(!("error" in outcome), JSON.stringify(outcome));
      const said = [`${name}: hello from a page`, `${name}: just for you`, `jill: and for ${name}`];
      assertEquals(outcome.live, said);
      assertEquals(outcome.history.slice(-said.length), said);
      assertEquals([outcome.encrypted, outcome.suites], [[true, true], [2, 2]]);
      assertEquals(seen.splice(0), [
        `${name}: hello from a page (text)`,
        `${name}: just for you (text)`,
      ]);
    }
  });
});
