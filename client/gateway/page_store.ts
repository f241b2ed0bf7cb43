/**
 * The files of an account on this machine, for the page: the same ones that the terminal's client uses.
 *
 * @module
 */
import * as v from "valibot";
import { ChatError } from "../../protocol/wire/errors.ts";
import { parseServerAddress } from "../../protocol/wire/server_address.ts";
import { ServerTrust } from "../connect/trust.ts";
import { privateStateCharactersMax } from "../core/e2e/private_state.ts";
import type { TextStore } from "../core/link/text_store.ts";
import { openAccountFile } from "../files/account_files.ts";
import { openDeviceStore } from "../files/device_store.ts";
import { openPrivateStateStore } from "../files/private_state_file.ts";

const request = v.object({
  /** Host and port, as the person gave them. */
  server: v.pipe(v.string(), v.maxLength(300)),
  name: v.pipe(v.string(), v.maxLength(200)),
  kind: v.picklist(["device", "memory", "servers", "read", "page"]),
  /** What is to be kept; left out to ask for what is. */
  text: v.optional(v.pipe(v.string(), v.maxLength(privateStateCharactersMax))),
});

/** Characters of what was read, and of what the page itself keeps: drafts above all. */
const charactersMax = 256 * 1024;

/**
 * Keeps a text, or gives it.
 *
 * @param folder The client's data folder.
 * @param body What the page asks for, in JSON.
 * @return What it gets.
 * @throws {ChatError} `bad_message` where it asks for nothing that there is; `bad_name`.
 * @throws {DataFolderError} and what the system says, where a file cannot be written.
 */
export async function keepForPage(folder: string, body: Uint8Array): Promise<unknown> {
  const asked = v.safeParse(request, parseJson(body));
  if (!asked.success) throw new ChatError("bad_message", "There is nothing like this to be kept.");
  const { text } = asked.output;
  const store = await storeOf(folder, asked.output);
  if (text === undefined) return { text: await store.load() ?? null };
  await store.save(text);
  return {};
}

async function storeOf(
  folder: string,
  { server, name, kind }: v.InferOutput<typeof request>,
): Promise<TextStore> {
  if (kind === "servers") return serversStore(folder, server);
  // As the terminal's client names it: an IPv6 address without brackets.
  const known = server.replace(/^\[(.*)\](:\d+)$/, "$1$2");
  switch (kind) {
    case "device":
      return await openDeviceStore(folder, known, name);
    case "memory":
      return await openPrivateStateStore(folder, known, name);
    case "read":
    case "page":
      return await openAccountFile(folder, kind, { server: known, name }, charactersMax);
  }
}

const addresses = v.array(v.string());

/** Where the other servers of a cluster are, as JSON: it stands in the file of known servers. */
function serversStore(folder: string, server: string): TextStore {
  const address = parseServerAddress(server);
  if (address === null) {
    throw new ChatError("bad_message", `"${server}" is no address of a server.`);
  }
  const trust = new ServerTrust({
    dataDirectory: folder,
    confirmNewServer: () => Promise.resolve(false),
  });
  const { host, port } = address;
  return {
    load: async () => JSON.stringify(await trust.addressesOf(host, port)),
    save: async (text) => {
      const given = v.safeParse(addresses, parseJson(new TextEncoder().encode(text)));
      if (!given.success) throw new ChatError("bad_message", "These are no addresses.");
      await trust.keepAddresses(host, port, given.output);
    },
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
