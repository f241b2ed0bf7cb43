/**
 * What people say of themselves (their real name, being away, modes, metadata), as other servers of the cluster are told of it: there
 * and here a person is shown alike.
 *
 * @module
 */
import type { Profile } from "../../../storage/whispers.ts";
import { tellMetadata } from "./metadata.ts";
import { tellInterested } from "./monitors.ts";
import type { Network } from "./network.ts";
import type { Person } from "./person.ts";
import { userModeLetters } from "../format/isupport.ts";

/** A person has said something anew: whoever is on another server is to see it, too. */
export function describe(network: Network, person: Person): void {
  const profile = profileOf(person);
  for (const { session } of network.clientsOf(person)) {
    if (session !== null) network.chat.describe(session, profile);
  }
}

function profileOf({ realname, away, modes, metadata }: Person): Profile {
  return { realname, away, modes: [...modes].sort().join(""), metadata: [...metadata] };
}

/** Takes on what somebody has said on another server before coming here. */
export function takeProfile(network: Network, person: Person, profile: Profile | null): void {
  if (profile === null) return;
  person.away = profile.away;
  for (const letter of userModeLetters) {
    network.setMode(person, letter, profile.modes.includes(letter));
  }
  person.metadata.clear();
  for (const [key, value] of profile.metadata) person.metadata.set(key, value);
}

/** Somebody has said something anew on another server: whoever wants to hear of that here is told. */
export function tellProfile(network: Network, person: Person, profile: Profile): void {
  const before = profileOf(person);
  takeProfile(network, person, profile);
  person.realname = profile.realname;
  // Its own sessions here say the same from now on, which the other servers know already.
  for (const { session } of network.clientsOf(person)) {
    if (session !== null) session.profile = profile;
  }
  const { realname, away } = profile;
  if (away !== before.away) {
    const line = network.lineFrom(person, away === null ? "AWAY" : `AWAY :${away}`);
    tellInterested(network, person, line, "away-notify");
  }
  if (realname !== before.realname) {
    tellInterested(network, person, network.lineFrom(person, `SETNAME :${realname}`), "setname");
  }
  const old = new Map(before.metadata);
  const keys = new Set([...old.keys(), ...person.metadata.keys()]);
  for (const key of keys) {
    if (old.get(key) === person.metadata.get(key)) continue;
    const target = { name: person.nick, values: person.metadata };
    tellMetadata(network.neighbours(person), target, key);
  }
}
