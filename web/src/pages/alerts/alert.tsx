// One alert: what moved, why, what it costs, and what to do.

import { useState } from 'preact/hooks';

import type { Alert } from '../../api/alerts';
import { Link } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import type { PageProps } from '../../frame/pages';
import { pathOf } from '../../lib/route';
import { formatChange } from '../../lib/format';
import { parseUsd, shareOf } from '../../lib/money';
import { formatInstant } from '../../lib/time';
import { Badge, Callout } from '../../ui/callout';
import { Button } from '../../ui/controls';
import { CopyButton } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { useApi, type Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Tile, Tiles } from '../../ui/tiles';
import { SEVERITY } from '../parts/alert_line';
import { AckDialog, SnoozeDialog } from './act';
import { AroundPanel, CausesPanel, DoPanel, HistoryPanel, PartsPanel }
  from './panels';
import { lengthOf, measure, titleOf, unitName } from './words';

export function AlertPage({ at }: PageProps) {
  const alert = useApi<Alert>(`api${pathOf('alerts', at['id'] ?? '')}`);
  const { data } = alert;
  return (
    <>
      <PageHead title={data ? titleOf(data) : 'Alert'}
        over={<Link to="/alerts">Alerts</Link>}
        sentence={alert.error ? 'This alert could not be read.'
          : data?.sentence ?? ''}
        actions={data && <Actions alert={data} reload={alert.reload} />} />
      <Loaded of={alert} height={1100}>
        {(loaded) => <Body alert={loaded} />}
      </Loaded>
    </>
  );
}

function Actions({ alert, reload }:
  { alert: Alert; reload: Loading<Alert>['reload'] }) {
  const [asking, setAsking] = useState<'ack' | 'snooze' | null>(null);
  const done = () => setAsking(null);
  const open = alert.state === 'open';
  return (
    <>
      <CopyButton text={location.href} label="Copy link" />
      {open && (
        <Button onClick={() => setAsking('snooze')}>Snooze</Button>
      )}
      <Button kind={open && !alert.acknowledged ? 'primary' : undefined}
        onClick={() => setAsking('ack')}>
        {alert.acknowledged ? 'Change the note' : 'Acknowledge'}
      </Button>
      <AckDialog alert={alert} open={asking === 'ack'} onClose={done}
        onDone={reload} />
      <SnoozeDialog alert={alert} open={asking === 'snooze'} onClose={done}
        onDone={reload} />
    </>
  );
}

function Body({ alert }: { alert: Alert }) {
  return (
    <div class="content">
      <State alert={alert} />
      <Figures alert={alert} />
      <div class="wide-narrow joined">
        <CausesPanel alert={alert} />
        <DoPanel alert={alert} />
      </div>
      <AroundPanel alert={alert} />
      {alert.parts.length > 1 && <PartsPanel alert={alert} />}
      <HistoryPanel alert={alert} />
    </div>
  );
}

function State({ alert }: { alert: Alert }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { acknowledged: ack, snoozed_until: until, closed } = alert;
  if (closed) {
    return (
      <Callout tone="good" title={`Over since ${formatInstant(closed, zone)}`}>
        <p>What was measured is back, or has become the usual.</p>
      </Callout>
    );
  }
  if (until) {
    return (
      <Callout title={`Snoozed until ${formatInstant(until, zone)}`}>
        <p>Until then only its end is told.</p>
      </Callout>
    );
  }
  return ack
    ? (
      <Callout tone="good" title={`${ack.by || 'Somebody'} has it, since ` +
        formatInstant(ack.at, zone)}>
        {ack.note && <p>{ack.note}</p>}
      </Callout>
    )
    : (
      <Callout tone="warn" title="Nobody has taken it yet">
        <p>Acknowledge it, so that others know and are not told again.</p>
      </Callout>
    );
}

function Figures({ alert }: { alert: Alert }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { tone, name } = SEVERITY[alert.severity];
  const { before, after, closed, since } = alert;
  const now = new Date().toISOString();
  return (
    <Tiles label="The alert in figures">
      <Tile name={unitName(alert)} below={before > 0
        ? `${formatChange(after / before - 1)}, before ${measure(before)}`
        : 'before none'}>
        {measure(after)}
      </Tile>
      <Tile name="Costs more a day" below={`${shareOf(
        parseUsd(alert.usd_per_day), parseUsd(alert.usual_usd_per_day))} of ` +
        'a usual day'}>
        <Money amount={alert.usd_per_day} />
      </Tile>
      <Tile name="So far" below="about">
        <Money amount={alert.usd_so_far} />
      </Tile>
      <Tile name={closed ? 'Lasted' : 'Open for'}
        below={`since ${formatInstant(since, zone)}`}>
        {lengthOf(since, closed ?? now)}
      </Tile>
      <Tile name="Severity" below={alert.told ? 'people are told' : 'listed'}>
        <Badge tone={tone}>{name}</Badge>
      </Tile>
      <Tile name="Owner" below={alert.rule && `rule ${alert.rule}`}>
        {alert.owner ?? '–'}
      </Tile>
    </Tiles>
  );
}

