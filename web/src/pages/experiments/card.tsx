// One experiment of the list: what it is, what it cost, and its verdict.

import { apiPath } from '../../api/fetch';
import { Link, useHere } from '../../frame/here';
import { pathOf } from '../../lib/route';
import { useDays } from '../../ui/days';
import { Loaded } from '../../ui/loaded';
import { useApi } from '../../ui/load';
import { GroupName } from '../../ui/name';
import { Compact, Count, Money } from '../../ui/numbers';
import { Said } from '../../ui/said';
import type { Experiment, ExperimentRow } from './report';
import { saidOf, spanOf, StatusBadge } from './status';
import { ChangeIntervals } from './sure';

/** The route of one; its name may hold anything. */
export function experimentRoute(name: string): string {
  return `experiments/${encodeURIComponent(name)}`;
}

interface Props {
  row: ExperimentRow;
  /** Whether its verdict is asked for. */
  judged: boolean;
}

export function ExperimentCard({ row, judged }: Props) {
  const { params } = useHere();
  const days = useDays();
  const detail = useApi<Experiment>(judged
    ? apiPath(experimentRoute(row.experiment), days) : null);
  return (
    <li class="panel card">
      <div class="card-head">
        <h2>
          <Link class="strong" to={pathOf('experiments', row.experiment)}
            params={{ days: params.get('days') }}>
            <GroupName name={row.experiment} />
          </Link>
        </h2>
        <StatusBadge status={row.status} />
        <span class="note">{spanOf(row.first, row.last)}</span>
      </div>
      <div class="card-body">
        {judged ? (
          // Its room is there before it comes: two intervals a variant.
          <div class="card-verdict" style={{
            '--rows': 2 * Math.max(0, row.variants - 1),
          }}>
            <Loaded of={detail} height={150}>
              {(experiment) => <Judged experiment={experiment} />}
            </Loaded>
          </div>
        ) : <p class="note">Open it to see what differs.</p>}
        <dl class="card-figures">
          <div><dt>Variants</dt><dd><Count n={row.variants} /></dd></div>
          <div><dt>Users</dt><dd><Compact n={row.users} /></dd></div>
          <div><dt>Requests</dt><dd><Compact n={row.requests} /></dd></div>
          <div>
            <dt>Cost</dt>
            <dd>{row.requests === 0 ? '–' : <Money amount={row.cost} />}</dd>
          </div>
        </dl>
      </div>
    </li>
  );
}

function Judged({ experiment }: { experiment: Experiment }) {
  return (
    <div class="stack">
      <p>
        <strong>{saidOf(experiment).title}.</strong>{' '}
        <span class="note"><Said text={experiment.sentence} /></span>
      </p>
      <ChangeIntervals experiment={experiment} brief />
    </div>
  );
}
