// The lines of GET /api/savings, with the reasons that belong to each.

import type { Saving, SavingReason, Savings } from '../../api/report';
import { anyOf } from '../../api/query';
import { parseUsd, toFloat } from '../../lib/money';
import type { Params } from '../../lib/route';
import { capital } from '../../lib/words';

export const GROUPS = ['all', 'sure', 'check', 'model'] as const;
export type Group = (typeof GROUPS)[number];

export interface Line {
  rank: number;
  group: Group;
  saving: Saving;
  reason: SavingReason;
  /** For the length of its bar. */
  low: number;
  point: number;
  high: number;
}

export function linesOf({ savings = [], reasons = [] }: Savings): Line[] {
  return savings.flatMap((saving, i) => {
    const reason = reasons[i];
    return reason ? [{
      rank: reason.rank,
      group: groupOf(saving),
      saving,
      reason,
      low: toFloat(parseUsd(saving.low)),
      point: toFloat(parseUsd(saving.point)),
      high: toFloat(parseUsd(saving.high)),
    }] : [];
  });
}

function groupOf({ kind, confidence }: Saving): Group {
  if (kind === 'cheaper_model') {
    return confidence === 'quality held in an experiment' ? 'sure' : 'model';
  }
  return kind === 'prompt_growth' || kind === 'output_growth' ? 'check'
    : 'sure';
}

/** What to do, in a few words. */
export function titleOf({ saving, reason }: Line): string {
  return saving.kind === 'cheaper_model' && reason.to_model !== null
    ? `${reason.to_model} instead`
    : capital(reason.what);
}

const NAMELESS = ['(untagged)', '(evaluation and test)'];

export function featureOf({ feature }: Saving): string {
  return NAMELESS.includes(feature) ? '' : feature;
}

/** The filters that mean the calls of a line, its feature apart. */
function filtersOf({ saving, reason }: Line): string[] {
  return [
    ...(saving.workflow ? [anyOf('workflow', [saving.workflow])] : []),
    ...(reason.environment ? [`environment:${reason.environment}`] : []),
  ];
}

/** What asks /why about the calls of a line. */
export function whyParams(line: Line): Params {
  return { where: [anyOf('feature', [featureOf(line.saving)]),
    ...filtersOf(line)] };
}

/** What asks /whatif to price it call by call; null where it cannot. */
export function whatIfParams(line: Line): Params | null {
  const { to_provider, to_model, to_tier } = line.reason;
  const feature = featureOf(line.saving);
  if (feature === '' || (to_model === null && to_tier === null)) {
    return null;
  }
  return { feature, to_provider, to_model, tier: to_tier,
    where: filtersOf(line) };
}
