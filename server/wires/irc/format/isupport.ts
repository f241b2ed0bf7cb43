/**
 * What this server says it can do (RPL_ISUPPORT), and the letters of its modes.
 *
 * @module
 */
import {
  nameCharactersMax,
  pagePostsMax,
  roomEntriesMax,
  roomKeyBytesMax,
  roomsPerAccountMax,
} from "../../../../protocol/wire/limits.ts";

/** Letters of user modes: bot, invisible, operator of the server, wants wallops. */
export const userModeLetters = "Biow";

/** Letters of channel modes, by what follows them. */
export const channelModeLetters = {
  lists: "Ibe",
  /** With a parameter always. */
  key: "k",
  /** With a parameter when set. */
  limit: "l",
  flags: "Cimnst",
  ranks: "ov",
  all: "CIbeiklmnostv",
  withParameter: "Ibeklov",
} as const;

/** Nicks that one client may monitor. */
export const monitorsMax = 100;
/** Targets of one PRIVMSG, NOTICE or TAGMSG. */
export const messageTargetsMax = 4;
/** Channels of one NAMES: each makes a whole list. */
export const namesTargetsMax = 4;
/** Conditions of one LIST: each is tried on every channel. */
export const listConditionsMax = 4;
/** Bytes of texts such as the reason for being away. */
export const reasonBytesMax = 300;

/** The tokens of RPL_ISUPPORT. */
export function isupportTokens(networkName: string): string[] {
  const { lists, key, limit, flags } = channelModeLetters;
  return [
    "ACCOUNTEXTBAN=a",
    `AWAYLEN=${reasonBytesMax}`,
    "BOT=B",
    "CASEMAPPING=ascii",
    `CHANLIMIT=#:${roomsPerAccountMax}`,
    `CHANMODES=${lists},${key},${limit},${flags}`,
    `CHANNELLEN=${nameCharactersMax + 1}`,
    "CHANTYPES=#",
    `CHATHISTORY=${pagePostsMax}`,
    "ELIST=CMNTU",
    "EXCEPTS=e",
    "EXTBAN=,am",
    "INVEX=I",
    `KEYLEN=${roomKeyBytesMax}`,
    `KICKLEN=${reasonBytesMax}`,
    `MAXLIST=${lists}:${roomEntriesMax}`,
    "MODES=20",
    `MONITOR=${monitorsMax}`,
    "MSGREFTYPES=msgid,timestamp",
    `NAMELEN=${reasonBytesMax}`,
    `NETWORK=${networkName.replace(/[^\x21-\x3c\x3e-\x7e]/g, "_")}`,
    `NICKLEN=${nameCharactersMax}`,
    "PREFIX=(ov)@+",
    "SAFELIST",
    "STATUSMSG=@+",
    `TARGMAX=JOIN:,KICK:,LIST:${listConditionsMax},NAMES:${namesTargetsMax},NOTICE:${messageTargetsMax},PART:,` +
    `PRIVMSG:${messageTargetsMax},TAGMSG:${messageTargetsMax},WHOIS:1`,
    "TOPICLEN=390",
    "USERLEN=18",
    "UTF8ONLY",
    "WHOX",
  ];
}
