/**
 * Where something is written.
 *
 * @module
 */
import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { quoted } from "../../talk/annotation_text.ts";
import { AttachButton } from "./attach_button.tsx";
import { ComposerText } from "./composer_text.ts";
import type { ConversationProps } from "./conversation_props.ts";
import { Icon, IconButton } from "./icons.tsx";

/** Pixels that the input grows to; client/web/style/conversation.css has them, too. */
const heightMax = 240;

/** An input that grows, with what it is about above it and what is offered beside it. */
export function Composer({ session, conversation }: ConversationProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const text = useMemo(() => new ComposerText(session, conversation), [conversation]);
  const { title, draft, left, about } = conversation;
  useEffect(() => {
    if (!isTouched()) area.current?.focus({ preventScroll: true });
  }, [conversation, about.value]);
  useLayoutEffect(() => fit(area.current), [draft.value]);
  const offers = text.offers.value;
  return (
    <div class="composer">
      <AboutLine conversation={conversation} />
      <Offered text={text} area={area} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          text.send();
        }}
      >
        <AttachButton session={session} conversation={conversation} />
        <textarea
          id="message"
          ref={area}
          rows={1}
          aria-label={`Message to ${safeText(title)}`}
          placeholder={`Message ${safeText(title)}`}
          aria-autocomplete="list"
          aria-controls={offers === null ? undefined : "offers"}
          aria-activedescendant={offers === null ? undefined : `offer-${text.chosen.value}`}
          disabled={left.value}
          value={draft.value}
          onInput={(event) => text.onInput(event.currentTarget)}
          onKeyDown={(event) => {
            if (text.onKey(event, event.currentTarget)) event.preventDefault();
          }}
          onPaste={(event) => {
            const { clipboardData } = event;
            const files = [...clipboardData?.files ?? []];
            // Office programs put a picture of a text beside it: what is meant then is the text.
            if (files.length === 0 || clipboardData?.getData("text/plain") !== "") return;
            event.preventDefault();
            session.transfers.ask(conversation, files);
          }}
          onBlur={() => text.offers.value = null}
        />
        <button
          type="submit"
          class="send"
          aria-label={about.value?.kind === "edit" ? "Save" : "Send"}
          disabled={draft.value.trim() === "" || left.value}
        >
          <Icon name="send" />
        </button>
      </form>
    </div>
  );
}

/** On a phone the focus would bring up the keyboard over half of what is to be read. */
function isTouched(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}

/**
 * For browsers that do not do it by themselves (`field-sizing`). The form keeps its height while that is measured: else the feed above would
 * be scrolled away from its end.
 */
function fit(area: HTMLTextAreaElement | null): void {
  if (area === null || CSS.supports("field-sizing", "content")) return;
  const { style } = area;
  const around = area.form!;
  around.style.minHeight = `${around.offsetHeight}px`;
  style.height = "auto";
  style.height = `${Math.min(heightMax, area.scrollHeight)}px`;
  around.style.minHeight = "";
}

/** What is given to the parts of a composer. */
interface PartProps {
  readonly text: ComposerText;
}

function AboutLine({ conversation }: Pick<ConversationProps, "conversation">) {
  const about = conversation.about.value;
  if (about === null) return null;
  const { kind, post } = about;
  return (
    <div class="about">
      <Icon name={kind} />
      <span>
        {kind === "edit" ? "Editing your message" : (
          <>
            Replying to <bdi>{safeText(post.from)}</bdi>: {quoted(post.message.text ?? "")}
          </>
        )}
      </span>
      <IconButton icon="close" label="Cancel" onClick={() => conversation.forgetAbout()} />
    </div>
  );
}

function Offered(
  { text, area }: PartProps & { readonly area: RefObject<HTMLTextAreaElement | null> },
) {
  const offers = text.offers.value;
  if (offers === null) return null;
  return (
    <ul class="offers" id="offers" role="listbox" aria-label="Completions">
      {offers.list.map(({ label }, at) => (
        <li
          key={label}
          id={`offer-${at}`}
          role="option"
          aria-selected={at === text.chosen.value}
          onPointerDown={(event) => {
            event.preventDefault();
            if (area.current !== null) text.accept(at, area.current);
          }}
        >
          {safeText(label)}
        </li>
      ))}
    </ul>
  );
}
