// What a launch would cost, live, and the budget that holds it.

import { apiPath } from '../../api/fetch';
import { useHere } from '../../frame/here';
import { unturned } from '../../lib/words';
import { Answered } from '../../ui/answered';
import { useDays } from '../../ui/days';
import { PageHead } from '../../ui/head';
import { useApi, type Loading } from '../../ui/load';
import { Money } from '../../ui/numbers';
import { Panel, Skeleton } from '../../ui/panel';
import { Empty, Failure } from '../../ui/states';
import { useFeatures } from '../parts/features';
import { useWhere } from '../parts/filters';
import { modelNames, useUsedModels } from '../parts/models';
import { PlanFields } from './fields';
import type { NoPlan, Plan } from './report';
import { range, Result } from './result';
import { planQuery, wishFrom } from './wish';

export function PlanPage() {
  const { params } = useHere();
  const days = useDays();
  const where = useWhere();
  const features = useFeatures();
  const used = useUsedModels();
  const known = features.data !== null && used.data !== null;
  const priced = modelNames(used.data);
  const wish = wishFrom(params, features.data ?? [], priced);
  // Of a feature like it, its model is taken, if that has a price; stated
  // tokens cost nothing until it is said on which.
  const unsaid = known && wish.models.length === 0 &&
    (wish.stated || priced.length === 0);
  const plan = useApi<Plan | NoPlan>(!known || unsaid ? null : apiPath('plan', {
    ...(wish.stated ? {} : { ...days, where: [...days.where, ...where] }),
    ...planQuery(wish, params),
  }));
  const failed = [features, used].find(({ error }) => error !== null) as
    Loading<never> | undefined;
  const made = plan.data?.models ? plan.data : null;
  return (
    <>
      <PageHead title="Launch planner" sentence={INTRO} />
      <div class="bench">
        <div class="bench-side">
          <Panel title="The launch">
            {known
              ? <PlanFields wish={wish} features={features.data ?? []}
                rate={rateOf(made)} />
              : <Unknown failed={failed} />}
          </Panel>
          <Now plan={made} />
        </div>
        <div class="bench-result">
          {unsaid && <Unsaid />}
          {!unsaid && !failed && (
            <Answered of={plan} height={900}>
              {(data) => (data.models
                ? <Result plan={data} wish={wish} />
                : (
                  <Empty title="There is nothing to plan by">
                    {unturned(data.sentence)} Or look at other days.
                  </Empty>
                ))}
            </Answered>
          )}
        </div>
      </div>
    </>
  );
}

function Unsaid() {
  return (
    <Panel title="What it would cost">
      <Empty title="On which model?">
        Type a name under Model, such as gpt-4o-mini: any of the price list will
        do.
      </Empty>
    </Panel>
  );
}

/** The fields need what runs here. */
function Unknown({ failed }: { failed: Loading<never> | undefined }) {
  return failed?.error
    ? <Failure error={failed.error} retry={failed.reload} />
    : <Skeleton height={900} />;
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
