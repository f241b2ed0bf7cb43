/**
 * Rooms as they are stored.
 *
 * @module
 */
import type { RoomLaw } from "./room_law.ts";

/** The name of the room that everyone is in. */
export const lobbyName = "#lobby";

/** Who set a topic, and when. */
export interface TopicSetting {
  /** The name as shown in the heart; a guest's has its prefix. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

/** A room as it is stored, with the folded names (`AccountRecord.nameKey`) of its members. Everyone is in the lobby: its list stays empty. */
export interface RoomRecord {
  readonly id: number;
  /** The name with its `#`, as it was typed by who made it. */
  readonly name: string;
  readonly nameKey: string;
  readonly skeleton: string;
  readonly topic: string;
  /** Null where nobody has set a topic, or an earlier version of this program stored it. */
  readonly topicSetting: TopicSetting | null;
  readonly members: readonly string[];
  /** How many people the log has let in since the room was made: see `EnterCommand`. */
  readonly entries: number;
  /** Roles, rules and lists. */
  readonly law: RoomLaw;
}

/** The account that makes a room. */
export interface RoomOwner {
  readonly nameKey: string;
  readonly name: string;
}
