// Every page of the dashboard, a row each: its address, where it stands in the
// navigation, and where its code is.  A page and its charts come when it is
// opened, not before.

import type { ComponentType } from 'preact';

import { matchPath } from '../lib/route';
import { CUSTOMER, FEATURE, MODEL, OWNER, type ScopeKind }
  from '../pages/scope/kinds';
import type { PageIcon } from '../ui/icons';

/** What stands for the `:names` of the page's path. */
export interface PageProps {
  at: Record<string, string>;
}

export interface PageRow {
  /** As in the address behind `#`: `/features/:name`. */
  path: string;
  title: string;
  /** Where it stands in the navigation; a page about one thing stands nowhere,
   *  and belongs to the row whose path it begins with. */
  nav?: { group: NavGroup; icon: PageIcon };
  /** It has something to say where the range has no calls. */
  free?: true;
  load: () => Promise<ComponentType<PageProps>>;
}

export const NAV_GROUPS = ['look', 'who', 'decide', 'watch', 'trust'] as const;
export type NavGroup = (typeof NAV_GROUPS)[number];

export const NAV_NAMES: Record<NavGroup, string> = {
  look: 'Spend',
  who: 'Breakdown',
  decide: 'Decide',
  watch: 'Watch',
  trust: 'Data',
};

/** In the order of the navigation. */
export const PAGES: readonly PageRow[] = [
  {
    path: '/overview',
    title: 'Overview',
    nav: { group: 'look', icon: 'overview' },
    load: async () =>
      (await import('../pages/overview/overview')).OverviewPage,
  },
  {
    path: '/explore',
    title: 'Explore',
    nav: { group: 'look', icon: 'explore' },
    load: async () =>
      (await import('../pages/explore/explore')).ExplorePage,
  },
  {
    path: '/why',
    title: 'Why',
    nav: { group: 'look', icon: 'why' },
    load: async () => (await import('../pages/why/why')).WhyPage,
  },
  {
    path: '/views',
    title: 'Saved views',
    nav: { group: 'look', icon: 'view' },
    free: true,
    load: async () => (await import('../pages/views/views')).ViewsPage,
  },
  {
    path: '/features',
    title: 'Features',
    nav: { group: 'who', icon: 'feature' },
    load: async () => listOf(FEATURE),
  },
  {
    path: '/features/:name',
    title: 'Feature',
    load: async () => oneOf(FEATURE),
  },
  {
    path: '/models',
    title: 'Models',
    nav: { group: 'who', icon: 'model' },
    load: async () => listOf(MODEL),
  },
  {
    path: '/models/:name',
    title: 'Model',
    load: async () => oneOf(MODEL),
  },
  {
    path: '/customers',
    title: 'Customers',
    nav: { group: 'who', icon: 'customer' },
    load: async () =>
      (await import('../pages/customers/customers')).CustomersPage,
  },
  {
    path: '/customers/:name',
    title: 'Customer',
    load: async () => oneOf(CUSTOMER),
  },
  {
    path: '/owners',
    title: 'Owners',
    nav: { group: 'who', icon: 'owner' },
    load: async () => listOf(OWNER),
  },
  {
    path: '/owners/:name',
    title: 'Owner',
    load: async () => oneOf(OWNER),
  },
  {
    path: '/experiments',
    title: 'Experiments',
    nav: { group: 'decide', icon: 'experiment' },
    free: true,
    load: async () =>
      (await import('../pages/experiments/experiments')).ExperimentsPage,
  },
  {
    path: '/experiments/:name',
    title: 'Experiment',
    free: true,
    load: async () =>
      (await import('../pages/experiments/experiment')).ExperimentPage,
  },
  {
    path: '/plan',
    title: 'Launch planner',
    nav: { group: 'decide', icon: 'plan' },
    free: true,
    load: async () => (await import('../pages/plan/plan')).PlanPage,
  },
  {
    path: '/whatif',
    title: 'What if',
    nav: { group: 'decide', icon: 'whatif' },
    free: true,
    load: async () => (await import('../pages/whatif/whatif')).WhatIfPage,
  },
  {
    path: '/savings',
    title: 'Savings',
    nav: { group: 'decide', icon: 'saving' },
    free: true,
    load: async () => (await import('../pages/savings/savings')).SavingsPage,
  },
  {
    path: '/alerts',
    title: 'Alerts',
    nav: { group: 'watch', icon: 'alert' },
    free: true,
    load: async () => (await import('../pages/alerts/alerts')).AlertsPage,
  },
  {
    path: '/alerts/:id',
    title: 'Alert',
    free: true,
    load: async () => (await import('../pages/alerts/alert')).AlertPage,
  },
  {
    path: '/budgets',
    title: 'Budgets',
    nav: { group: 'watch', icon: 'budget' },
    free: true,
    load: async () => (await import('../pages/budgets/budgets')).BudgetsPage,
  },
  {
    path: '/review',
    title: 'Weekly review',
    nav: { group: 'watch', icon: 'review' },
    load: async () => (await import('../pages/review/review')).ReviewPage,
  },
  {
    path: '/quality',
    title: 'Data quality',
    nav: { group: 'trust', icon: 'quality' },
    load: async () => (await import('../pages/quality/quality')).QualityPage,
  },
  {
    path: '/reconcile',
    title: 'Reconciliation',
    nav: { group: 'trust', icon: 'reconcile' },
    free: true,
    load: async () =>
      (await import('../pages/reconcile/reconcile')).ReconcilePage,
  },
  {
    path: '/prices',
    title: 'Prices',
    nav: { group: 'trust', icon: 'price' },
    free: true,
    load: async () => (await import('../pages/prices/prices')).PricesPage,
  },
  {
    path: '/setup',
    title: 'Set-up',
    nav: { group: 'trust', icon: 'setup' },
    free: true,
    load: async () => (await import('../pages/setup/setup')).SetupPage,
  },
];

async function listOf(kind: ScopeKind): Promise<ComponentType<PageProps>> {
  return (await import('../pages/scope/list')).listOf(kind);
}

async function oneOf(kind: ScopeKind): Promise<ComponentType<PageProps>> {
  return (await import('../pages/scope/one')).oneOf(kind);
}

/** The page that `#` alone and `#/` open. */
export const START = '/overview';

/** The page at a path, and what its names stand for; null where there is
 *  none. */
export function pageAt(path: string):
  { page: PageRow; at: Record<string, string> } | null {
  const wanted = path === '/' ? START : path;
  for (const page of PAGES) {
    const at = matchPath(page.path, wanted);
    if (at) {
      return { page, at };
    }
  }
  return null;
}
