// Something to fill in and send.

import type { ComponentChildren } from 'preact';

import type { ApiError } from '../api/fetch';
import { Button } from './controls';
import { Warning } from './icons';

interface Props {
  /** What the button says that sends it. */
  action: string;
  onSubmit: () => void;
  onCancel?: () => void;
  /** What the button says that goes back. */
  cancel?: string;
  busy?: boolean;
  disabled?: boolean;
  /** Why it was not taken. */
  error?: Pick<ApiError, 'message' | 'hint'> | null;
  children: ComponentChildren;
}

export function Form({ action, onSubmit, onCancel, cancel = 'Cancel', busy,
  disabled, error, children }: Props) {
  return (
    <form class="form" onSubmit={(event) => {
      event.preventDefault();
      onSubmit();
    }}>
      {children}
      {error && (
        <div class="failure" role="alert">
          <Warning />
          <div>
            <p>{error.message}</p>
            {error.hint && <p class="note">{error.hint}</p>}
          </div>
        </div>
      )}
      <p class="buttons form-buttons">
        {onCancel && <Button onClick={onCancel}>{cancel}</Button>}
        <button type="submit" class="button primary"
          disabled={busy === true || disabled === true}>
          {action}
        </button>
      </p>
    </form>
  );
}
