// Something to fill in and send.

import type { ComponentChildren } from 'preact';

import type { ApiError } from '../api/fetch';
import { Button } from './controls';
import { Failure } from './states';

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
      {error && <Failure error={error} />}
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
