// Nothing is chosen yet: the changes that toll itself would look at first.

import { apiPath } from '../../api/fetch';
import type { Savings } from '../../api/report';
import { Link, useHere } from '../../frame/here';
import { environmentFilter } from '../../lib/shared';
import { Loaded } from '../../ui/loaded';
import { useApi } from '../../ui/load';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { linesOf, whatIfParams } from '../savings/lines';

const SHOWN = 8;

export function Suggestions() {
  const { shared } = useHere();
  const savings = useApi<Savings>(apiPath('savings',
    { where: environmentFilter(shared.environment) }));
  return (
    <Panel title="Worth a look" note="from the last 28 days">
      <Loaded of={savings} height={320}>
        {(report) => {
          const lines = linesOf(report).flatMap((line) => {
            const params = whatIfParams(line);
            return params ? [{ line, params }] : [];
          }).sort((a, b) => b.line.point - a.line.point).slice(0, SHOWN);
          return lines.length === 0
            ? (
              <Empty title="Choose a model or a tier">
                The result appears here, with its arithmetic.
              </Empty>
            )
            : (
              <ul class="list">
                {lines.map(({ line: { rank, saving, reason }, params }) => (
                  <li key={rank} class="suggestion">
                    <Link to="/whatif" params={params} class="strong">
                      {saving.feature} {reason.to_model === null
                        ? `in the ${reason.to_tier} tier`
                        : `on ${reason.to_model}`}
                    </Link>
                    <span>
                      <Money amount={`-${saving.point}`} change /> a month
                    </span>
                  </li>
                ))}
              </ul>
            );
        }}
      </Loaded>
    </Panel>
  );
}
