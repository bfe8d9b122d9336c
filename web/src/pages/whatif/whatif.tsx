// The real calls of a feature at the prices of another model or tier.

import { apiPath } from '../../api/fetch';
import { Link, useHere } from '../../frame/here';
import { Answered } from '../../ui/answered';
import { useDays } from '../../ui/days';
import { PageHead } from '../../ui/head';
import { useApi } from '../../ui/load';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import { useWhere } from '../parts/filters';
import { useFeatures } from '../parts/features';
import { WhatIfFields } from './fields';
import { Result } from './result';
import { isCompared, type WhatIf } from './report';
import { Suggestions } from './suggestions';

export function WhatIfPage() {
  const { params } = useHere();
  const days = useDays();
  const where = useWhere();
  const features = useFeatures();
  const feature = params.get('feature') ?? features.data?.[0] ?? '';
  const toModel = params.get('to_model') ?? '';
  const tier = params.get('tier') ?? '';
  const asked = feature !== '' && (toModel !== '' || tier !== '');
  const answer = useApi<WhatIf>(!asked ? null : apiPath('whatif', {
    ...days,
    where: [...days.where, ...where],
    feature,
    to_model: toModel || null,
    to_provider: params.get('to_provider'),
    tier: tier || null,
    share: params.get('share'),
    quality_holds: params.get('quality_holds'),
  }));
  const shown = asked ? answer.data : null;
  return (
    <>
      <PageHead title="What if" sentence={INTRO}
        actions={<Link class="button" to="/savings">All savings</Link>} />
      <div class="bench">
        <div class="bench-side">
          <Panel title="The change">
            <WhatIfFields feature={feature} features={features.data ?? []}
              now={shown?.model ?? null} />
          </Panel>
        </div>
        <div class="bench-result">
          {asked ? (
            <Answered of={answer} height={560}>
              {(report) => (isCompared(report)
                ? <Result report={report} />
                : (
                  <Empty title="Nothing to price again">
                    <Said text={report.sentence} /> Look at other days, or at another feature.
                  </Empty>
                ))}
            </Answered>
          ) : <Suggestions />}
        </div>
      </div>
    </>
  );
}

const INTRO = 'Prices every call that was made as if another model, or another ' +
  'tier, had served it.';
