// Going somewhere by its name: any page, feature, model, customer or owner.
// Opened by the button, by Ctrl+K (or Cmd+K), or by `/`.

import { useEffect, useState } from 'preact/hooks';

import { Search } from '../ui/icons';
import { lazy } from '../ui/lazy';

const Dialog = lazy<{ close: () => void }>(
  async () => (await import('./jump_dialog')).JumpDialog, () => null);

/** Twice on a page, in the rail and in the bar of a phone, of which one is
 *  seen; the keys are listened to by one. */
export function Jump({ keys }: { keys?: boolean }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!keys) {
      return;
    }
    const onKey = (event: KeyboardEvent) => {
      if (asksToJump(event)) {
        event.preventDefault();
        setOpen(true);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [keys]);
  return (
    <>
      <button type="button" class="jump" aria-haspopup="dialog"
        onClick={() => setOpen(true)}>
        <Search />
        <span class="jump-text">
          Go to<span class="visually-hidden"> a page or a name</span>
        </span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      {open && <Dialog close={() => setOpen(false)} />}
    </>
  );
}

function asksToJump(event: KeyboardEvent): boolean {
  // A dialog is to be ended first: it is about the page below it.
  if (document.querySelector('dialog[open]')) {
    return false;
  }
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    return true;
  }
  const { target } = event;
  const writing = target instanceof HTMLElement &&
    target.closest('input, select, textarea, dialog') !== null;
  return event.key === '/' && !writing;
}
