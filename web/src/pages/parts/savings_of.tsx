// The first savings of some features, or of all.

import { apiPath } from '../../api/fetch';
import type { Saving, SavingReason, Savings } from '../../api/report';
import { useHere } from '../../frame/here';
import { environmentFilter } from '../../lib/shared';
import { capital } from '../../lib/words';
import { useApi, useOnce } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Said } from '../../ui/said';

const SHOWN = 3;

export interface SavingLine {
  saving: Saving;
  reason: SavingReason;
}

/** Each with its reason.  Another model is a question, not something to do: it
 *  is left to its own page.  `features` null is all of them. */
export function savingLines({ savings = [], reasons = [] }: Savings,
  features: readonly string[] | null, limit: number): SavingLine[] {
  return savings.flatMap((saving, i) => {
    const reason = reasons[i];
    return reason && saving.kind !== 'cheaper_model' &&
      (features === null || features.includes(featureOf(saving)))
      ? [{ saving, reason }]
      : [];
  }).slice(0, limit);
}

/** The name as everywhere else: empty where there is none. */
export function featureOf({ feature }: Saving): string {
  return feature === '(untagged)' ? '' : feature;
}

/** Of the environment that is shown; they look at days of their own. */
export function savingsPath(environment: string): string {
  return apiPath('savings', { where: environmentFilter(environment) });
}

interface Props {
  features: readonly string[] | null;
  ready: boolean;
}

/** They take the server longest, so they wait until the page is `ready`. */
export function SavingsOf({ features, ready }: Props) {
  const { environment } = useHere().shared;
  const savings = useApi<Savings>(
    useOnce(ready) ? savingsPath(environment) : null);
  return (
    <Loaded of={savings} height={96}>
      {(data) => {
        const lines = savingLines(data, features, SHOWN);
        return lines.length === 0
          ? <p class="note">No saving was found here in the last 28 days.</p>
          : (
            <ul class="list">
              {lines.map((line) => <Line key={line.reason.rank} {...line} />)}
            </ul>
          );
      }}
    </Loaded>
  );
}

function Line({ saving, reason }: SavingLine) {
  return (
    <li>
      <p class="strong">{capital(reason.what)}</p>
      <p class="note">
        <GroupName name={featureOf(saving)} />, <Money amount={saving.point}
          places={0} /> a month. Check first:{' '}
        <Said text={`${reason.check_first}.`} />
      </p>
    </li>
  );
}
