/**
 * Every cap of the system in one place, each with its unit and the reason for its size.
 *
 * @module
 */

/** Bytes of UTF-8 in one message: enough for a page of code, small enough to be read in a terminal. */
export const textBytesMax = 8 * 1024;

/** Characters (code points) of a reaction: the longest emoji are sequences of about ten. */
export const reactionCharactersMax = 32;

/** Edits and reactions that a page brings along with its posts; of more the last edit of each post, then the newest. */
export const pageAnnotationsMax = 500;

/** Edits of one post by its author, or sealed posts about one by one end: all of them go at once where it is taken back. */
export const editsPerPostMax = 100;

/** Characters (code points) in a user or room name, without the `#` of a room. */
export const nameCharactersMax = 32;

/** Combining marks in a row in a name; UTS #39, section 5.4, calls more than four suspicious. */
export const nameMarksMax = 4;

/** Bytes of UTF-8 in a room's topic. */
export const topicBytesMax = 512;

/** Characters of a post's id, which its sender makes. */
export const postIdCharactersMax = 36;

/** Characters of the opaque body of a private message: the largest text, padded, sealed, in base64. */
export const sealedCharactersMax = 24 * 1024;

/** Combining marks in a row; Unicode's stream-safe format (UAX #15) sets 30. */
export const combiningMarksMax = 30;

/** Combining marks in a row that reach the screen: no script writes so many, and more would paint over other lines. */
export const combiningMarksShownMax = 8;

/** Bytes of a frame's payload from a peer that has not signed in: a registration with its sealed keys fits. */
export const frameBytesMaxBeforeSignIn = 16 * 1024;

/** Bytes of a frame's payload from a client: the largest message, with every byte escaped in JSON. */
export const frameBytesMax = 64 * 1024;

/** Bytes of a frame's payload from the server: a page of history, see `pageBytesMax`. */
export const frameBytesMaxFromServer = 1024 * 1024;

/** Posts in a page of history or of a search. */
export const pagePostsMax = 100;

/** Bytes of text after which a page ends early, so that a page always fits a frame from the server. */
export const pageBytesMax = 128 * 1024;

/** Names or rooms in one page of a list. */
export const listPageMax = 1_000;

/** Rooms that one account may be in. */
export const roomsPerAccountMax = 100;

/** Sessions of one account at once: more devices than anyone has, with dead connections that are not noticed yet. */
export const sessionsPerAccountMax = 50;

/** Rooms on one server. */
export const roomsMax = 10_000;

/** Bytes of a key of a room: a word that people tell each other. */
export const roomKeyBytesMax = 32;

/** The greatest limit of people in a room that can be set. */
export const roomPlacesMax = 999_999_999;

/** Entries in all lists of a room together: each is tried on everyone who enters or speaks. */
export const roomEntriesMax = 100;

/** People with a role in one room. */
export const roleHoldersMax = 1_000;

/** Bytes of a mask in a list of a room. */
export const maskBytesMax = 128;

/** Invitations into one room that wait; of more the oldest is forgotten. */
export const invitationsMax = 100;

/** Bytes of the reason for which someone is removed from a room. */
export const removalReasonBytesMax = 300;

/** Bytes that may wait in the queue toward one connection before it is cut. */
export const queueBytesMax = 4 * 1024 * 1024;

/**
 * Bytes that may wait toward all connections together, and in the writes that are under way; above it the connections for which
 * most waits are cut. Ten thousand with 4 MiB each would be more than any machine has.
 */
export const allQueuesBytesMax: number = 256 * 1024 * 1024;

/** Bytes of the server's disk that stay free: nothing new is stored while there are less. */
export const freeDiskBytesMin: number = 256 * 1024 * 1024;

/** How long one write toward a connection may take before it is cut. A full kernel buffer hides this from the queue's cap. */
export const writeTimeoutMs = 30_000;

/** How long a TLS handshake may take. */
export const handshakeTimeoutMs = 10_000;

/** How long a peer may take from its connection to being signed in, however busy it looks. */
export const signInTimeoutMs = 60_000;

/** How long a peer that is not signed in may be silent. */
export const silenceBeforeSignInTimeoutMs = 30_000;

/** How long a frame may take from its first byte to its last: one byte a second is not a client. */
export const frameTimeoutMs = 30_000;

/**
 * After this much silence the server probes a signed-in client: as late as leaves enough time for the answer, because ten
 * thousand idle clients cost nothing but this; and sooner than clients ask by themselves (100 s).
 */
export const idleProbeMs = 90_000;

/** After this much silence a signed-in client is gone. */
export const idleTimeoutMs = 140_000;

/** How long a client waits for the reply to a request. */
export const requestTimeoutMs = 30_000;

/** How long stopping may take before the connections that are left are closed hard. */
export const stopTimeoutMs = 4_000;

/** Presence changes are collected this long and told in one event. */
export const presenceIntervalMs = 500;

/** Frames with presence changes in a second, all sessions together: with more than a thousand, changes are collected for longer. */
export const presenceFramesPerSecond = 2_000;

/** Requests of one connection that may be under way at once; the next frame is read when one is answered. */
export const requestsUnderWayMax = 256;

/**
 * Connections that are not signed in, from all addresses together: when a server comes back, all of its clients do at once,
 * and nobody of two thousand of them, with others beside, is to be cut on the way. Each may take 40 KiB.
 */
export const connectionsBeforeSignInMax = 5_000;

/** PBKDF2 iterations for new passwords; OWASP's figure for PBKDF2-HMAC-SHA-256. */
export const iterations = 600_000;

/** The least iterations that either end accepts. */
export const iterationsMin = 600_000;

/** The most iterations that a client computes: a hostile server must not keep it busy. */
export const iterationsMax = 5_000_000;

/**
 * The most iterations that the server computes by itself, for wires on which it is shown the password: whoever chose more for
 * an account must not make it work for seconds.
 */
export const iterationsServerMax = 1_200_000;

/** Bytes of salt for a password. */
export const saltBytes = 16;

/** Characters (code points) of a password. */
export const passwordCharactersMin = 8;

/** Bytes of UTF-8 in a password. */
export const passwordBytesMax = 1_024;

/** Bytes of salt for a password that are accepted at most; nobody needs more. */
export const saltBytesMax = 64;

/** Characters of one SCRAM message: the longest name, nonce, salt and channel binding fit twice. */
export const scramMessageCharactersMax = 2_048;

/** Characters of one attribute's value in a SCRAM message. */
export const scramValueCharactersMax = 512;

/** Passwords that wait to be checked by the server itself; each takes about 0.1 s of one core, one at a time. */
export const passwordChecksWaitingMax = 8;

/**
 * Addresses, accounts and devices whose wrong passwords are counted, of each kind. Full again, they are forgotten; where there
 * are too many, those of the network that has most.
 */
export const signInEntriesMax = 100_000;

/** Bytes of a message's body toward a classic client, which reads it with one `recv`: a longer one may come in parts. */
export const classicBodyBytesMax = 2_047;

/** Posts of history that a classic client is shown, the newest: it has no pages. */
export const classicHistoryPostsMax = 1_000;

/** How long a person at a classic client may take for a password: the connection is open while it is typed. */
export const classicPasswordTimeoutMs = 120_000;

/** How long a classic client may take from its connection to being signed in. */
export const classicSignInTimeoutMs = 300_000;

/** How long a classic client may be silent. Who only listens is silent, and this wire has no probe; TCP finds those who have gone. */
export const classicIdleTimeoutMs = 12 * 60 * 60 * 1_000;

/** How long to wait for the end of a text whose length may have been counted in characters. */
export const classicTextGraceMs = 100;

/** Bytes of an account's public key record: version, the longest name, two keys, a signature. */
export const keyRecordBytesMax: number = 2 + 4 * nameCharactersMax + 2 * 32 + 64;

/** Bytes of a key supplement, which an account's key record has grown by: a key of ML-KEM-768 (FIPS 203, table 3) and a signature. */
export const keySupplementBytes: number = 1_184 + 64;

/** Bytes of a vault before it is sealed: sealed and in base64, it fits a frame from a client. */
export const vaultBytesMax = 40 * 1024;

/** How far the version of a vault may be above that of the stored one, so that no mistake uses the versions up. */
export const vaultVersionStepMax = 1_000;

/** The last version of a vault: so many changes nobody makes. Where one above it is stored, its account begins again. */
export const vaultVersionLast: number = 2 ** 32;

/** Characters of a sealed vault in base64. */
export const sealedVaultCharactersMax = 56 * 1024;

/** Bytes that name a chain of private messages: random, so that two never meet. */
export const chainIdBytes = 8;

/** Earlier keys of one peer that are kept in order to read old messages. */
export const earlierKeysMax = 4;

/** Addresses of other servers of a cluster that a client is told, and keeps: some for each of a few machines. */
export const serverAddressesMax = 16;

/** Addresses under which one server of a cluster can be reached: those of a machine with several networks. */
export const ownAddressesMax = 4;

/** Characters of such an address: the longest name of a host, and a port. */
export const serverAddressCharactersMax = 260;

/** How often a server of a cluster says something to each of its clients at the least: from its silence they see that it is gone. */
export const aliveIntervalMs = 1_000;

/** The least that a client takes for that from its server: it looks four times as often. */
export const aliveIntervalMsMin = 100;

/** The most. */
export const aliveIntervalMsMax = 60_000;

/** How long a server of a cluster lets a client wait that has seen more, on another one, than this one has. */
export const placeTimeoutMs = 2_000;

/** Bytes of UTF-8 in the name of a file: what common file systems take. */
export const fileNameBytesMax = 255;

/** Characters of the media type of a file (RFC 6838, section 4.2: 127 on each side; real ones are shorter). */
export const fileTypeCharactersMax = 127;

/** Bytes of UTF-8 in what is said about a file: together with the rest it fits a private message. */
export const fileTextBytesMax = 2 * 1024;

/** How long a ticket for the bytes of a file is good, from when it was given. */
export const fileTicketTimeoutMs = 60_000;

/** Tickets that one session may hold without having used them; of more the oldest are forgotten. */
export const fileTicketsPerSessionMax = 64;

/** Files of one account that are sent and fetched at the same time. */
export const filesUnderWayPerAccountMax = 16;

/** Files of everyone that are sent and fetched at the same time: each takes about a megabyte of memory. */
export const filesUnderWayMax = 256;

/** Within this time some of a file's bytes must move, or its connection ends. */
export const fileStallTimeoutMs = 30_000;

/** So many must move in that time: with fewer, a few strangers could keep all places for ever. */
export const fileStallBytesMin: number = 16 * 1024;
