// What the page calls things.

import type { NamedRange } from './shared';
import type { Group } from './view';
import type { Interval } from './time';

export const GROUP_NAMES: Record<Group, string> = {
  feature: 'Feature',
  model: 'Model',
  provider: 'Provider',
  customer: 'Customer',
  segment: 'Segment',
  owner: 'Owner',
  experiment: 'Experiment',
  environment: 'Environment',
  workflow: 'Workflow',
};

export const RANGE_NAMES: Record<NamedRange, string> = {
  'today': 'Today',
  'yesterday': 'Yesterday',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  'this-month': 'This month',
  'last-month': 'Last month',
};

export const INTERVAL_NAMES: Record<Interval, string> = {
  hour: 'Hour',
  day: 'Day',
  week: 'Week',
  month: 'Month',
};

/** What has no name is untagged; what is summed up is all other. */
export function groupLabel(name: string | null): string {
  if (name === null) {
    return 'All other';
  }
  return name === '' ? 'Untagged' : name;
}
