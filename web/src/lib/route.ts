// The address of a page stands behind the `#`: a path and parameters, as in
// `#/features/search?range=7d`.  So every state is a link, toll also works when
// it is served below a path, and the server knows only one page.

export interface Address {
  path: string;
  params: URLSearchParams;
}

/** Values of parameters; null or '' takes one away. */
export type Params = Record<string, string | readonly string[] | null>;

export function parseHash(hash: string): Address {
  const text = hash.replace(/^#/, '');
  const cut = text.indexOf('?');
  const path = cut < 0 ? text : text.slice(0, cut);
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    params: new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1)),
  };
}

export function hashOf(path: string, params: URLSearchParams): string {
  const text = params.toString();
  return text === '' ? `#${path}` : `#${path}?${text}`;
}

/** What stands for the `:names` of a pattern, or null where the path is
 *  another.  `/features/` is the feature whose name is empty, `/features` is
 *  none. */
export function matchPath(pattern: string, path: string):
  Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) {
    return null;
  }
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const text = given[i] ?? '';
    if (part.startsWith(':')) {
      found[part.slice(1)] = decode(text);
    } else if (part !== text) {
      return null;
    }
  }
  return found;
}

/** A path from its parts, which may hold any text: pathOf('features', 'a/b') */
export function pathOf(...parts: string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** The parameters with some of them changed. */
export function withParams(params: URLSearchParams, changes: Params):
  URLSearchParams {
  const changed = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    changed.delete(name);
    if (typeof value === 'string') {
      if (value !== '') {
        changed.set(name, value);
      }
    } else {
      for (const one of value ?? []) {
        changed.append(name, one);
      }
    }
  }
  return changed;
}

/** A name that was cut or typed by hand may not be decodable: it stands for
 *  itself then. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
