// What a question was refused for: something to change, not to try again.

import type { ComponentChildren } from 'preact';

import { unturned } from '../lib/words';
import type { Loading } from './load';
import { Callout } from './callout';
import { Loaded } from './loaded';

interface Props<T> {
  of: Loading<T>;
  height: number;
  children: (data: T) => ComponentChildren;
}

/** As Loaded, for questions that the reader puts together. */
export function Answered<T>(props: Props<T>) {
  const { error } = props.of;
  if (error && (error.status === 400 || error.status === 404)) {
    return (
      <div role="status">
        <Callout tone="warn" title={sentence(unturned(error.message))} />
      </div>
    );
  }
  return <Loaded {...props} />;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
