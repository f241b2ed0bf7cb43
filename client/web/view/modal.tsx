/**
 * A dialogue over the page: the browser keeps the focus in it and closes it on Esc.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "./icons.tsx";

/** What a dialogue is given. */
export interface ModalProps {
  readonly title: string;
  /** A class for its looks. */
  readonly class?: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Shown as long as it is drawn. */
export function Modal({ title, class: extra = "", onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={extra}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog-inner">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
