// The filters of a page: those that hold, and a way to add one.

import { useState } from 'preact/hooks';

import { anyOf, ask, queryPath, rowsOf } from '../../api/query';
import { fixedFilters } from '../../api/share';
import { useHere } from '../../frame/here';
import { filterSaid, withFilter } from '../../lib/filter';
import { environmentFilter } from '../../lib/shared';
import { capital, groupLabel } from '../../lib/words';
import { Chips } from '../../ui/chips';
import { Button, Select } from '../../ui/controls';
import { useLoad } from '../../ui/load';

/** Dimensions that one filters by; others can stand in an address. */
const DIMENSIONS = ['feature', 'model', 'provider', 'customer', 'segment',
  'owner', 'experiment', 'variant', 'release', 'prompt', 'workflow', 'status',
  'service_tier', 'source', 'key', 'user'] as const;

const VALUES = 200;

/** The filters in the address. */
export function useWhere(): string[] {
  return useHere().params.getAll('where');
}

export function Filters() {
  const { change } = useHere();
  const where = useWhere();
  const [adding, setAdding] = useState(false);
  return (
    <div class="filters">
      <Chips label="Filters" chips={where.map((filter) => ({
        said: filterSaid(filter),
        children: filterSaid(filter),
        remove: fixedFilters().includes(filter) ? undefined : () =>
          change({ where: where.filter((other) => other !== filter) }),
      }))} />
      {adding
        ? <AddFilter where={where} done={() => setAdding(false)} />
        : (
          <Button kind="quiet" onClick={() => setAdding(true)}>
            Add filter
          </Button>
        )}
    </div>
  );
}

function AddFilter({ where, done }: { where: string[]; done: () => void }) {
  const { change } = useHere();
  const [dimension, setDimension] = useState<string>(DIMENSIONS[0]);
  const values = useValues(dimension, where);
  const add = (choice: string) => {
    const name = values?.[Number(choice)];
    if (name !== undefined) {
      change({ where: withFilter(where, anyOf(dimension, [name])) });
      done();
    }
  };
  return (
    <div class="row" role="group" aria-label="Add a filter">
      <Select label="Dimension" value={dimension} onChange={setDimension}
        options={DIMENSIONS.map((value) =>
          ({ value, label: capital(value.replace('_', ' ')) }))} />
      <Select label="Value" value="" onChange={add} options={[
        { value: '', label: values ? 'Choose …' : 'Loading …' },
        // By number: a name may be any text, the empty one too.
        ...(values ?? []).map((name, i) =>
          ({ value: String(i), label: groupLabel(name) })),
      ]} />
      <Button kind="quiet" onClick={done}>Cancel</Button>
    </div>
  );
}

/** What there is of a dimension, dearest first. */
function useValues(dimension: string, where: string[]): string[] | null {
  const { range, environment } = useHere().shared;
  const question = {
    metrics: ['cost'],
    by: [dimension],
    range,
    where: [...environmentFilter(environment), ...where],
    order: '-cost',
    limit: VALUES,
  };
  return useLoad(queryPath(question), async (signal) =>
    rowsOf(await ask(question, signal)).map((row) => row.text(dimension)))
    .data;
}
