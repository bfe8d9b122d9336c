// Whether units were split as planned, and which models they met.

import { formatCount, formatRatio } from '../../lib/format';
import { formatDay } from '../../lib/time';
import { Badge, type Tone } from '../../ui/callout';
import { BarList } from '../../ui/barlist';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { controlFirst, countIn, unitOf, type Experiment } from './report';

const STATES: Record<string, { tone: Tone; title: string }> = {
  'ok': { tone: 'good', title: 'As planned' },
  'doubtful': { tone: 'warn', title: 'Looks off' },
  'mismatch': { tone: 'bad', title: 'Mismatch' },
  'not checked': { tone: 'info', title: 'Not checked' },
};

export function SplitPanel({ experiment }: { experiment: Experiment }) {
  const { sample_ratio, sample_ratio_p: p } = experiment;
  const split = controlFirst(experiment.split ?? [], experiment);
  const { word, column } = unitOf(experiment);
  const state = STATES[sample_ratio ?? ''];
  const several = countIn(experiment as unknown as Record<string, number | null>,
    `${column}s_in_several`);
  if (split.length === 0) {
    return (
      <Panel title="Sample ratio">
        <Empty title="Nothing to check">
          Only calls that name a {word} tell how they were split.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Sample ratio" actions={(
      <Badge tone={state?.tone}>{state?.title ?? sample_ratio}</Badge>
    )}>
      <BarList label="How they were split" lines={split.map((row, i) => ({
        key: row.variant,
        name: <span class="name">{row.variant}</span>,
        length: row.share ?? 0,
        value: formatRatio(row.share),
        tone: i,
        note: (
          <>
            <Count n={countIn(row, `${column}s`) ?? 0} /> {word}s, planned{' '}
            {formatRatio(row.planned_share)}
          </>
        ),
      }))} />
      <p class="note split-note">
        {p === null || p === undefined
          ? 'State how they were to be split, and it is checked.'
          : `A split as planned is this far off by chance with p\u00a0=\u00a0${
            p < 0.0001 ? '<0.0001' : p.toFixed(4)}.`}
        {several !== null && several > 0 &&
          ` ${formatCount(several)} ${word}s were seen in several variants.`}
      </p>
      <OverTime experiment={experiment} word={word} />
    </Panel>
  );
}

/** Whether those who came later were split as those who came first. */
function OverTime({ experiment, word }:
  { experiment: Experiment; word: string }) {
  const { split_over_time: over, split_changed_on: day } = experiment;
  if (over === 'changed' && day !== undefined) {
    return (
      <p class="split-over">
        <Badge tone="warn">Changed on {formatDay(day)}</Badge>
        <span class="note">
          The {word}s that came since were split otherwise than those before, so
          part of what differs may be the time.
        </span>
      </p>
    );
  }
  return over === 'steady'
    ? <p class="note split-note">The split was the same all the time.</p>
    : null;
}

export function ModelsPanel({ experiment: { models = [] } }:
  { experiment: Experiment }) {
  return (
    <Panel title="Which models they met">
      <Table caption="Models by variant" rows={models} columns={[
        { head: 'Model', cell: ({ model }) =>
          <span class="name">{model}</span> },
        { head: 'Variant', text: true, cell: ({ variant }) =>
          <span class="name">{variant}</span> },
        { head: 'Share', cell: (row) => formatRatio(row.share_of_requests) },
        { head: 'Requests', cell: ({ requests }) => <Count n={requests} /> },
        { head: 'Cost', cell: ({ cost }) => <Money amount={cost} /> },
      ]} />
    </Panel>
  );
}
