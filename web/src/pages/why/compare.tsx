// What is held against what.

import type { Explain } from '../../api/report';
import { useHere } from '../../frame/here';
import { addDays, daysOf } from '../../lib/time';
import { capital } from '../../lib/words';
import { Button, Select } from '../../ui/controls';
import { DateRange } from '../../ui/dates';
import { useWhere } from '../parts/filters';
import { placesBy } from './question';

const BY = ['feature', 'customer', 'model', 'owner', 'workflow', 'segment',
  'provider', 'release'] as const;

type Against = 'previous' | 'own';

export function Compare({ data }: { data: Explain | null }) {
  const { params, change } = useHere();
  const at = params.get('at');
  const own = ownPeriod(params.get('vs'));
  const by = placesBy(params, useWhere());
  return (
    <>
      {at
        ? (
          <Button onClick={() => change({ at: null })}>
            Compare whole periods
          </Button>
        )
        : (
          <Select<Against> label="Compare with" value={own ? 'own' : 'previous'}
            options={[
              { value: 'previous', label: 'The period before' },
              { value: 'own', label: 'Days of your own' },
            ]}
            onChange={(choice) => change({
              vs: choice === 'own' ? periodBefore(data) : null,
            })} />
        )}
      {own && !at && (
        <DateRange first={own.from} last={addDays(own.to, -1)}
          onChange={(first, last) =>
            change({ vs: `${first}..${addDays(last, 1)}` }, true)} />
      )}
      <Select label="Places by" value={by}
        options={BY.map((value) => ({ value, label: capital(value) }))}
        onChange={(wanted) => change({ by: wanted })} />
    </>
  );
}

function ownPeriod(vs: string | null): { from: string; to: string } | null {
  const match = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(vs ?? '');
  return match?.[1] && match[2] ? { from: match[1], to: match[2] } : null;
}

/** Days of one's own begin as those that are compared now. */
function periodBefore(data: Explain | null): string | null {
  if (!data) {
    return null;
  }
  const { first, last } = daysOf(data.before_from, data.before_to,
    data.timezone);
  return `${first}..${addDays(last, 1)}`;
}
