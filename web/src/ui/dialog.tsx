// A window over the page, for something to do and then to return.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

import { Button } from './controls';
import { Cross } from './icons';

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal dialog: the browser keeps the focus in it, closes it on Escape, and
 *  puts the focus back to where it was. */
export function Dialog({ title, open, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) {
      dialog.current?.close();
      return;
    }
    const before = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    // One that is taken off the page while it is open gives the focus back as
    // well, which the browser does only for one that is closed.
    return () => {
      if (shown?.open && before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, [open]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}
      onClick={(event) => {
        // A click beside the window is one on the dialog itself.
        if (event.target === dialog.current) {
          dialog.current?.close();
        }
      }}>
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button kind="icon" label="Close"
            onClick={() => dialog.current?.close()}>
            <Cross />
          </Button>
        </header>
        {open && children}
      </div>
    </dialog>
  );
}
