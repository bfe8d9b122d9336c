// One experiment: what its variants cost beside each other, how sure that is,
// why, what came of it, and what it would cost if all had one of them.

import { apiPath } from '../../api/fetch';
import { anyOf } from '../../api/query';
import { Link, useHere } from '../../frame/here';
import type { PageProps } from '../../frame/pages';
import { plural } from '../../lib/format';
import { formatDay, formatPeriod } from '../../lib/time';
import { Answered } from '../../ui/answered';
import { Callout } from '../../ui/callout';
import { PageHead } from '../../ui/head';
import { useApi } from '../../ui/load';
import { useDays } from '../../ui/days';
import { Notes } from '../../ui/notes';
import { Money } from '../../ui/numbers';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import { experimentRoute } from './card';
import { CausesPanels } from './causes';
import { Figures } from './figures';
import { MonthPanel } from './month';
import { OutcomesPanel } from './outcomes';
import { OverTimePanel } from './overtime';
import { ReadAs } from './read_as';
import type { Experiment } from './report';
import { SidePanel } from './side';
import { ModelsPanel, SplitPanel } from './split';
import { saidOf, StatusBadge } from './status';
import { SurePanel } from './sure';

export function ExperimentPage({ at }: PageProps) {
  const name = at['name'] ?? '';
  const { params } = useHere();
  const experiment = useApi<Experiment>(apiPath(experimentRoute(name), {
    ...useDays(),
    control: params.get('control'),
    split: params.get('split'),
    unit: params.get('unit'),
  }));
  const { data } = experiment;
  return (
    <>
      <PageHead title={name}
        over={<Link to="/experiments">Experiments</Link>}
        actions={(
          <Link class="button" to="/explore"
            params={{ by: 'variant', where: [anyOf('experiment', [name])] }}>
            Explore its calls
          </Link>
        )} />
      <Answered of={experiment} height={1200}>
        {(loaded) => <Body experiment={loaded} name={name} />}
      </Answered>
      {data?.variants === undefined && experiment.error && <ReadAs variants={[]}
        experiment={null} />}
    </>
  );
}

function Body({ experiment, name }: { experiment: Experiment; name: string }) {
  if (!experiment.variants) {
    return (
      <Empty title="No calls yet"><Said text={experiment.sentence} /></Empty>
    );
  }
  return (
    <div class="content">
      <Head experiment={experiment} />
      <Figures experiment={experiment} />
      <div class="wide-narrow joined">
        <SurePanel experiment={experiment} />
        <SplitPanel experiment={experiment} />
      </div>
      <SidePanel experiment={experiment} />
      <CausesPanels experiment={experiment} />
      <OutcomesPanel experiment={experiment} />
      <div class="wide-narrow joined">
        <OverTimePanel experiment={experiment} name={name} />
        <MonthPanel experiment={experiment} />
      </div>
      <div class="pair joined">
        <ModelsPanel experiment={experiment} />
        <ReadAs experiment={experiment}
          variants={experiment.variants.map(({ variant }) => variant)} />
      </div>
      <Notes notes={experiment.notes} />
    </div>
  );
}

function Head({ experiment }: { experiment: Experiment }) {
  const { from, to, timezone, days, status, sentence } = experiment;
  const said = saidOf(experiment);
  return (
    <>
      <p class="row note">
        <StatusBadge status={status} />
        {days !== undefined && days > 0 && (
          <span>
            {plural(Math.round(days), 'day')} compared,{' '}
            {formatPeriod(from, to, timezone)}
          </span>
        )}
        <Rollout experiment={experiment} />
      </p>
      <Callout tone={said.tone} title={`${said.title}.`}>
        <p><Said text={sentence} /></p>
        <p class="note">{said.next}</p>
      </Callout>
    </>
  );
}

function Rollout({ experiment }: { experiment: Experiment }) {
  const { rolled_out, rolled_out_on, requests_since, cost_since } = experiment;
  if (rolled_out === undefined) {
    return null;
  }
  return (
    <span>
      {rolled_out} rolled out
      {rolled_out_on && ` on ${formatDay(rolled_out_on)}`}
      {requests_since !== undefined && (
        <>
          ; since then {plural(requests_since, 'request')}
          {cost_since && <> for <Money amount={cost_since} /></>}
        </>
      )}
    </span>
  );
}
