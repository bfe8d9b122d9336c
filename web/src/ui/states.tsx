// What the page says when it has no numbers to show: what is the matter, and
// what to do about it.

import type { ComponentChildren } from 'preact';

import type { ApiError } from '../api/fetch';
import { capital, unturned } from '../lib/words';
import { Button } from './controls';
import { Warning } from './icons';

interface Props {
  title: string;
  role?: 'alert';
  children: ComponentChildren;
}

/** Fills the page when there is nothing else on it. */
export function Message({ title, role, children }: Props) {
  return (
    <section class="message" role={role}>
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </section>
  );
}

/** Stands where a part of the page has nothing to show. */
export function Empty({ title, children }:
  { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

/** Stands where a part of the page could not be loaded, or what was sent was
 *  not taken. */
export function Failure({ error, retry }:
  { error: Pick<ApiError, 'message' | 'hint'>; retry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <Warning />
      <div>
        <p>{capital(unturned(error.message))}</p>
        {error.hint && <p class="note">{capital(error.hint)}</p>}
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}
