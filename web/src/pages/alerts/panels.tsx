// What stands behind an alert.

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';

import type { Alert, AlertPart } from '../../api/alerts';
import { apiPath } from '../../api/fetch';
import { anyOf } from '../../api/query';
import type { Explain } from '../../api/report';
import { loadSpend } from '../../api/spend';
import { Link, useHere } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { pageAt } from '../../frame/pages';
import { parseUsd } from '../../lib/money';
import { addDays, dayInZone, formatInstant, formatPeriod }
  from '../../lib/time';
import type { View } from '../../lib/view';
import { capital, unturned } from '../../lib/words';
import { useApi, useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { ScopeLink } from '../../ui/scope';
import { Failure } from '../../ui/states';
import { Table } from '../../ui/table';
import { Waterfall } from '../../ui/waterfall';
import { alertQuestion, useMarks, whyHref } from '../parts/marks';
import { SpendPanel } from '../parts/spend_panels';
import { causeName } from '../why/causes';
import { measure, scopeName } from './words';

/** A run that takes so many times the usual calls is not let go on. */
const TIMES_USUAL = 2;

/** Days shown before it began and after it was over. */
const AROUND = 7;

function whereOf(alert: Alert): string[] {
  const { where } = alertQuestion(alert);
  return Array.isArray(where) ? where : [];
}

export function CausesPanel({ alert }: { alert: Alert }) {
  const here = useHere();
  const explain = useApi<Explain>(apiPath('explain',
    { at: alert.since, where: whereOf(alert) }));
  return (
    <Panel title="What moved the spend"
      note="a week on each side of when it began"
      actions={<a href={whyHref(alert, here)}>All of it</a>}>
      <Loaded of={explain} height={330}>
        {(data) => (
          <Waterfall label="From the week before to the week after"
            before={{ name: period(data, true), amount: parseUsd(data.before) }}
            after={{ name: period(data, false), amount: parseUsd(data.after) }}
            steps={data.factors.filter(({ usd }) => parseUsd(usd) !== 0n)
              .map(({ name, usd }) => ({
                key: name, name: causeName(name), amount: parseUsd(usd),
              }))} />
        )}
      </Loaded>
    </Panel>
  );
}

function period(data: Explain, before: boolean): string {
  return before
    ? formatPeriod(data.before_from, data.before_to, data.timezone)
    : formatPeriod(data.from, data.to, data.timezone);
}

export function DoPanel({ alert }: { alert: Alert }) {
  const { run, scope } = alert;
  const facts: [string, ComponentChildren][] = [];
  const add = (name: string, value: ComponentChildren | null) => {
    if (value !== null) {
      facts.push([name, value]);
    }
  };
  for (const dimension of ['feature', 'customer', 'model'] as const) {
    add(capital(dimension), scope[dimension] === null ? null
      : <ScopeLink dimension={dimension} name={scope[dimension]} />);
  }
  add('Provider', scope.provider && <GroupName name={scope.provider} />);
  add('Workflow', scope.workflow && <GroupName name={scope.workflow} />);
  add('Run', run && <code class="name">{run}</code>);
  add('Release', alert.release && <GroupName name={alert.release} />);
  add('Because', alert.why && <Said text={alert.why} />);
  add('Unmoved', alert.unmoved && capital(alert.unmoved));
  return (
    <Panel title="What to do">
      <div class="stack">
        {alert.next && <p>{unturned(alert.next)}</p>}
        <p class="row">
          <Link class="button" to="/explore" params={{ view: 'events',
            where: run ? [anyOf('run', [run])] : whereOf(alert) }}>
            See the calls
          </Link>
          {pageAt('/budgets') && (
            <Link class="button" to="/budgets"
              params={{ feature: scope.feature, run_calls: run
                ? String(Math.ceil(alert.before) * TIMES_USUAL) : null }}>
              Set a guardrail
            </Link>
          )}
          {pageAt('/whatif') && alert.cause === 'model_mix' && (
            <Link class="button" to="/whatif"
              params={{ feature: scope.feature }}>
              Try another model
            </Link>
          )}
        </p>
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
          ))}
        </dl>
      </div>
    </Panel>
  );
}

export function AroundPanel({ alert }: { alert: Alert }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { environment } = useHere().shared;
  const view = useMemo((): View => {
    const now = new Date().toISOString();
    const today = dayInZone(now, zone);
    const last = addDays(dayInZone(alert.closed ?? now, zone), AROUND + 1);
    const range = {
      from: addDays(dayInZone(alert.since, zone), -AROUND),
      to: last > today ? addDays(today, 1) : last,
    };
    return { range, environment, by: 'feature', interval: 'auto',
      where: whereOf(alert) };
  }, [alert, environment, zone]);
  const spend = useLoad(apiPath('around', { ...rangeOf(view), environment,
    where: view.where }), (signal) => loadSpend(view, signal));
  const { marks } = useMarks(alert.scope.feature ?? undefined, view.range);
  return spend.error
    ? <Failure error={spend.error} retry={spend.reload} />
    : <SpendPanel view={view} data={spend.data} marks={marks} height={260} />;
}

function rangeOf({ range }: View) {
  return typeof range === 'string' ? { range } : range;
}

export function PartsPanel({ alert }: { alert: Alert }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  return (
    <Panel title="Its parts" note="they moved in the same hours">
      <Table<AlertPart> caption="Its parts" rows={alert.parts} columns={[
        { head: 'Where', text: true, cell: ({ scope }) =>
          <GroupName name={scopeName(scope)} /> },
        { head: 'Before', cell: ({ before }) => measure(before) },
        { head: 'After', cell: ({ after }) => measure(after) },
        { head: 'A day', key: (part) => parseUsd(part.usd_per_day),
          cell: (part) => <Money amount={part.usd_per_day} change /> },
        { head: 'Since', text: true,
          cell: ({ since }) => formatInstant(since, zone) },
        { head: 'Over', text: true, cell: ({ closed }) =>
          (closed ? formatInstant(closed, zone) : 'still so') },
      ]} />
    </Panel>
  );
}

/** What happened to the alert, in order. */
export function HistoryPanel({ alert }: { alert: Alert }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { acknowledged: ack } = alert;
  const steps: [string, ComponentChildren][] = [
    [alert.since, 'The first hour that showed it'],
    [alert.opened, alert.told ? 'Found, and told' : 'Found'],
  ];
  if (ack) {
    steps.push([ack.at, `Taken by ${ack.by || 'somebody'}` +
      (ack.note ? `: ${ack.note}` : '')]);
  }
  if (alert.snoozed_until) {
    steps.push([alert.snoozed_until, 'Snoozed until then']);
  }
  if (alert.closed) {
    steps.push([alert.closed, 'Over']);
  }
  steps.sort(([a], [b]) => Date.parse(a) - Date.parse(b));
  return (
    <Panel title="What happened">
      <ol class="steps">
        {steps.map(([time, said]) => (
          <li key={time}>
            <time datetime={time}>{formatInstant(time, zone)}</time>
            <span>{said}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
