// Where an experiment stands, and how sure its verdict is.

import { formatDay } from '../../lib/time';
import { Badge, type Tone } from '../../ui/callout';
import type { Experiment, Status } from './report';

const TONES: Partial<Record<Status, Tone>> = {
  'running': 'info',
  'rolled out': 'good',
};

export function StatusBadge({ status }: { status: Status }) {
  return <Badge tone={TONES[status]}>{status}</Badge>;
}

/** "26 Oct – 30 Nov 2026" of days, either of which may be unknown. */
export function spanOf(first: string | null, last: string | null): string {
  if (first === null || last === null) {
    return 'no calls yet';
  }
  return first === last ? formatDay(first)
    : `${formatDay(first)} – ${formatDay(last)}`;
}

export interface Said {
  tone: Tone;
  title: string;
  /** What follows from it. */
  next: string;
}

/** The verdict in a few words.  What cannot be told is never called a
 *  difference, and cheaper is not called better. */
export function saidOf(experiment: Experiment): Said {
  const { verdict, cheapest, control, unit, status } = experiment;
  const word = unit ?? 'user';
  switch (verdict) {
    case 'differs':
      return {
        tone: cheapest === control ? 'warn' : 'good',
        title: cheapest ? `${cheapest} costs least per ${word}, 95% sure`
          : `The cost per ${word} differs, 95% sure`,
        next: worthOf(experiment),
      };
    case 'differs_per_request':
      return {
        tone: 'info',
        title: 'A request costs another amount, 95% sure; ' +
          `what a ${word} costs cannot be told`,
        next: `Requests may differ while a ${word} makes fewer or more of ` +
          'them; let it run on before you decide.',
      };
    case 'no_difference_told':
      return {
        tone: 'info',
        title: status === 'running' ? 'No difference can be told yet'
          : 'No difference could be told',
        next: 'That is not the same as no difference: see how wide the ' +
          'intervals are.',
      };
    case 'sample_ratio_mismatch':
      return {
        tone: 'bad',
        title: 'The split went wrong, so there is no verdict',
        next: `Find what loses or moves ${word}s first; every number below ` +
          'may be of other people.',
      };
    case 'too_early':
    case 'too_few_units':
      return {
        tone: 'warn',
        title: 'Too early for a verdict',
        next: 'The numbers below are what is known so far.',
      };
    default:
      return {
        tone: 'warn',
        title: 'There is no verdict',
        next: 'The numbers below are what is known.',
      };
  }
}

/** Whether it is worth it is for the outcomes to say; of several variants or
 *  kinds of outcome, the reader reads them below. */
function worthOf({ outcome_comparisons: all = [], status }: Experiment):
  string {
  const [only] = all;
  const open = status !== 'rolled out';
  if (!only) {
    return 'No outcomes are recorded, so whether it is worth it is not known.';
  }
  const { variant, outcome, verdict } = only;
  const told: Record<string, string> = {
    'dominates': `${variant} is cheaper and brings more ${outcome}` +
      `${open ? ': roll it out' : ''}.`,
    'dominated': `${variant} costs more and brings less ${outcome}` +
      `${open ? ': end it' : ': take it back'}.`,
    'trade-off': `Look at what one more ${outcome} costs, and whether it is ` +
      'worth that.',
    'cannot tell': `Whether there is more or less ${outcome} cannot be told ` +
      'apart: the cost is what speaks.',
  };
  return (all.length === 1 && told[verdict]) ||
    'Whether it is worth it is for the outcomes below to say.';
}
