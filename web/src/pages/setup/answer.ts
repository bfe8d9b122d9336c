// What GET /api/setup answers (docs/setup.md), as far as the page shows it.

export interface Seen {
  events: number;
  first: string | null;
  last: string | null;
}

export interface Upstream {
  name: string;
  /** What clients take for scheme and host. */
  base: string;
  url: string;
  provider: string;
  /** Whose key calls bear. */
  key: 'caller' | 'toll' | 'missing';
}

export interface Client {
  name: string;
  title: string;
  /** What to paste. */
  lines: string;
}

export interface Setup {
  version: string;
  /** The first address that toll listens at. */
  url: string;
  /** Why events are refused, while they are. */
  trouble?: string;
  upstreams: Upstream[];
  seen: Seen & { sources: (Seen & { source: string })[] };
  config: { file: string | null; timezone: string; problems: string[] };
  clients: Client[];
}
