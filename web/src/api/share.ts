// Shares (docs/sharing.md): a link by which others read one view.  Of a page
// that such a link opened, every request bears its token; of a page that is to
// be shared, its requests are what the link must open.

import { parseHash } from '../lib/route';

export interface View {
  id: string;
  name: string;
  /** What stands behind `#`. */
  address: string;
  note: string;
  by: string;
  made: string;
  changed: string;
}

/** A share in the list of all. */
export interface Share {
  id: string;
  name: string;
  address: string;
  note: string;
  by: string;
  made: string;
  expires: string;
  view?: string | null;
}

/** What GET /api/share tells the holder of a token. */
export interface Shared {
  name: string;
  note: string;
  address: string;
  expires: string;
  /** Requests that it opens besides questions within its view. */
  opens: string[];
}

/** The token, where this page was opened by a share. */
export function shareToken(): string | null {
  return new URLSearchParams(location.search).get('share');
}

let opened: Set<string> | null = null;
let fixed: readonly string[] = [];

/** Before the page of a share is drawn: what it may ask. */
export function openShared({ opens, address }: Shared): void {
  opened = new Set(opens.map(normal));
  fixed = parseHash(address).params.getAll('where');
}

/** The filters of a share: toll holds them whatever is asked, so the page does
 *  not pass for one without them. */
export function fixedFilters(): readonly string[] {
  return fixed;
}

/** Whether the share opens a request, as the server decides it.  What it
 *  does not open is not asked for. */
export function isShared(path: string): boolean {
  const route = path.split('?')[0];
  return route === 'api/share' || route === 'api/query' ||
    (opened?.has(normal(path)) ?? false);
}

/** Requests are the same whatever the order of their parameters. */
function normal(request: string): string {
  const path = request.replace(/^\//, '');
  const cut = path.indexOf('?');
  const params = new URLSearchParams(cut < 0 ? '' : path.slice(cut + 1));
  for (const form of ['format', 'width', 'share_token']) {
    params.delete(form);
  }
  const all = [...params].map(([name, value]) =>
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).sort();
  return `${cut < 0 ? path : path.slice(0, cut)}?${all.join('&')}`;
}

let heard: Set<string> | null = null;

/** Notes what is asked, while somebody listens. */
export function hear(path: string): void {
  heard?.add(path);
}

/** The most that the server lets a share open. */
const OPENS_MAX = 16;
/** Questions are open by themselves; other routes never are. */
const INSIGHT = new RegExp('^api/(explain|movers|quality|customers|whatif|' +
  'plan|savings|experiments|review|forecast|reconcile|budgets/report)' +
  '([/?]|$)');

/** What `ask` makes the page ask for, of what a share must name. */
export async function insightsOf(ask: () => Promise<void>):
  Promise<string[]> {
  const mine = new Set<string>();
  heard = mine;
  try {
    await ask();
  } finally {
    heard = null;
  }
  return [...mine].filter((path) => INSIGHT.test(path))
    .slice(0, OPENS_MAX).map((path) => `/${path}`);
}
