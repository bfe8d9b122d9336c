// What the page calls things.

import { formatUsd, parseUsd, placesFor, type Pico } from './money';
import type { NamedRange } from './shared';
import { isTag, type Group, type Named } from './view';
import type { Interval } from './time';

const GROUP_NAMES: Record<Named, string> = {
  feature: 'Feature',
  model: 'Model',
  provider: 'Provider',
  customer: 'Customer',
  segment: 'Segment',
  owner: 'Owner',
  experiment: 'Experiment',
  variant: 'Variant',
  environment: 'Environment',
  workflow: 'Workflow',
  step: 'Step',
  release: 'Release',
  prompt: 'Prompt',
  requested_model: 'Requested model',
  operation: 'Operation',
  service_tier: 'Service tier',
  status: 'Status',
  source: 'Source',
  key: 'Key',
  fallback_from: 'Fallback from',
  user: 'User',
  run: 'Run',
};

/** "Service tier"; of a tag its name, as it is written. */
export function groupName(group: Group): string {
  return isTag(group) ? `Tag ${group.slice('tag.'.length)}`
    : GROUP_NAMES[group];
}

/** Within a sentence: "service tier", "tag Team". */
export function groupSaid(group: Group): string {
  const name = groupName(group);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

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

/** What makes spending change, as `toll explain` and alerts name it. */
export const CAUSE_NAMES: Record<string, string> = {
  users: 'users',
  requests_per_user: 'requests per user',
  traffic: 'traffic',
  model_mix: 'model mix',
  input_tokens: 'prompt length',
  cache: 'cache use',
  output_tokens: 'answer length',
  retries: 'retries and failures',
  price: 'prices',
  new_features: 'new features',
  removed_features: 'ended features',
  new_feature: 'new feature',
  new_customer: 'new customer',
  requests_per_workflow: 'runaway run',
  no_data: 'no calls',
  untagged: 'untagged share',
  unpriced: 'share without a price',
  days: 'number of days',
  other: 'other fees',
};

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sentence with names from outside in it: no name may turn around what
 *  stands behind it. */
export function unturned(sentence: string): string {
  return sentence.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
}

/** A sentence of a report, with its numbers as the page writes numbers:
 *  "(-12 %)" is "(−12%)", "-$3.00" is "−$3.00", "$0.042452" is "$0.0425".  What
 *  belongs to a name, as in "try/50 %", stays as it is. */
export function written(sentence: string): string {
  return unturned(sentence)
    .replace(/(?<=^|[\s(])-(?=\$\d|\d[\d.,]* %)/g, '−')
    .replace(/(?<=(?:^|[\s(])[+−]?\d[\d.,]*) %(?=$|[\s).,:;])/g, '%')
    .replace(/(?<=^|[\s(+−<])\$(0\.0\d{3,12})(?=$|[\s).,:;])/g,
      (_, dollars: string) => shortUsd(parseUsd(dollars)));
}

function shortUsd(pico: Pico): string {
  return formatUsd(pico, placesFor([pico], 3));
}
