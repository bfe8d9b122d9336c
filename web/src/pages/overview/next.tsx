// What to do next: the savings that are worth most, with what to check first.

import type { Savings } from '../../api/report';
import { anyOf } from '../../api/query';
import { Link } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { capital } from '../../lib/words';
import { Badge } from '../../ui/callout';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { ScopeLink } from '../../ui/scope';
import { Empty } from '../../ui/states';
import { featureOf, savingLines, type SavingLine }
  from '../parts/savings_of';

const SHOWN = 4;

export function NextPanel({ savings }: { savings: Loading<Savings> }) {
  return (
    <Panel title="What to do next"
      actions={pageAt('/savings') && <Link to="/savings">All savings</Link>}>
      <Loaded of={savings} height={330}>
        {(data) => {
          const first = savingLines(data, null, SHOWN);
          return first.length === 0
            ? (
              <Empty title="Nothing to save was found">
                toll looks at the last 28 days: retries, caches, batch work,
                models and prompts.
              </Empty>
            )
            : (
              <ol class="list">
                {first.map(({ saving, reason }) =>
                  <Action key={reason.rank} saving={saving} reason={reason} />)}
              </ol>
            );
        }}
      </Loaded>
    </Panel>
  );
}

function Action({ saving, reason }: SavingLine) {
  return (
    <li>
      <p class="row">
        <span class="strong">{capital(reason.what)}</span>
        <Badge>{saving.confidence}</Badge>
      </p>
      <p class="note">
        <ScopeLink dimension="feature" name={featureOf(saving)} />
        {', '}
        <Money amount={saving.point} places={0} /> a month
      </p>
      <details class="more">
        <summary>
          What to check first
          <span class="visually-hidden">
            : {reason.what}, {saving.feature}
          </span>
        </summary>
        <p class="note"><Said text={`${capital(reason.check_first)}.`} /></p>
        <p class="note"><Said text={`${capital(reason.arithmetic)}.`} /></p>
        <p class="note">
          <Link to="/why" params={{
            where: [anyOf('feature', [featureOf(saving)])],
          }}>
            Why it costs more
          </Link>
        </p>
      </details>
    </li>
  );
}
