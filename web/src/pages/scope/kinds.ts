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

export const FEATURE: ScopeKind = {
  dimension: 'feature',
  place: 'features',
  one: 'Feature',
  many: 'Features',
  layers: 'model',
  parts: ['customer', 'prompt', 'release'],
};

export const MODEL: ScopeKind = {
  dimension: 'model',
  place: 'models',
  one: 'Model',
  many: 'Models',
  layers: 'feature',
  parts: ['customer', 'owner', 'service_tier'],
};

export const CUSTOMER: ScopeKind = {
  dimension: 'customer',
  place: 'customers',
  one: 'Customer',
  many: 'Customers',
  layers: 'feature',
  parts: ['model', 'user', 'workflow'],
};

export const OWNER: ScopeKind = {
  dimension: 'owner',
  place: 'owners',
  one: 'Owner',
  many: 'Owners',
  layers: 'feature',
  parts: ['model', 'customer', 'workflow'],
};
