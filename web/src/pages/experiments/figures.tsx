// What a unit costs with each variant, and what that comes to.

import { formatChange, formatCompact } from '../../lib/format';
import { formatUsdChange, parseUsd, placesFor, sum } from '../../lib/money';
import { Compact, Money } from '../../ui/numbers';
import { Tile, Tiles } from '../../ui/tiles';
import { controlFirst, countIn, perUnit, primaryOf, unitOf, usdIn, type Experiment }
  from './report';

/** Beyond these the table has them. */
const VARIANTS = 3;

export function Figures({ experiment }: { experiment: Experiment }) {
  const { comparisons = [], per_month = [], control } = experiment;
  const variants = controlFirst(experiment.variants ?? [], experiment);
  const { word, column } = unitOf(experiment);
  const each = variants.map((row) => usdIn(row, perUnit(experiment)));
  const places = placesFor(each.filter((usd) => usd !== null).map(parseUsd), 3);
  const primary = primaryOf(experiment);
  const requests = sum(variants.map((row) => BigInt(row.requests ?? 0)));
  const units = sum(variants.map((row) =>
    BigInt(countIn(row, `${column}s`) ?? 0)));
  const months = per_month.filter(({ difference }) => difference !== null);
  return (
    <Tiles label="What variants cost">
      {variants.slice(0, VARIANTS).map((row, i) => {
        const change = comparisons.find(({ variant, measure }) =>
          variant === row.variant && measure === primary)?.change ?? null;
        return (
          <Tile key={row.variant} name={`${row.variant}, a ${word}`}
            below={row.variant === control ? 'the control'
              : change === null ? '' : `${formatChange(change)}${
                primary.endsWith('adjusted') ? ', adjusted' : ''}`}>
            {each[i] === null || each[i] === undefined ? '–'
              : <Money amount={each[i]} places={places} />}
          </Tile>
        );
      })}
      {months.slice(0, 1).map(({ variant, difference, low, high }) => (
        <Tile key="month" name={`If all had ${variant}, a month`}
          below={low !== null && high !== null &&
            `${formatUsdChange(parseUsd(low), 0)} to ` +
            formatUsdChange(parseUsd(high), 0)}>
          <Money amount={difference} change />
        </Tile>
      ))}
      <Tile name={`${word.charAt(0).toUpperCase()}${word.slice(1)}s`}
        below={`${formatCompact(Number(requests))} requests`}>
        <Compact n={Number(units)} />
      </Tile>
    </Tiles>
  );
}
