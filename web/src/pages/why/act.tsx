// What can be done about a change, from here.

import type { Explain } from '../../api/report';
import { Link, useHere } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { oneName } from '../../lib/filter';
import { environmentFilter } from '../../lib/shared';
import { Command, CopyButton } from '../../ui/copy';
import { Panel } from '../../ui/panel';
import { SavingsOf } from '../parts/savings_of';

export function ActPanel({ data, where, ready }:
  { data: Explain; where: string[]; ready: boolean }) {
  const { shared, params } = useHere();
  const feature = oneName(where, 'feature');
  return (
    <Panel title="What can be done">
      <div class="stack">
        <SavingsOf features={feature === null ? null : [feature]}
          ready={ready} />
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
