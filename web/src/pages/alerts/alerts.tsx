// What moved so much that somebody should look: open ones, and those over.

import { ALERTS_PATH, type Alert, type Alerts } from '../../api/alerts';
import { useLedger } from '../../frame/ledger';
import { plural } from '../../lib/format';
import { parseUsd, sum } from '../../lib/money';
import { formatInstant } from '../../lib/time';
import { Command } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { useApi, useWatch } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Tile, Tiles } from '../../ui/tiles';
import { Timeline } from './timeline';

export function AlertsPage() {
  const alerts = useApi<Alerts>(ALERTS_PATH);
  const hearing = alerts.data !== null && alerts.data.watched_since === null;
  useWatch(hearing, alerts.reload);
  return (
    <>
      <PageHead title="Alerts" sentence={alerts.error
        ? 'The alerts could not be read.'
        : alerts.data ? sentenceOf(alerts.data) : ''} />
      <Loaded of={alerts} height={760}>
        {(data) => <Body alerts={data} />}
      </Loaded>
    </>
  );
}

function sentenceOf({ alerts, open, watched_since: since }: Alerts): string {
  if (since === null) {
    return 'toll is listening to history to learn what is usual; this takes ' +
      'a moment.';
  }
  const over = alerts.length - open;
  const past = over === 0 ? '' : ` ${plural(over, 'alert is', 'alerts are')} ` +
    'over.';
  if (open === 0) {
    return `Nothing is open: spending is as it usually is.${past}`;
  }
  const first = alerts[0]?.sentence ?? '';
  return `${open === 1 ? 'One is' : `${open} are`} open. ${first}${past}`;
}

function Body({ alerts }: { alerts: Alerts }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const open = alerts.alerts.filter(({ state }) => state === 'open');
  const over = alerts.alerts.filter(({ state }) => state === 'closed');
  const from = beginOf(alerts);
  return (
    <div class="content">
      <Tiles label="What is open">
        <Tile name="Open" tone={open.length > 0 ? 'warn' : undefined}
          below={acknowledged(open)}>
          <Count n={open.length} />
        </Tile>
        <Tile name="Urgent" below="of those open"
          tone={urgent(open) > 0 ? 'bad' : undefined}>
          <Count n={urgent(open)} />
        </Tile>
        <Tile name="Costs more a day" below="if what is open stays">
          <Money amount={sum(open.map((one) => parseUsd(one.usd_per_day)))} />
        </Tile>
        <Tile name="Has cost so far" below="since each began">
          <Money amount={sum(open.map((one) => parseUsd(one.usd_so_far)))} />
        </Tile>
        <Tile name="Watched since" below={zone}>
          {alerts.watched_since
            ? formatInstant(alerts.watched_since, zone).split(',')[0]
            : 'listening'}
        </Tile>
      </Tiles>
      <Panel title="Open">
        {open.length === 0
          ? (
            <Empty title="Nothing is open">
              What moves is told here the same hour, with its cause and what it
              costs. Nothing has to be configured.
            </Empty>
          )
          : <Timeline label="Open alerts" alerts={open} from={from}
            cost="Cost so far" />}
      </Panel>
      {over.length > 0 && (
        <Panel title="Over">
          <Timeline label="Alerts that are over" alerts={over} from={from}
            cost="Cost in all" />
        </Panel>
      )}
      <Told />
    </div>
  );
}

/** All of the timelines begin at the same time. */
function beginOf({ alerts, watched_since: since }: Alerts): number {
  const times = alerts.map((one) => Date.parse(one.since));
  const first = Math.min(...times, Date.now() - 7 * 86_400_000);
  const watched = since === null ? first : Date.parse(since);
  return Math.max(Math.min(first, watched), first - 14 * 86_400_000);
}

function urgent(alerts: Alert[]): number {
  return alerts.filter(({ severity }) => severity === 'page').length;
}

function acknowledged(open: Alert[]): string {
  const n = open.filter((one) => one.acknowledged !== null).length;
  return open.length === 0 ? 'nothing to do'
    : n === open.length ? 'all taken' : `${open.length - n} not taken`;
}

function Told() {
  return (
    <Panel title="Who is told"
      note="Slack, Teams, PagerDuty, mail or a webhook">
      <div class="stack">
        <p class="said">
          Alerts are listed here in any case. These lines of{' '}
          <code>toll.yaml</code> send each to people as well, once, with its
          cause; <code>toll alerts test ops</code> tries the channel.
        </p>
        <Command text={TOLD} />
      </div>
    </Panel>
  );
}

const TOLD = `channels:
  ops: {slack: {url_env: TOLL_SLACK}}
watch:
  notify: [ops]
  quiet: {from: "20:00", to: "08:00", days: [saturday, sunday]}`;
