// Alerts on one scale of time: a line each, from when it began until it was
// over.  Plain elements, with the same in words beside them.

import type { Alert } from '../../api/alerts';
import { Link } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { pathOf } from '../../lib/route';
import { dayInZone, formatInstant, shortPeriod } from '../../lib/time';
import { Badge } from '../../ui/callout';
import { Money } from '../../ui/numbers';
import { Said } from '../../ui/said';
import { SEVERITY } from '../parts/alert_line';
import { lengthOf, titleOf } from './words';

interface Props {
  label: string;
  alerts: Alert[];
  /** Where the scale begins; it ends now. */
  from: number;
  /** What the dollars at the right are. */
  cost: string;
}

export function Timeline({ label, alerts, from, cost }: Props) {
  const now = Date.now();
  const place = (time: number) =>
    Math.min(100, Math.max(0, ((time - from) / (now - from)) * 100));
  return (
    <ul class="timeline" aria-label={label}>
      <Scale from={from} now={now} cost={cost} />
      {alerts.map((alert) =>
        <Row key={alert.id} alert={alert} place={place} now={now} />)}
    </ul>
  );
}

function Row({ alert, place, now }:
  { alert: Alert; place: (time: number) => number; now: number }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { tone, name } = SEVERITY[alert.severity];
  const left = place(Date.parse(alert.since));
  const right = place(alert.closed ? Date.parse(alert.closed) : now);
  return (
    <li class="tl-row">
      <div class="tl-said">
        <p class="row">
          <Link class="strong tl-title" to={pathOf('alerts', alert.id)}>
            {titleOf(alert)}
          </Link>
          <Badge tone={tone}>{name}</Badge>
          <Hand alert={alert} />
        </p>
        <p class="said"><Said text={alert.sentence} /></p>
        <p class="note">
          {formatInstant(alert.since, zone)}, {alert.closed
            ? `for ${lengthOf(alert.since, alert.closed)}`
            : `${lengthOf(alert.since, new Date(now).toISOString())} so far`}
          {alert.owner && `, ${alert.owner}`}
        </p>
      </div>
      <span class="tl-track" aria-hidden="true">
        <span class={`tl-bar ${tone}${alert.closed ? '' : ' open'}`} style={{
          left: `${left}%`, width: `max(6px, ${right - left}%)`,
        }} />
      </span>
      <p class="tl-usd">
        <span class="strong"><Money amount={alert.usd_so_far} /></span>
        <span class="note">
          <Money amount={alert.usd_per_day} change /> a day
        </span>
      </p>
    </li>
  );
}

/** In whose hands it is. */
function Hand({ alert }: { alert: Alert }) {
  if (alert.snoozed_until !== null) {
    return <Badge>snoozed</Badge>;
  }
  return alert.acknowledged
    ? <Badge tone="good">{alert.acknowledged.by || 'taken'}</Badge>
    : null;
}

const TICKS = 5;

function Scale({ from, now, cost }:
  { from: number; now: number; cost: string }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  return (
    <li class="tl-row scale" aria-hidden="true">
      <span />
      <span class="tl-track">
        {Array.from({ length: TICKS }, (_, i) => {
          const time = from + ((now - from) * i) / (TICKS - 1);
          const day = dayInZone(new Date(time).toISOString(), zone);
          return (
            <span key={i} class="tl-tick"
              style={{ left: `${(i / (TICKS - 1)) * 100}%` }}>
              {i === TICKS - 1 ? 'Now' : shortPeriod('day', day)}
            </span>
          );
        })}
      </span>
      <span>{cost}</span>
    </li>
  );
}
