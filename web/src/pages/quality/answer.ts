// What GET /api/quality answers (docs/insights.md, "quality").

import type { Quality as Shared, Usd } from '../../api/report';

export interface Unpriced {
  provider: string;
  model: string;
  unpriced_requests: number;
  input_tokens: number;
  output_tokens: number;
}

export interface Origin {
  name: string;
  requests: number;
  cost: Usd | null;
  share_of_cost: number | null;
  unpriced_requests: number;
  late_requests: number;
  untagged_share: number | null;
}

/** One of the newest calls with a fault. */
export interface Call {
  /** `feature`, `unpriced`, `estimated` */
  what: string;
  time: string;
  id: string;
  source: string;
  key: string;
  provider: string;
  model: string;
  feature: string;
}

/** Without calls in the range there are no tables. */
export interface Quality extends Shared {
  late_requests: number;
  estimated_requests: number;
  mend_unpriced?: string;
  unpriced?: Unpriced[];
  environments?: Origin[];
  sources?: Origin[];
  calls?: Call[];
  accepted_events?: number;
  duplicate_events?: number;
  refused_events?: number;
  mend_refused?: string;
}
