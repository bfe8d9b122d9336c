// What a launch would cost, live, and the budget that holds it.

import { apiPath } from '../../api/fetch';
import { useHere } from '../../frame/here';
import { Answered } from '../../ui/answered';
import { useDays } from '../../ui/days';
import { PageHead } from '../../ui/head';
import { useApi } from '../../ui/load';
import { Money } from '../../ui/numbers';
import { Panel, Skeleton } from '../../ui/panel';
import { useFeatures } from '../parts/features';
import { useWhere } from '../parts/filters';
import { modelNames, useUsedModels } from '../parts/models';
import { PlanFields } from './fields';
import type { Plan } from './report';
import { range, Result } from './result';
import { planQuery, wishFrom } from './wish';

export function PlanPage() {
  const { params } = useHere();
  const days = useDays();
  const where = useWhere();
  const features = useFeatures();
  const used = useUsedModels();
  const known = features.data !== null && used.data !== null;
  const wish = wishFrom(params, features.data ?? [], modelNames(used.data));
  const plan = useApi<Plan>(!known ? null : apiPath('plan', {
    ...(wish.stated ? {} : { ...days, where: [...days.where, ...where] }),
    ...planQuery(wish, params),
  }));
  return (
    <>
      <PageHead title="Launch planner" sentence={INTRO} />
      <div class="bench">
        <div class="bench-side">
          <Panel title="The launch">
            {known
              ? <PlanFields wish={wish} features={features.data ?? []}
                rate={rateOf(plan.data)} />
              : <Skeleton height={900} />}
          </Panel>
          <Now plan={plan.data} />
        </div>
        <div class="bench-result">
          <Answered of={plan} height={900}>
            {(data) => <Result plan={data} wish={wish} />}
          </Answered>
        </div>
      </div>
    </>
  );
}

/** What is expected, for who cannot see the result beside the fields. */
function Now({ plan }: { plan: Plan | null }) {
  const first = plan?.models[0];
  return (
    <p class="bench-now" aria-hidden="true">
      {first && (
        <>
          <span><strong><Money amount={first.expected} /></strong> a month</span>
          <span class="note">{range(first)}</span>
        </>
      )}
    </p>
  );
}

function rateOf(plan: Plan | null): string | null {
  return plan?.cases.find((row) => row.case === 'expected')
    ?.requests_per_user_day ?? null;
}

const INTRO = 'What a feature would cost a month before it is built: adoption ' +
  'times calls times prices, and a budget to hold it.';
