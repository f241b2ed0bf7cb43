/**
 * What HELP says: by subject, a title and lines.
 *
 * @module
 */

/** Texts by subject in capital letters; the empty subject is the index. */
export const helpTexts: Readonly<Record<string, readonly string[]>> = {
  "": [
    "Help on this server",
    "HELP SUBJECT tells more about: ACCOUNT, AWAY, CHATHISTORY, INVITE, JOIN, KICK, LIST, MODE,",
    "MONITOR, NAMES, NICK, NOTICE, PART, PRIVMSG, REDACT, REGISTER, TOPIC, WHO, WHOIS.",
    "Everyone meets in #lobby: JOIN #lobby.",
  ],
  ACCOUNT: [
    "Accounts",
    "An account's name is its nick, here and in the chat client. Sign in by SASL PLAIN or",
    "SCRAM-SHA-256; REGISTER makes an account. Without one you are a guest: you are called",
    "~nick elsewhere, and nothing that others write to you is kept while you are away.",
  ],
  AWAY: ["AWAY [:reason]", "Says that you are away; without a reason, that you are back."],
  CHATHISTORY: [
    "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS …",
    "Shows what was said before, in a channel that you are in or with a person (IRCv3).",
  ],
  INVITE: ["INVITE nick #channel", "Lets someone enter a channel whatever its modes are."],
  JOIN: [
    "JOIN #channel[,#channel] [key[,key]]",
    "Enters a channel, or makes it: then it is yours.",
  ],
  KICK: ["KICK #channel nick [:reason]", "Takes someone out of a channel."],
  LIST: [
    "LIST [mask|!mask|<N|>N|C<N|C>N|T<N|T>N]",
    "Lists channels: by name, people in them, minutes since they were made or got their topic.",
  ],
  MODE: [
    "MODE #channel [+-modes [parameters]]",
    "o operator, v voice, b ban (m:mask mutes), e exception, I may enter, k key, l limit,",
    "i invite-only, m moderated, n no messages from outside, s secret, t operators set the topic,",
    "C no CTCP. MODE nick: B bot, i invisible, w gets wallops.",
  ],
  MONITOR: ["MONITOR +|-|C|L|S [nick,nick]", "Tells you when someone comes or goes."],
  NAMES: ["NAMES #channel", "Lists who is in a channel."],
  NICK: ["NICK nick", "Changes a guest's nick. The nick of an account is its name."],
  NOTICE: ["NOTICE target :text", "Says something that no program answers."],
  PART: ["PART #channel [:reason]", "Leaves a channel, with all of the account's clients."],
  PRIVMSG: ["PRIVMSG target :text", "Says something to a channel or a person."],
  REGISTER: [
    "REGISTER *|name * password",
    "Makes an account with your nick or another name. Only on encrypted connections.",
  ],
  REDACT: [
    "REDACT #channel|nick msgid [:reason]",
    "Takes a message of yours back; operators of a channel those of others, too.",
  ],
  TOPIC: ["TOPIC #channel [:topic]", "Shows or sets what a channel is about."],
  WHO: ["WHO #channel|nick|mask [%fields]", "Lists people (WHOX)."],
  WHOIS: ["WHOIS nick", "Tells about someone."],
};
