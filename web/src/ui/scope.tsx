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

export function ScopeLink({ dimension, name }:
  { dimension: string; name: string | null }) {
  const place = PLACES[dimension];
  const path = place !== undefined && name !== null
    ? pathOf(place, name)
    : '';
  if (!pageAt(path)) {
    return <GroupName name={name} />;
  }
  return <Link to={path} class="scope-link"><GroupName name={name} /></Link>;
}
