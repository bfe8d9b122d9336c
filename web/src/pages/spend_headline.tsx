// The totals, and what they do not hold.

import type { ComponentChildren } from 'preact';

import type { SpendData } from '../api/spend';
import { formatRatio, plural } from '../lib/format';
import { placesFor } from '../lib/money';
import { formatDays } from '../lib/time';
import type { View } from '../lib/url';
import { Warning } from '../ui/icons';
import { Compact, Count, Money } from '../ui/numbers';

export function Headline({ view, data }:
  { view: View; data: SpendData | null }) {
  return (
    <section class="headline" aria-labelledby="headline">
      <div class="headline-main">
        <h1 id="headline">Spend</h1>
        <p class="figure">
          {data
            ? <Money amount={data.totals.cost} />
            : <Pending />}
        </p>
        <p class="note">
          {data
            ? <>
              {formatDays(data.first, data.last)}
              {', '}
              {view.all ? 'all environments' : 'production only'}
              <br />
              Time zone {data.zone}
            </>
            : <><Pending /><br /><Pending /></>}
        </p>
      </div>
      <Stats data={data} />
      <div class="pricing">{data && <Pricing data={data} />}</div>
    </section>
  );
}

function Stats({ data }: { data: SpendData | null }) {
  const show = (value: (loaded: SpendData) => ComponentChildren) =>
    (data ? value(data) : <Pending />);
  return (
    <dl class="stats">
      <Stat name="Requests">
        {show((d) => <Count n={d.totals.requests} />)}
      </Stat>
      <Stat name="Cost per request">
        {show(({ totals }) => (
          <Money amount={totals.costPerRequest}
            places={placesFor([totals.costPerRequest ?? 0n])} />
        ))}
      </Stat>
      <Stat name="Tokens in">
        {show((d) => <Compact n={d.totals.input} />)}
      </Stat>
      <Stat name="Tokens out">
        {show((d) => <Compact n={d.totals.output} />)}
      </Stat>
      <Stat name="Cache hits"
        hint="Share of the tokens in that were read from a prompt cache">
        {show((d) => formatRatio(d.totals.cacheHits))}
      </Stat>
      <Stat name="Errors" hint="Share of the requests that failed">
        {show((d) => formatRatio(d.totals.errors))}
      </Stat>
    </dl>
  );
}

function Stat({ name, hint, children }:
  { name: string; hint?: string; children: ComponentChildren }) {
  return (
    <div class="stat">
      <dt title={hint}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Calls without a price are missing from the spend: that is said, and what
 *  to do about it. */
function Pricing({ data }: { data: SpendData }) {
  const { unpriced } = data.totals;
  if (unpriced === 0) {
    return <p class="note">Every request has a price.</p>;
  }
  return (
    <details class="warning">
      <summary>
        <Warning />
        <span>
          <strong>{plural(unpriced, 'request')} without a price</strong>
          <span class="wide">
            {unpriced === 1 ? ' is' : ' are'} not in the spend.
          </span>
        </span>
      </summary>
      <p>
        What {unpriced === 1 ? 'it' : 'they'} cost is not in any sum on this
        page, as toll knows no price for{' '}
        <ModelList models={data.unpricedModels} />. Add one under{' '}
        <code>prices.overrides</code> in <code>toll.yaml</code>.
      </p>
    </details>
  );
}

function ModelList({ models }: { models: string[] }) {
  return (
    <>
      {models.map((model, i) => (
        <span key={model}>{i > 0 && ', '}<code>{model}</code></span>
      ))}
    </>
  );
}

/** Keeps the room of a number that is on its way. */
function Pending() {
  return <span class="pending" aria-hidden="true" />;
}
