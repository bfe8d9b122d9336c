// The address that a share confines its holder to.

import { anyOf } from '../../api/query';
import { hashOf, matchPath, parseHash, withParams } from '../../lib/route';

/** Pages about one thing, whose name stands in the path. */
const ABOUT: Record<string, string> = {
  '/features/:name': 'feature',
  '/models/:name': 'model',
  '/customers/:name': 'customer',
  '/owners/:name': 'owner',
  '/experiments/:name': 'experiment',
};

/** The server reads filters and range of an address, not its path: of a page
 *  about one thing the filter is added, so that the share opens no other. */
export function sharedAddress(address: string): string {
  const { path, params } = parseHash(`#${address}`);
  for (const [pattern, dimension] of Object.entries(ABOUT)) {
    const name = matchPath(pattern, path)?.['name'];
    const filter = name === undefined ? null : anyOf(dimension, [name]);
    const where = params.getAll('where');
    if (filter !== null && !where.includes(filter)) {
      return hashOf(path, withParams(params, { where: [...where, filter] }))
        .slice(1);
    }
  }
  return address;
}
