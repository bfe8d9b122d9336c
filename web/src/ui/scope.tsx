// A name that opens the page about it.

import { Link } from '../frame/here';
import { pageAt } from '../frame/pages';
import { pathOf } from '../lib/route';
import { GroupName } from './name';

/** Where the things of a dimension have pages of their own. */
const PLACES: Record<string, string> = {
  feature: 'features',
  model: 'models',
  customer: 'customers',
  owner: 'owners',
  experiment: 'experiments',
};

/** The page about a name of a dimension; null where there is none. */
export function scopePath(dimension: string, name: string): string | null {
  const place = PLACES[dimension];
  const path = place === undefined ? '' : pathOf(place, name);
  return pageAt(path) ? path : null;
}

export function ScopeLink({ dimension, name }:
  { dimension: string; name: string | null }) {
  const path = name === null ? null : scopePath(dimension, name);
  return path === null
    ? <GroupName name={name} />
    : <Link to={path} class="scope-link"><GroupName name={name} /></Link>;
}
