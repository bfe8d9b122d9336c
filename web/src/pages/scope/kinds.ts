// The kinds of things that have pages of their own, a row each.

import type { Group } from '../../lib/view';

export interface ScopeKind {
  dimension: Group;
  /** The beginning of their addresses. */
  place: string;
  one: string;
  many: string;
  /** What the spend of one is layered by. */
  layers: Group;
  /** What else it is split by. */
  parts: Group[];
}

function kind(dimension: Group, layers: Group, parts: Group[]): ScopeKind {
  const one = dimension.charAt(0).toUpperCase() + dimension.slice(1);
  return { dimension, place: `${dimension}s`, one, many: `${one}s`, layers,
    parts };
}

export const FEATURE =
  kind('feature', 'model', ['customer', 'prompt', 'release']);
export const MODEL =
  kind('model', 'feature', ['customer', 'owner', 'service_tier']);
export const CUSTOMER =
  kind('customer', 'feature', ['model', 'user', 'workflow']);
export const OWNER =
  kind('owner', 'feature', ['model', 'customer', 'workflow']);
