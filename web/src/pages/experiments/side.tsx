// Variants side by side: a line a measure, a column a variant.

import type { ComponentChildren } from 'preact';

import { formatCompact, formatRatio } from '../../lib/format';
import { parseUsd, placesFor } from '../../lib/money';
import { capital } from '../../lib/words';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Delta } from '../../ui/tiles';
import { Table, type Column } from '../../ui/table';
import { controlFirst, countIn, perUnit, unitOf, usdIn, type Experiment, type Variant }
  from './report';

interface Line {
  name: string;
  of: (row: Variant) => Value;
}

type Value = { usd: string | null } | { count: number | null } |
  { average: number | null } | { share: number | null };

export function SidePanel({ experiment }: { experiment: Experiment }) {
  const variants = controlFirst(experiment.variants ?? [], experiment);
  const against = variants.find(({ variant }) =>
    variant === experiment.control);
  const others = variants.filter((row) => row !== against);
  const lines = linesOf(experiment).filter((line) =>
    variants.some((row) => !isNothing(line.of(row))));
  const columns: Column<Line>[] = [
    { head: 'Of each variant', cell: ({ name }) => name },
    ...variants.map((row) => ({
      head: row.variant,
      cell: (line: Line) => shown(line.of(row), placesOf(line, variants)),
    })),
    ...(against && others.length === 1 && others[0] ? [{
      head: 'Difference',
      cell: (line: Line) => change(line.of(against), line.of(others[0]!)),
    }] : []),
  ];
  return (
    <Panel title="Side by side" note="of the days compared; tokens, and shares of input and of cost">
      <Table caption="Variants side by side" rows={lines} columns={columns} />
    </Panel>
  );
}

function linesOf(experiment: Experiment): Line[] {
  const { word, column } = unitOf(experiment);
  return [
    { name: capital(`${word}s`),
      of: (row) => ({ count: countIn(row, `${column}s`) }) },
    { name: 'Requests', of: (row) => ({ count: row.requests }) },
    { name: 'Runs', of: (row) => ({ count: row.runs }) },
    { name: 'Cost', of: (row) => ({ usd: row.cost }) },
    { name: `Cost per ${word}`,
      of: (row) => ({ usd: usdIn(row, perUnit(experiment)) }) },
    { name: 'Cost per request', of: (row) => ({ usd: row.cost_per_request }) },
    { name: 'Cost per run', of: (row) => ({ usd: row.cost_per_run }) },
    { name: 'Input per request',
      of: (row) => ({ average: row.input_per_request }) },
    { name: 'Output per request',
      of: (row) => ({ average: row.output_per_request }) },
    { name: 'Cache hits',
      of: (row) => ({ share: row.cache_hit_share }) },
    { name: 'Failed', of: (row) => ({ share: row.error_share }) },
    { name: `Five dearest ${word}s`,
      of: (row) => ({ share: row.top5_share_of_cost }) },
  ];
}

function isNothing(value: Value): boolean {
  const [cell] = Object.values(value);
  return cell === null || cell === 0;
}

/** Amounts of one line are written alike. */
function placesOf(line: Line, variants: Variant[]): number {
  return placesFor(variants.flatMap((row) => {
    const value = line.of(row);
    return 'usd' in value && value.usd !== null ? [parseUsd(value.usd)] : [];
  }), 3);
}

function shown(value: Value, places: number): ComponentChildren {
  if ('usd' in value) {
    return value.usd === null ? '–'
      : <Money amount={value.usd} places={places} />;
  }
  if ('count' in value) {
    return value.count === null ? '–' : <Count n={value.count} />;
  }
  return 'share' in value ? formatRatio(value.share)
    : value.average === null ? '–' : formatCompact(value.average);
}

/** Of shares in points; whether more is good is not for a table to say. */
function change(before: Value, after: Value): ComponentChildren {
  if ('share' in before && 'share' in after) {
    return before.share === null || after.share === null ? '–'
      : points(after.share - before.share);
  }
  return <Delta neutral before={numberOf(before)} now={numberOf(after)} />;
}

function numberOf(value: Value): number | bigint | null {
  if ('usd' in value) {
    return value.usd === null ? null : parseUsd(value.usd);
  }
  return 'count' in value ? value.count
    : 'average' in value ? value.average : value.share;
}

function points(difference: number): string {
  const text = (Math.abs(difference) * 100).toFixed(1);
  const sign = difference < 0 ? '−' : '+';
  return `${text === '0.0' ? '' : sign}${text} pts`;
}
