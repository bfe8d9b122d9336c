// Parts of the page that come when they are needed: pages, and charts with the
// library that draws them.

import type { ComponentType, VNode } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

import { begin } from '../lib/pending';
import { Failure } from './states';

/** A component that is fetched when it is first drawn; `Waiting` holds its
 *  room until then. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>,
  Waiting: (props: P) => VNode | null): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, setState] = useState<'come' | null>(null);
    const [failed, setFailed] = useState(false);
    useLayoutEffect(() => {
      if (loaded || failed) {
        return;
      }
      let gone = false;
      const end = begin();
      load().then((component) => {
        loaded = component;
        if (!gone) {
          setState('come');
        }
      }, () => {
        if (!gone) {
          setFailed(true);
        }
      }).finally(end);
      return () => {
        gone = true;
        end();
      };
    }, [failed]);
    if (failed) {
      return <Failure retry={() => setFailed(false)} error={MISSING} />;
    }
    const Loaded = loaded;
    return Loaded ? <Loaded {...props} /> : <Waiting {...props} />;
  };
}

const MISSING = {
  message: 'A part of this page did not come.',
  hint: 'Reload the page: the server may have been updated or stopped.',
};
