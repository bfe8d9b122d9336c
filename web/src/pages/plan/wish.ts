// What is planned, as the address says it: parameters have the names that
// GET /api/plan has, and what is usual is not written.

import type { Query } from '../../api/fetch';
import type { Params } from '../../lib/route';

export const USUAL = {
  name: 'new-feature',
  users: '1000',
  adoption: { low: '10', high: '30' },
  input_tokens: '2000',
  output_tokens: '400',
  requests_per_user_day: '2',
} as const;

export interface Wish {
  name: string;
  /** Whether calls are stated by their tokens, not by a feature like it. */
  stated: boolean;
  like: string;
  users: string;
  low: string;
  high: string;
  models: string[];
}

export function wishFrom(params: URLSearchParams, features: string[],
  used: string[]): Wish {
  const stated = params.get('call') === 'tokens' || features.length === 0;
  const models = (params.get('model') ?? '').split(',').filter(Boolean);
  const [low, high] = (params.get('adoption') ?? '').split('..');
  return {
    name: params.get('name') ?? USUAL.name,
    stated,
    like: params.get('like') ?? features[0] ?? '',
    users: params.get('users') ?? USUAL.users,
    low: low || USUAL.adoption.low,
    high: high || low || USUAL.adoption.high,
    // Of stated tokens nothing says which model serves them.
    models: models.length > 0 || !stated ? models : used.slice(0, 1),
  };
}

/** The question for GET /api/plan. */
export function planQuery(wish: Wish, params: URLSearchParams): Query {
  const shared = {
    name: wish.name,
    users: wish.users,
    adoption: `${wish.low}..${wish.high}`,
    model: wish.models.join(','),
    price_per_user_month: params.get('price_per_user_month'),
    fallback: params.get('fallback'),
  };
  return wish.stated ? {
    ...shared,
    input_tokens: params.get('input_tokens') ?? USUAL.input_tokens,
    output_tokens: params.get('output_tokens') ?? USUAL.output_tokens,
    cache_share: params.get('cache_share'),
    requests_per_user_day: params.get('requests_per_user_day') ??
      USUAL.requests_per_user_day,
  } : {
    ...shared,
    like: wish.like,
    requests_per_user_day: params.get('requests_per_user_day'),
  };
}

/** Both ends of the adoption, whichever was moved; the other gives way. */
export function adoptionParams(wish: Wish, change: { low?: string;
  high?: string }): Params {
  const low = change.low || wish.low;
  const high = change.high || wish.high;
  if (Number(low) <= Number(high)) {
    return { adoption: `${low}..${high}` };
  }
  return { adoption: change.low === undefined ? `${high}..${high}`
    : `${low}..${low}` };
}

export function modelParams(models: string[]): Params {
  return { model: models.join(',') };
}
