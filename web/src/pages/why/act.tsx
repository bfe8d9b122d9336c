// What can be done about a change, from here.

import { apiPath } from '../../api/fetch';
import type { Explain, Savings } from '../../api/report';
import { Link, useHere } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { oneName } from '../../lib/filter';
import { environmentFilter } from '../../lib/shared';
import { capital } from '../../lib/words';
import { Command, CopyButton } from '../../ui/copy';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';

const SHOWN = 3;

export function ActPanel({ data, where }: { data: Explain; where: string[] }) {
  const { shared, params } = useHere();
  const feature = oneName(where, 'feature');
  return (
    <Panel title="What can be done">
      <div class="stack">
        <SavingsOf feature={feature} />
        <Pages feature={feature} />
        <h3>The same in a terminal</h3>
        <Command text={commandOf(data, [
          ...environmentFilter(shared.environment), ...where],
        params.get('at'))} />
        <p>
          <CopyButton text={location.href} label="Copy a link to this page" />
        </p>
      </div>
    </Panel>
  );
}

function SavingsOf({ feature }: { feature: string | null }) {
  const savings = useApi<Savings>(apiPath('savings'));
  return (
    <Loaded of={savings} height={96}>
      {({ savings: all, reasons }) => {
        const lines = all.flatMap((saving, i) => {
          const reason = reasons[i];
          return reason && saving.kind !== 'cheaper_model' &&
            (feature === null || reason.feature === feature)
            ? [{ saving, reason }]
            : [];
        }).slice(0, SHOWN);
        return lines.length === 0
          ? <p class="note">No saving was found here in the last 28 days.</p>
          : (
            <ul class="list">
              {lines.map(({ saving, reason }) => (
                <li key={reason.rank}>
                  <p class="strong">{capital(reason.what)}</p>
                  <p class="note">
                    {reason.feature}, <Money amount={saving.point}
                      places={0} /> a month. Check first: {reason.check_first}.
                  </p>
                </li>
              ))}
            </ul>
          );
      }}
    </Loaded>
  );
}

/** Pages that act upon a feature, where there are such. */
function Pages({ feature }: { feature: string | null }) {
  const links = [
    { to: '/budgets', name: 'Set a budget or guardrail' },
    { to: '/whatif', name: 'Try another model' },
    { to: '/savings', name: 'All savings' },
  ].filter(({ to }) => pageAt(to));
  if (links.length === 0) {
    return null;
  }
  return (
    <p class="row">
      {links.map(({ to, name }) => (
        <Link key={to} class="button" to={to}
          params={{ feature: feature ?? null }}>
          {name}
        </Link>
      ))}
    </p>
  );
}

/** The command that gives the same numbers. */
function commandOf(data: Explain, where: string[], at: string | null): string {
  const quoted = (text: string) => (/^[\w.:+-]+$/.test(text)
    ? text
    : `'${text.replace(/'/g, `'\\''`)}'`);
  const times = at
    ? ['--at', at]
    : ['--from', data.from, '--to', data.to,
      '--vs', `${data.before_from}..${data.before_to}`];
  return ['toll explain', ...times.map(quoted),
    ...(data.by === 'feature' ? [] : ['--by', data.by]),
    ...where.flatMap((filter) => ['--where', quoted(filter)])].join(' ');
}
