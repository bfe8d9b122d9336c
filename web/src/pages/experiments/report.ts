import type { Report, Usd } from '../../api/report';
import { capital } from '../../lib/words';

export interface ExperimentRow {
  experiment: string;
  status: Status;
  variants: number;
  users: number;
  requests: number;
  cost: Usd | null;
  first: string | null;
  last: string | null;
}

export type Status = 'running' | 'ended' | 'rolled out' | 'one variant' |
  'registered';

/** GET /api/experiments */
export interface ExperimentList extends Report {
  experiments: ExperimentRow[];
}

export type Verdict = 'differs' | 'differs_per_request' | 'no_difference_told' |
  'one_variant' | 'never_together' | 'no_units' | 'no_cost' |
  'too_few_units' | 'sample_ratio_mismatch' | 'too_early';

/** Columns that are named by the unit (cost_per_user, customers) are read by
 *  their name. */
export type Variant = {
  variant: string;
  requests: number | null;
  runs: number | null;
  cost: Usd | null;
  cost_per_request: Usd | null;
  cost_per_run: Usd | null;
  input_per_request: number | null;
  output_per_request: number | null;
  cache_hit_share: number | null;
  error_share: number | null;
  top5_share_of_cost: number | null;
} & Record<string, string | number | null>;

export interface Comparison {
  variant: string;
  measure: string;
  change: number | null;
  low: number | null;
  high: number | null;
  anytime_low: number | null;
  anytime_high: number | null;
  p_value: number | null;
  verdict: 'less' | 'more' | 'cannot tell' | 'no verdict';
}

export interface Difference {
  variant: string;
  measure: string;
  control: Usd | null;
  value: Usd | null;
  difference: Usd | null;
  low: Usd | null;
  high: Usd | null;
}

export interface Cause {
  variant: string;
  cause: string;
  difference: Usd;
}

export interface Outcome {
  variant: string;
  outcome: string;
  with_it: number;
  value: number;
  value_each: number | null;
  cost_per_outcome: Usd | null;
}

export interface OutcomeComparison {
  variant: string;
  outcome: string;
  cost_per_outcome: number | null;
  low: number | null;
  high: number | null;
  value_each: number | null;
  value_low: number | null;
  value_high: number | null;
  cost_of_one_more: Usd | null;
  one_more_low: Usd | null;
  one_more_high: Usd | null;
  verdict: string;
}

export interface Month {
  variant: string;
  cost_per_month: Usd | null;
  difference: Usd | null;
  low: Usd | null;
  high: Usd | null;
}

export type Split = {
  variant: string;
  share: number | null;
  planned_share: number | null;
} & Record<string, string | number | null>;

export interface ModelChoice {
  variant: string;
  model: string;
  requests: number;
  share_of_requests: number | null;
  cost: Usd | null;
}

/** GET /api/experiments/NAME; what there is nothing to say of is left out, of
 *  one without calls all but its status. */
export interface Experiment extends Report {
  experiment: string;
  feature: string | null;
  status: Status;
  verdict?: Verdict;
  cheapest?: string | null;
  control?: string;
  unit?: string | null;
  days?: number;
  rolled_out?: string;
  rolled_out_on?: string | null;
  requests_since?: number;
  cost_since?: Usd | null;
  variants?: Variant[];
  comparisons?: Comparison[];
  differences?: Difference[];
  causes?: Cause[];
  why?: string;
  outcomes?: Outcome[];
  outcome_comparisons?: OutcomeComparison[];
  per_month?: Month[];
  split?: Split[];
  sample_ratio?: string;
  sample_ratio_p?: number | null;
  /** Null where too few came to tell. */
  split_over_time?: 'steady' | 'changed' | null;
  split_changed_on?: string;
  models?: ModelChoice[];
}

/** The variants, the control before the others. */
export function controlFirst<R extends { variant: string }>(rows: R[],
  { control }: Experiment): R[] {
  return [...rows].sort((a, b) =>
    Number(b.variant === control) - Number(a.variant === control));
}

/** What was split, in words, and how columns name it. */
export function unitOf({ unit }: Experiment): { word: string; column: string } {
  const word = unit ?? 'user';
  return { word, column: word === 'run' ? 'unit' : word };
}

export function perUnit(experiment: Experiment): string {
  return `cost_per_${unitOf(experiment).column}`;
}

/** The measure on which the verdict rests: what each unit cost before is
 *  allowed for where that is known. */
export function primaryOf(experiment: Experiment): string {
  const plain = perUnit(experiment);
  const adjusted = `${plain}_adjusted`;
  return experiment.comparisons?.some(({ measure }) => measure === adjusted)
    ? adjusted
    : plain;
}

export function measureName(measure: string): string {
  const plain = measure.replace(/_(adjusted|winsorised)$/, '')
    .replaceAll('_', ' ');
  const name = capital(plain);
  if (measure.endsWith('_adjusted')) {
    return `${name}, adjusted`;
  }
  return measure.endsWith('_winsorised') ? `${name}, outliers cut` : name;
}

/** Money of a column that the unit names. */
export function usdIn(row: Record<string, string | number | null>,
  column: string): Usd | null {
  const cell = row[column];
  return typeof cell === 'string' ? cell : null;
}

export function countIn(row: Record<string, string | number | null>,
  column: string): number | null {
  const cell = row[column];
  return typeof cell === 'number' ? cell : null;
}
