// The totals of what is shown.

import type { ComponentChildren } from 'preact';

import type { ExploreData } from '../../api/explore';
import type { Totals } from '../../api/spend';
import { formatRatio } from '../../lib/format';
import { placesFor } from '../../lib/money';
import { Compact, Count, Money } from '../../ui/numbers';
import { Delta, Tile, Tiles } from '../../ui/tiles';

export function Headline({ data, compare }:
  { data: ExploreData | null; compare: boolean }) {
  const show = (value: (totals: Totals) => ComponentChildren) =>
    data && value(data.totals);
  const change = (pick: (totals: Totals) => Totals[keyof Totals],
    neutral = true) => {
    if (!compare) {
      return undefined;
    }
    return data?.before
      ? <Delta neutral={neutral} now={pick(data.totals)}
        before={pick(data.before.totals)} of="vs before" />
      : null;
  };
  return (
    <Tiles label="Totals">
      <Tile name="Spend" below={change((t) => t.cost, false)}>
        {show((t) => <Money amount={t.cost} />)}
      </Tile>
      <Tile name="Requests" below={change((t) => t.requests)}>
        {show((t) => <Count n={t.requests} />)}
      </Tile>
      <Tile name="Cost per request"
        below={change((t) => t.costPerRequest, false)}>
        {show((t) => (
          <Money amount={t.costPerRequest}
            places={placesFor([t.costPerRequest ?? 0n])} />
        ))}
      </Tile>
      <Tile name="Tokens in" below={change((t) => t.input)}>
        {show((t) => <Compact n={t.input} />)}
      </Tile>
      <Tile name="Tokens out" below={change((t) => t.output)}>
        {show((t) => <Compact n={t.output} />)}
      </Tile>
      <Tile name="Cache hits" below={change((t) => t.cacheHits)}
        hint="Share of the tokens in that were read from a prompt cache">
        {show((t) => formatRatio(t.cacheHits))}
      </Tile>
      <Tile name="Errors" below={change((t) => t.errors)}
        hint="Share of the requests that failed">
        {show((t) => formatRatio(t.errors))}
      </Tile>
    </Tiles>
  );
}
