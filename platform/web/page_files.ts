/**
 * The page that a browser is given: a document, one script, one style, and scripts that it asks for later. tools/make_page.ts makes
 * them of client/web/.
 *
 * @module
 */
import drafts from "./drafts.js" with { type: "text" };
import emoji from "./emoji.js" with { type: "text" };
import fileHash from "./file_hash.js" with { type: "text" };
import hpke from "./hpke.js" with { type: "text" };
import overlays from "./overlays.js" with { type: "text" };
import privateSearch from "./private_search.js" with { type: "text" };
import mlKem from "./ml_kem.js" with { type: "text" };
import stream from "./stream.js" with { type: "text" };
import rules from "./rules.js" with { type: "text" };
import asking from "./page.html" with { type: "text" };
import given from "./page_given.html" with { type: "text" };
import served from "./page_served.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/**
 * The document of the page, with the way in as it is at first: `asking` where the person's own program serves it and asks for a server
 * and a name, `given` where both were given to that program, `served` by a server.
 */
export const pageDocuments = { asking, given, served } as const;

/** The texts that it loads, by their paths below where it lives. */
export const pageFiles = {
  "page.js": script,
  "page.css": style,
  /** What lies over the page: dialogues. */
  "overlays.js": overlays,
  /** For private messages. */
  "hpke.js": hpke,
  /** For browsers that have no ML-KEM. */
  "ml_kem.js": mlKem,
  /** For what is being typed elsewhere. */
  "drafts.js": drafts,
  /** The names of emoji. */
  "emoji.js": emoji,
  /** The rules of rooms in words. */
  "rules.js": rules,
  /** For browsers that open no WebSocket. */
  "stream.js": stream,
  /** For searches. */
  "private_search.js": privateSearch,
  /** For files. */
  "file_hash.js": fileHash,
} as const;
