// A part of the page around what it waits for.

import type { ComponentChildren } from 'preact';

import type { Loading } from './load';
import { Skeleton } from './panel';
import { Failure } from './states';

interface Props<T> {
  of: Loading<T>;
  /** The room to hold while nothing is there. */
  height: number;
  children: (data: T) => ComponentChildren;
}

/** Draws what came; before, it holds the room; what failed, it tells.  While
 *  something newer is on its way the old stays, paler. */
export function Loaded<T>({ of, height, children }: Props<T>) {
  const { data, error, busy, reload } = of;
  if (error) {
    return <Failure error={error} retry={reload} />;
  }
  if (data === null) {
    return <Skeleton height={height} />;
  }
  return <div class={busy ? 'loaded stale' : 'loaded'}>{children(data)}</div>;
}
