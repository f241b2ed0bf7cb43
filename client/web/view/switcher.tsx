/**
 * Goes anywhere by a few letters.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { counted } from "../../talk/wording.ts";
import type { PageSession } from "../state/page_session.ts";
import { hueOf, initialOf } from "../text/name_hues.ts";
import { Modal } from "./modal.tsx";
import { destinationsFor, type Whereabouts } from "./switcher_list.ts";

/** A list that shrinks while one types. */
export function Switcher({ session }: { readonly session: PageSession }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [problem, setProblem] = useState("");
  const [rooms, setRooms] = useState<readonly string[]>([]);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    void session.tell(async () => {
      setRooms((await session.client.rooms.list()).map(({ name }) => name));
    });
  }, []);
  const found = destinationsFor(typed, session, rooms);
  // Open until one is there: what is typed meanwhile is not meant for where one was. Whoever closes it does not want to go any more.
  const isOpen = () => session.overlay.value === "switcher";
  const go = (destination: Whereabouts | undefined) => {
    if (destination !== undefined) void session.goTo(destination.title, setProblem, isOpen);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      const next = (chosen + step + found.length) % found.length;
      setChosen(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") go(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal title="Go to" class="switcher" onClose={() => session.overlay.value = null}>
      <input
        type="text"
        role="combobox"
        aria-label="Room or person"
        aria-expanded={found.length > 0}
        aria-controls="destinations"
        aria-activedescendant={found.length > 0 ? `destination-${chosen}` : undefined}
        aria-autocomplete="list"
        placeholder="A room or a person"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        autofocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
          setProblem("");
        }}
        onKeyDown={onKey}
      />
      <p class="problem" role="alert">
        {problem || (found.length === 0 && typed.trim() && "No name has a space in it.")}
      </p>
      <ul id="destinations" role="listbox" aria-label="Rooms and people" ref={list}>
        {found.map((one, at) => (
          <Option key={one.title} destination={one} at={at} isChosen={at === chosen} onGo={go} />
        ))}
      </ul>
    </Modal>
  );
}

/** What an option is given. */
interface OptionProps {
  readonly destination: Whereabouts;
  readonly at: number;
  readonly isChosen: boolean;
  readonly onGo: (destination: Whereabouts) => void;
}

function Option({ destination, at, isChosen, onGo }: OptionProps) {
  const { title, note, unread } = destination;
  return (
    <li
      id={`destination-${at}`}
      role="option"
      aria-selected={isChosen}
      onClick={() => onGo(destination)}
    >
      <span class={`avatar small ${hueOf(title)}`} aria-hidden="true">
        {title.startsWith("#") ? "#" : initialOf(title)}
      </span>
      <bdi>{safeText(title)}</bdi>
      <small>{unread > 0 ? counted(unread, "unread message") : note}</small>
    </li>
  );
}
