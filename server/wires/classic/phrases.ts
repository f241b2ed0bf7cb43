/**
 * What the server says in a `Confirmation`. The classic client compares some of them letter for letter.
 *
 * @module
 */

/** The classic server's own words. */
export const phrases = {
  createPassword: "Now please create your password!",
  typePassword: "Now please type in your password!",
  accountCreated: "Your account has been successfully created!",
  signedIn: "You successfully log into your account!",
  wrongPassword: "Wrong password!",
  readyForBroadcast: "The server is ready to send broadcast message!",
  broadcastSent: "Public message sent!",
  privateSent: "Private message has been sent.",
  targetOffline: "Target client is not online, failed to send the message!",
} as const;

/** Ends the history. */
export const historyEnd = "Done";
