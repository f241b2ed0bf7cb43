/**
 * Whispers between the servers of a cluster, beside the log: what is not heard is gone.
 *
 * @module
 */
import type { LogKeeper } from "./log_keeper.ts";
import { encodeWhisper, readWhisper } from "./whisper_text.ts";
import { LocalWhispers, type Whisper, type Whispers } from "../whispers.ts";

/** More than any whisper is long. */
const whisperBytesMax = 512 * 1024;

/** Whispers to and from the other servers. */
export class ClusterWhispers implements Whispers {
  readonly #local = new LocalWhispers();
  readonly #keeper: LogKeeper;
  /** Told with each whisper: what comes back is not heard again. */
  readonly #sender = crypto.randomUUID();

  /** @param keeper Who carries them. They end with it. */
  constructor(keeper: LogKeeper) {
    this.#keeper = keeper;
    keeper.hear("whispers", (data) => this.#heard(data));
  }

  /** See `Whispers.tell`. */
  tell(whisper: Whisper): void {
    this.#local.tell(whisper);
    this.#keeper.tell("whispers", encodeWhisper(this.#sender, whisper));
  }

  /** See `Whispers.hear`. */
  hear(listener: (whisper: Whisper) => void): () => void {
    return this.#local.hear(listener);
  }

  #heard(data: Uint8Array): void {
    if (data.length > whisperBytesMax) return;
    const heard = readWhisper(data);
    if (heard !== null && heard.sender !== this.#sender) this.#local.tell(heard.whisper);
  }
}
