// The experiments there are, each with its verdict.

import { apiPath } from '../../api/fetch';
import { useHere } from '../../frame/here';
import { oneOf } from '../../lib/shared';
import { Segments } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { DaysChoice, useDays } from '../../ui/days';
import { PageHead } from '../../ui/head';
import { Loaded } from '../../ui/loaded';
import { useApi } from '../../ui/load';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { ExperimentCard } from './card';
import type { ExperimentList, ExperimentRow } from './report';

const SHOWN = ['all', 'running', 'over'] as const;

export function ExperimentsPage() {
  const { params, change } = useHere();
  const show = oneOf(SHOWN, params.get('show')) ?? 'all';
  const list = useApi<ExperimentList>(apiPath('experiments', useDays()));
  return (
    <>
      <PageHead short title="Experiments" sentence={list.data?.sentence ?? ''} />
      <div class="choices-row">
        <Segments label="Show" value={show}
          options={[{ value: 'all', label: 'All' },
            { value: 'running', label: 'Running' },
            { value: 'over', label: 'Over' }]}
          onChange={(wanted) =>
            change({ show: wanted === 'all' ? null : wanted })} />
        <DaysChoice own="All there are" />
      </div>
      <Loaded of={list} height={520}>
        {({ experiments }) => <List rows={newestFirst(experiments).filter(
          ({ status }) => show === 'all' ||
            (status === 'running') === (show === 'running'))}
        none={experiments.length === 0} />}
      </Loaded>
    </>
  );
}

/** Each asks for its own verdict; beyond these it is one click away. */
const WITH_VERDICT = 12;

function List({ rows, none }: { rows: ExperimentRow[]; none: boolean }) {
  if (none) {
    return <HowTo />;
  }
  if (rows.length === 0) {
    return (
      <Panel title="None of these">
        <Empty title="No experiment is like that">
          Show all of them to see what there is.
        </Empty>
      </Panel>
    );
  }
  return (
    <ul class="cards" aria-label="Experiments">
      {rows.map((row, i) => (
        <ExperimentCard key={row.experiment} row={row}
          judged={i < WITH_VERDICT && row.requests > 0} />
      ))}
    </ul>
  );
}

function newestFirst(rows: ExperimentRow[]): ExperimentRow[] {
  return [...rows].sort((a, b) =>
    Number(b.status === 'running') - Number(a.status === 'running') ||
    (b.last ?? '').localeCompare(a.last ?? ''));
}

function HowTo() {
  return (
    <Panel title="How to begin">
      <p class="lead">
        Calls name the experiment and the variant that they belong to; toll
        finds the rest. Through the gateway that is two headers:
      </p>
      <Command text={'X-Toll-Experiment: summary-v2\n' +
        'X-Toll-Variant: treatment\nX-Toll-User: 4711'} />
      <p class="lead">
        or the fields <code>experiment</code>, <code>variant</code> and{' '}
        <code>user</code> of an event. Look again without a range of your own,
        or in all environments, if there should be some.
      </p>
    </Panel>
  );
}
