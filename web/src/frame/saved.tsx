// What somebody noted of a saved view, above the page that it opens.

import { getJson } from '../api/fetch';
import type { View } from '../api/share';
import { hashOf, parseHash, type Address } from '../lib/route';
import { formatInstant } from '../lib/time';
import { useLoad } from '../ui/load';
import { GroupName } from '../ui/name';
import { useHere } from './here';
import { useLedger } from './ledger';
import { START } from './pages';

/** Whoever opens the address of a view reads its note, whichever way led
 *  there.  While views are `changing` nothing is asked, and all anew after. */
export function SavedNote({ changing }: { changing: boolean }) {
  const here = useHere();
  const zone = useLedger().data?.zone ?? 'UTC';
  const { data } = useLoad(changing || here.path === '/views' ? null : 'saved',
    (signal) => getJson<{ views: View[] }>('api/views', signal));
  const address = plain(here);
  const view = data?.views.find((one) =>
    one.note !== '' && plain(parseHash(`#${one.address}`)) === address);
  return view ? (
    <aside class="shared-note" aria-label="What the saved view is for">
      <p class="over">
        <GroupName name={view.name} />, saved {view.by && `by ${view.by} `}on{' '}
        {formatInstant(view.changed, zone)}
      </p>
      <p class="shared-words">{view.note}</p>
    </aside>
  ) : null;
}

/** Written alike, whoever wrote it. */
function plain({ path, params }: Address): string {
  return hashOf(path === '/' ? START : path, params);
}
