/**
 * What must hold in a simulated cluster: one order, nothing lost, nothing twice, the same everywhere.
 *
 * @module
 */
import type { Command } from "../../../server/storage/commands.ts";
import type { Result } from "../../../server/storage/sqlite/workers/applier.ts";
import type { Member } from "./member.ts";
import { contentOf } from "./memory_database.ts";
import type { ClusterNode } from "./node.ts";
import type { OnApplied } from "./node_store.ts";

interface Race {
  readonly storedKey: Uint8Array;
  readonly won: boolean;
}

/** Looks at everything that is applied and answered. */
export class Checks {
  /** The first thing that was wrong. */
  failure: unknown;
  /** Which post each sequence is, by whoever has applied it first. */
  readonly #order: string[] = [];
  /** The last topic of each run of a server, on each server. */
  readonly #topics = new Map<string, number>();
  readonly #races = new Map<string, Race[]>();

  /** The newest sequence. */
  get last(): number {
    return this.#order.length;
  }

  /** How many names were wanted by several. */
  get races(): number {
    return this.#races.size;
  }

  /** A server has applied something. */
  onApplied(node: number): OnApplied {
    return (command, result) => this.#applied(node, command, result);
  }

  #applied(node: number, command: Command, result: Result): void {
    if (command.type === "topic") this.#topicSet(node, command.topic);
    if (command.type !== "post" || "error" in result || result.refused !== null) return;
    if (!("sequence" in result)) return;
    const { sequence } = result;
    const post = `${command.from} ${command.id}`;
    const before = this.#order[sequence - 1] ??= post;
    if (before !== post) this.#fail(`Server ${node} has ${post} as ${sequence}, not ${before}.`);
  }

  /** Of each run of a server the topics that it wants come in their order, each once: a topic that comes again would undo others. */
  #topicSet(node: number, topic: string): void {
    const [run = "", number = ""] = topic.split("#");
    const place = `${node} ${run}`;
    const before = this.#topics.get(place) ?? 0;
    if (Number(number) <= before) this.#fail(`Server ${node} sets ${topic} after ${before}.`);
    this.#topics.set(place, Number(number));
  }

  /** Somebody who wanted a name was answered. */
  registered(name: string, storedKey: Uint8Array, won: boolean): void {
    const race = this.#races.get(name) ?? [];
    this.#races.set(name, race);
    race.push({ storedKey, won });
  }

  /**
   * Everything has come to rest.
   *
   * @throws {Error} where something is not as it must be.
   */
  checkEnd(nodes: readonly ClusterNode[], members: readonly Member[]): void {
    this.#checkViews(nodes);
    const stored = storedIn(nodes[0]!);
    if (new Set(stored.map(({ post }) => post)).size !== stored.length) {
      throw new Error("A post is stored twice.");
    }
    if (stored.some(({ post }, at) => post !== this.#order[at])) {
      throw new Error("What is stored is not what was applied.");
    }
    for (const member of members) checkMember(member, stored);
    for (const [name, race] of this.#races) checkRace(nodes[0]!, name, race);
  }

  #checkViews(nodes: readonly ClusterNode[]): void {
    const contents = nodes.map(({ database }) => contentOf(database));
    const other = contents.findIndex((content) => content !== contents[0]);
    if (other < 0) return;
    throw new Error(
      `Servers 0 and ${other} hold something else: ${contents[0]}, ${contents[other]}`,
    );
  }

  #fail(message: string): void {
    this.failure ??= new Error(message);
  }
}

interface Stored {
  readonly post: string;
  readonly id: string;
  /** Who may read it; everyone where null. */
  readonly between: readonly string[] | null;
}

function storedIn({ database }: ClusterNode): Stored[] {
  const rows = database.prepare(
    "SELECT sequence, sender, posts.id AS id, first, second FROM posts " +
      "JOIN conversations ON conversations.id = conversation ORDER BY sequence",
  ).all();
  return rows.map(({ sender, id, first, second }, at) => {
    if (rows[at]!["sequence"] !== at + 1) throw new Error(`The sequence ${at + 1} is left out.`);
    return {
      post: `${sender} ${id}`,
      id: String(id),
      between: first === null ? null : [String(first), String(second)],
    };
  });
}

function checkMember(
  { user, shown, acknowledged, refused }: Member,
  stored: readonly Stored[],
): void {
  for (const [id, sequence] of acknowledged) {
    if (stored[sequence - 1]?.post === `${user.name} ${id}`) continue;
    throw new Error(`${id} was acknowledged as ${sequence} and is lost.`);
  }
  const wrong = stored.find(({ id }) => refused.has(id));
  if (wrong !== undefined) throw new Error(`${wrong.id} was refused and is stored.`);
  const readable = stored.flatMap(({ between }, at) =>
    between === null || between.includes(user.nameKey) ? [at + 1] : []
  );
  if (readable.join() !== shown.join()) {
    throw new Error(`${user.name} was shown ${shown} of ${readable}.`);
  }
}

function checkRace({ database }: ClusterNode, name: string, race: readonly Race[]): void {
  const row = database.prepare("SELECT stored_key AS key FROM accounts WHERE key = ?").get(name);
  const winners = race.filter(({ won }) => won);
  if (winners.length > 1) throw new Error(`${name} was given to ${winners.length} people.`);
  const [winner] = winners;
  if (winner === undefined) return;
  const key = row?.["key"] as Uint8Array | undefined;
  if (key?.toHex() !== winner.storedKey.toHex()) {
    throw new Error(`${name} was given to somebody who does not have it.`);
  }
}
