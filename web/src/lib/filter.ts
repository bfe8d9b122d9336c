// Filters as the API writes them, `feature:search|chat`, taken apart to be
// told and changed.

import { isTag } from './view';
import { capital, groupName } from './words';

export interface Filter {
  dimension: string;
  /** All but these. */
  not: boolean;
  /** Any of these; the empty one is what is untagged. */
  names: string[];
}

/** Null where the text is no filter. */
export function parseFilter(text: string): Filter | null {
  const colon = text.indexOf(':');
  if (colon < 1) {
    return null;
  }
  const dimension = text.slice(0, colon);
  let rest = text.slice(colon + 1);
  const not = rest.startsWith('!');
  if (not) {
    rest = rest.slice(1);
  }
  const names: string[] = [];
  let name = '';
  for (let i = 0; i < rest.length; i += 1) {
    const sign = rest.charAt(i);
    if (sign === '|') {
      names.push(name);
      name = '';
    } else if (sign === '\\' && i + 1 < rest.length) {
      i += 1;
      name += rest.charAt(i);
    } else {
      name += sign;
    }
  }
  return { dimension, not, names: [...names, name] };
}

/** "Feature: search or chat", "Customer: not acme", "User: untagged" */
export function filterSaid(text: string): string {
  const filter = parseFilter(text);
  if (!filter) {
    return text;
  }
  const names = filter.names.map((name) => name || 'untagged').join(' or ');
  return `${dimensionName(filter.dimension)}: ${filter.not ? 'not ' : ''}${names}`;
}

function dimensionName(dimension: string): string {
  return isTag(dimension) ? groupName(dimension) : capital(dimension);
}

/** The one name of a dimension that filters hold to, or null. */
export function oneName(where: readonly string[], dimension: string):
  string | null {
  for (const text of where) {
    const filter = parseFilter(text);
    if (filter?.dimension === dimension && !filter.not &&
      filter.names.length === 1) {
      return filter.names[0] ?? null;
    }
  }
  return null;
}

/** The filters with one more, in place of those on the same dimension. */
export function withFilter(where: readonly string[], added: string): string[] {
  const dimension = parseFilter(added)?.dimension;
  return [...where.filter((text) =>
    parseFilter(text)?.dimension !== dimension), added];
}
