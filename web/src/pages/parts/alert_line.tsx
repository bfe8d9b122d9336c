// An alert in a list: what moved, since when, and the way to its cause.

import type { Alert } from '../../api/alerts';
import { useHere } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { formatInstant } from '../../lib/time';
import { CAUSE_NAMES } from '../../lib/words';
import { Badge, type Tone } from '../../ui/callout';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Said } from '../../ui/said';
import { alertHref, whyHref } from './marks';

export const SEVERITY: Record<Alert['severity'], { tone: Tone; name: string }> =
  {
    page: { tone: 'bad', name: 'Urgent' },
    warn: { tone: 'warn', name: 'Warning' },
    info: { tone: 'info', name: 'For information' },
  };

export function AlertLine({ alert }: { alert: Alert }) {
  const here = useHere();
  const zone = useLedger().data?.zone ?? 'UTC';
  const { severity, scope, cause, state, since, usd_per_day: daily } = alert;
  const { tone, name } = SEVERITY[severity];
  return (
    <li class="alert-line">
      <p class="row">
        <a class="strong" href={alertHref(alert, here)}>
          {scope.feature === null ? 'All calls'
            : <GroupName name={scope.feature} />}
          : {CAUSE_NAMES[cause] ?? cause}
        </a>
        <Badge tone={tone}>{name}</Badge>
      </p>
      <p class="alert-said"><Said text={alert.sentence} /></p>
      <p class="row note">
        <span>
          {formatInstant(since, zone)}
          {state === 'open' ? ', still so' : ', over'}
        </span>
        <span><Money amount={daily} change /> a day</span>
        <a href={whyHref(alert, here)}>
          Why?<span class="visually-hidden"> {alert.sentence}</span>
        </a>
      </p>
    </li>
  );
}
