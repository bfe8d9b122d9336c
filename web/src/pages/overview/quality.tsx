// How much of the spend is known for what it is.

import type { Quality } from '../../api/report';
import { Link } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { formatRatio } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { capital } from '../../lib/words';
import { BarList } from '../../ui/barlist';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';

export function QualityPanel({ quality }: { quality: Loading<Quality> }) {
  return (
    <Panel title="How much of the spend names its cause"
      actions={pageAt('/quality') &&
        <Link to="/quality">Data quality</Link>}>
      <Loaded of={quality} height={96}>
        {({ coverage = [] }) => (
          <div class="coverage">
            <BarList label="Share of the spend that names it"
              whole={1} lines={coverage.map((row) => ({
                key: row.dimension,
                name: capital(row.dimension),
                length: row.share_of_cost ?? 0,
                value: formatRatio(row.share_of_cost),
                note: parseUsd(row.untagged_cost) > 0n
                  ? <><Money amount={row.untagged_cost} /> without</>
                  : 'complete',
                tone: 2,
              }))} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}
