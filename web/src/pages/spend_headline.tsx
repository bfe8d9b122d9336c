// The totals, and what they do not hold.

import type { ComponentChildren } from 'preact';

import type { SpendData } from '../api/spend';
import { formatRatio, plural } from '../lib/format';
import { placesFor } from '../lib/money';
import { Callout } from '../ui/callout';
import { Compact, Count, Money } from '../ui/numbers';
import { Tile, Tiles } from '../ui/tiles';

export function Headline({ data }: { data: SpendData | null }) {
  const show = (value: (loaded: SpendData) => ComponentChildren) =>
    data && value(data);
  return (
    <Tiles label="Totals">
      <Tile name="Spend">
        {show((d) => <Money amount={d.totals.cost} />)}
      </Tile>
      <Tile name="Requests">
        {show((d) => <Count n={d.totals.requests} />)}
      </Tile>
      <Tile name="Cost per request">
        {show(({ totals }) => (
          <Money amount={totals.costPerRequest}
            places={placesFor([totals.costPerRequest ?? 0n])} />
        ))}
      </Tile>
      <Tile name="Tokens in">
        {show((d) => <Compact n={d.totals.input} />)}
      </Tile>
      <Tile name="Tokens out">
        {show((d) => <Compact n={d.totals.output} />)}
      </Tile>
      <Tile name="Cache hits"
        hint="Share of the tokens in that were read from a prompt cache">
        {show((d) => formatRatio(d.totals.cacheHits))}
      </Tile>
      <Tile name="Errors" hint="Share of the requests that failed">
        {show((d) => formatRatio(d.totals.errors))}
      </Tile>
    </Tiles>
  );
}

/** Calls without a price are missing from the spend: that is said, and what
 *  to do about it. */
export function Pricing({ data }: { data: SpendData }) {
  const { unpriced } = data.totals;
  if (unpriced === 0) {
    return null;
  }
  return (
    <Callout tone="warn"
      title={`${plural(unpriced, 'request')} without a price`}>
      <p>
        What {unpriced === 1 ? 'it' : 'they'} cost is not in any sum on this
        page, as toll knows no price for{' '}
        <ModelList models={data.unpricedModels} />. Add one under{' '}
        <code>prices.overrides</code> in <code>toll.yaml</code>.
      </p>
    </Callout>
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
