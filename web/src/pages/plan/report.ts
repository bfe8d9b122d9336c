import type { Report, Usd } from '../../api/report';

export interface PlannedModel {
  model: string;
  provider: string;
  cost_per_request: Usd;
  low: Usd;
  expected: Usd;
  high: Usd;
  cost_per_user_month: Usd;
}

export interface PlanCase {
  case: string;
  users: number;
  requests_per_user_day: string;
  requests_per_month: number;
}

export interface BreakEven {
  model: string;
  margin_low: number | null;
  margin_expected: number | null;
  margin_high: number | null;
  break_even_requests_per_user_day: number | null;
  users_above_the_price: number | null;
}

/** GET /api/plan; where the feature to plan by has no calls in its days, the
 *  sentence alone. */
export interface NoPlan extends Report {
  models?: undefined;
}

export interface Plan extends Report {
  feature: string;
  like: string | null;
  like_requests: number | null;
  like_users: number | null;
  input_tokens_per_request: number;
  cache_share: number | null;
  output_tokens_per_request: number;
  /** The first is the one planned. */
  models: PlannedModel[];
  cases: PlanCase[];
  price_per_user_month?: Usd;
  break_even?: BreakEven[];
  /** An entry of toll.yaml. */
  guardrail: string;
}
