// What moved so much that somebody should look.

import type { Alert, Alerts } from '../../api/alerts';
import { Link, useHere } from '../../frame/here';
import { formatInstant } from '../../lib/time';
import { CAUSE_NAMES } from '../../lib/words';
import { Badge, type Tone } from '../../ui/callout';
import { Loaded } from '../../ui/loaded';
import type { Loading } from '../../ui/load';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { useLedger } from '../../frame/ledger';
import { pageAt } from '../../frame/pages';
import { alertHref, whyHref } from '../parts/marks';

const SHOWN = 5;

export const SEVERITY: Record<Alert['severity'], { tone: Tone; name: string }> =
  {
    page: { tone: 'bad', name: 'Urgent' },
    warn: { tone: 'warn', name: 'Warning' },
    info: { tone: 'info', name: 'For information' },
  };

export function Attention({ alerts }: { alerts: Loading<Alerts> }) {
  return (
    <Panel title="Needs attention"
      actions={pageAt('/alerts') && <Link to="/alerts">All alerts</Link>}>
      <Loaded of={alerts} height={420}>
        {({ alerts: all, watched_since: since }) => (all.length === 0
          ? (
            <Empty title={since === null ? 'Listening to history'
              : 'Nothing stands out'}>
              Spending is as it usually is. What moves is told here, with its
              cause.
            </Empty>
          )
          : (
            <ul class="list">
              {all.slice(0, SHOWN).map((alert) =>
                <AlertLine key={alert.id} alert={alert} />)}
            </ul>
          ))}
      </Loaded>
    </Panel>
  );
}

function AlertLine({ alert }: { alert: Alert }) {
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
      <p class="alert-said">{alert.sentence}</p>
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
