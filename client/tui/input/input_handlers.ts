/**
 * What a person wants beside typing.
 *
 * @module
 */

/** What a person wants beside typing. */
export interface InputHandlers {
  /** A line is to be sent, or a command run. It is left in the draft where this gives false. */
  readonly onSubmit: (text: string) => boolean;
  /** Enter, where nothing is typed. */
  readonly onSubmitNothing: () => void;
  /** To the conversation of this number, from 1. */
  readonly onSwitch: (number: number) => void;
  readonly onNextUnread: () => void;
  /** The person wants to leave. */
  readonly onLeave: () => void;
  readonly onSuspend: () => void;
  readonly onRedraw: () => void;
  /** The draft has changed after the key that led to it: it must be drawn. */
  readonly onChanged: () => void;
  /** Something has to be said. */
  readonly onNotice: (text: string) => void;
  /** A key means nothing here. */
  readonly onBell: () => void;
  /** The path of a file of this machine that a pasted text is, and nothing else; null where it is none, or could not be sent. */
  readonly fileIn: (pasted: string) => string | null;
  /** The file is to be sent to where the draft would go. */
  readonly onFile: (path: string) => void;
  /** Where the draft would go, as a question may name it; safe already. */
  readonly place: () => string;
}
