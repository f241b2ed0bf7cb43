/**
 * The last place of a limited room, wanted by everyone at once, whichever servers they are on.
 *
 * @module
 */
import { RefusedError } from "../../../server/heart/refused.ts";
import type { Member } from "./member.ts";
import type { ClusterNode } from "./node.ts";

const room = "#den";

/**
 * Makes a room for two; whoever makes it is there.
 *
 * @param owner Who makes it.
 */
export async function makeRoomForTwo({ run, session }: Member): Promise<void> {
  await run!.chat.join(session!, room);
  await run!.chat.ruling.change(session!, room, [{ kind: "rules", rules: { peopleMax: 2 } }]);
}

/**
 * All others want the one place that is left.
 *
 * @param others Who they are.
 * @throws {Error} where it is not given to exactly one of them.
 */
export async function raceForPlace(others: readonly Member[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    others.map(({ run, session }) => run!.chat.join(session!, room)),
  );
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled" || outcome.reason instanceof RefusedError) continue;
    throw outcome.reason;
  }
  const winners = outcomes.filter(({ status }) => status === "fulfilled").length;
  if (winners !== 1) throw new Error(`The last place of ${room} was given to ${winners} people.`);
}

/**
 * Looks who is in that room on each server.
 *
 * @throws {Error} where it is not the same two people everywhere.
 */
export function checkRoomForTwo(nodes: readonly ClusterNode[]): void {
  const members = nodes.map(({ run }) => [...run!.chat.room(room).members].sort().join());
  const isRight = members.every((names) => names === members[0] && names.split(",").length === 2);
  if (!isRight) throw new Error(`In ${room} are, by server: ${members.join("; ")}.`);
}
