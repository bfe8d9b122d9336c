// The savings of a feature, or the first of all.

import { apiPath } from '../../api/fetch';
import type { Savings } from '../../api/report';
import { capital } from '../../lib/words';
import { useApi, useOnce } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';

const SHOWN = 3;

/** They take the server longest, so they wait until the page is `ready`. */
export function SavingsOf({ feature, ready }:
  { feature: string | null; ready: boolean }) {
  const savings = useApi<Savings>(
    useOnce(ready) ? apiPath('savings') : null);
  return (
    <Loaded of={savings} height={96}>
      {({ savings: all, reasons }) => {
        const lines = all.flatMap((saving, i) => {
          const reason = reasons[i];
          return reason && saving.kind !== 'cheaper_model' &&
            (feature === null || reason.feature === feature)
            ? [{ saving, reason }]
            : [];
        }).slice(0, SHOWN);
        return lines.length === 0
          ? <p class="note">No saving was found here in the last 28 days.</p>
          : (
            <ul class="list">
              {lines.map(({ saving, reason }) => (
                <li key={reason.rank}>
                  <p class="strong">{capital(reason.what)}</p>
                  <p class="note">
                    {reason.feature}, <Money amount={saving.point}
                      places={0} /> a month. Check first: {reason.check_first}.
                  </p>
                </li>
              ))}
            </ul>
          );
      }}
    </Loaded>
  );
}
