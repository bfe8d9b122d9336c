// The savings of a feature, or the first of all.

import { apiPath } from '../../api/fetch';
import type { Savings } from '../../api/report';
import { capital } from '../../lib/words';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';

const SHOWN = 3;

export function SavingsOf({ feature }: { feature: string | null }) {
  const savings = useApi<Savings>(apiPath('savings'));
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
