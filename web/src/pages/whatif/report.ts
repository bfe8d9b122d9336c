import type { Report, Usd } from '../../api/report';

export interface TokenPart {
  class: string;
  actual: Usd;
  there: Usd;
  difference: Usd;
}

export interface Estimate {
  case: 'low' | 'expected' | 'high';
  input_tokens_for_one: string;
  output_tokens_for_one: string;
  cost_there: Usd;
  difference_per_month: Usd;
}

/** GET /api/whatif; without calls to compare there is the sentence alone. */
export interface WhatIf extends Report {
  feature?: string;
  model?: string;
  to_provider?: string | null;
  to_model?: string | null;
  to_tier?: string | null;
  verdict?: Verdict;
  experiment?: string | null;
  days?: number;
  compared_requests?: number;
  actual_cost?: Usd;
  cost_there?: Usd;
  difference?: Usd;
  actual_per_month?: Usd;
  cost_there_per_month?: Usd;
  difference_per_month?: Usd;
  break_even_outcome_drop?: number | null;
  classes?: TokenPart[];
  estimates?: Estimate[];
}

/** With calls that were compared. */
export type Compared = Required<WhatIf>;

export function isCompared(report: WhatIf): report is Compared {
  return report.actual_cost !== undefined;
}

export type Verdict = 'costs_more' | 'no_difference' | 'same_model' |
  'quality_held' | 'quality_fell' | 'quality_stated' | 'quality_unknown';
