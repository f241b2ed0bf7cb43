/**
 * What the headless client is made with, and what it tells.
 *
 * @module
 */
import type { ChatError } from "../../../protocol/wire/errors.ts";
import type { EventOf } from "../../../protocol/wire/events.ts";
import type { Remark } from "../link/client_error.ts";
import type { Credentials } from "../link/credentials.ts";
import type { ShownPost } from "../e2e/message_view.ts";
import type { Connect, ConnectBulk } from "../link/open_link.ts";
import type { Servers } from "../link/servers.ts";
import type { TextStore } from "../link/text_store.ts";

/** What a client tells whoever uses it. */
export type ClientEvent =
  /**
   * A post, one's own too. `missed` marks those that were fetched after a reconnect. Show `post.message`, not `post.body`:
   * it has the opened text of a private message, and what to say about its protection.
   */
  | { readonly type: "post"; readonly post: ShownPost; readonly missed: boolean }
  /**
   * Something about keys that the person must be told, once: in the conversation with `peer`, or, where that is null, about
   * the account or the server. Afterwards `ChatClient.protection` may give something else.
   */
  | { readonly type: "notice"; readonly peer: string | null; readonly remark: Remark }
  | ({ readonly type: "presence" } & EventOf<"presence">)
  | ({ readonly type: "members" } & EventOf<"members">)
  | ({ readonly type: "topic" } & EventOf<"topic">)
  | ({ readonly type: "ruled" } & EventOf<"ruled">)
  | ({ readonly type: "joined" } & EventOf<"joined">)
  | ({ readonly type: "left" } & EventOf<"left">)
  | ({ readonly type: "invited" } & EventOf<"invited">)
  /** On another machine, everything up to this post was shown. */
  | ({ readonly type: "read" } & EventOf<"read">)
  /** Something is being typed in another session of the account: see `ChatClient.shareDrafts`. */
  | ({ readonly type: "draft" } & EventOf<"draft">)
  /** The connection is there (again). `movedTo`: to which other server of the cluster, as `host:port`; null to the same. */
  | { readonly type: "online"; readonly again: boolean; readonly movedTo: string | null }
  /** The connection was lost, and the other servers of the cluster are tried at once. */
  | { readonly type: "moving" }
  /**
   * The connection was lost, or could not be made again. The next try is after `retryMs`; `mayHurry` says whether
   * `ChatClient.retryNow` brings it on.
   */
  | { readonly type: "offline"; readonly retryMs: number; readonly mayHurry: boolean }
  /** It is over, and no further try will be made. */
  | { readonly type: "ended"; readonly error: ChatError };

/** What a client is made with. */
export interface ChatClientOptions {
  readonly credentials: Credentials;
  /** Makes a connection to the server: `openConnection` with its trust. */
  readonly connect: Connect;
  /** Makes a connection for the bytes of a file; as `connect` does where left out. */
  readonly connectBulk?: ConnectBulk;
  /** The servers, where there may be several; the one that `connect` knows where left out. */
  readonly servers?: Servers;
  /** Takes each event, in order. Must not throw. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Until then events wait, but for notices; from the start where not given. What waits is bounded, as for any slow reader. */
  readonly ready?: Promise<void> | undefined;
  /** Keeps what tells the server that this machine signed in before. */
  readonly devices?: TextStore;
  /** Keeps what this machine remembers of keys, so that a server that takes something back is noticed. */
  readonly memory?: TextStore;
  /** How long to wait at the first sign-in where the server asks to slow down, in milliseconds; not at all if not given. */
  readonly patienceMs?: number;
  /** For how long a lost connection is tried to be made again; for ever where not given. */
  readonly giveUpAfterMs?: number | undefined;
  /** How long a reply may take. */
  readonly replyTimeoutMs?: number;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs?: () => number;
}
