// How calls come in: the lines to paste, whether any have come, and what is
// wrong with the configuration.

import { Link, useHere } from '../../frame/here';
import { plural } from '../../lib/format';
import { formatInstant } from '../../lib/time';
import { capital } from '../../lib/words';
import { Badge, Callout } from '../../ui/callout';
import { Select } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { useApi, useWatch, type Loading } from '../../ui/load';

import { GroupName } from '../../ui/name';
import { Count } from '../../ui/numbers';
import { Panel, Skeleton } from '../../ui/panel';
import { Failure } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import type { Setup, Upstream } from './answer';
import { FILES, HEADERS } from './lines';

export function SetupPage() {
  const setup = useApi<Setup>('api/setup');
  useWatch(true, setup.reload);
  return (
    <>
      <PageHead title="Set-up"
        sentence="Lines to paste, and what has come by them." />
      <Known of={setup} />
      <Panel title="Say what a call is for"
        note="headers of a call, or members of an event by the same names">
        <Table caption="Headers" rows={[...HEADERS]} columns={[
          { head: 'Header', text: true,
            cell: ({ header }) => (
            <span class="headers">
              {header.split(', ').map((one) => <code key={one}>{one}</code>)}
            </span>
          ) },
          { head: 'What it gives', text: true,
            cell: ({ says }) => <span class="wrap">{capital(says)}.</span> },
        ]} />
      </Panel>
    </>
  );
}

/** It asks again and again: what is there is never paled. */
function Known({ of: { data, error, reload } }: { of: Loading<Setup> }) {
  if (error) {
    return <Failure error={error} retry={reload} />;
  }
  if (!data) {
    return <Skeleton height={900} />;
  }
  return (
    <div class="content">
      <Problems setup={data} />
      <Arrived setup={data} />
      <Lines setup={data} />
      <Panel title="Providers that the gateway reaches"
        note="clients take the base for scheme and host">
        <Table caption="Providers" rows={data.upstreams}
          columns={upstreamColumns(data)} />
      </Panel>
    </div>
  );
}

function Problems({ setup: { trouble, config } }: { setup: Setup }) {
  return (
    <>
      {trouble && (
        <Callout tone="bad" title="Events are refused now">
          <p>{trouble}</p>
        </Callout>
      )}
      {config.problems.length > 0 && (
        <Callout tone="warn" title={`${plural(config.problems.length,
          'thing')} to mend in ${config.file ?? 'the configuration'}`}>
          <ul>
            {config.problems.map((problem) => <li key={problem}>{problem}</li>)}
          </ul>
        </Callout>
      )}
    </>
  );
}

/** The ways in, in the order in which they are shown. */
const WAYS = ['gateway', 'otlp', 'api', 'import'];
const WAY_NAMES: Record<string, string> = {
  gateway: 'Gateway',
  otlp: 'OpenTelemetry',
  api: 'Event API',
  import: 'Files',
  demo: 'The demo',
};

/** Where calls came from, as long as the page is open. */
function Arrived({ setup: { seen, config } }: { setup: Setup }) {
  const bySource = new Map(seen.sources.map((row) => [row.source, row]));
  const names = [...WAYS,
    ...[...bySource.keys()].filter((name) => !WAYS.includes(name))];
  return (
    <Panel title="What has come" note="this page looks every few seconds">
      <div class="arrivals" role="status">
        {names.map((name) => {
          const row = bySource.get(name);
          return (
            <div key={name} class={row ? 'arrival on' : 'arrival'}>
              <span class="dot" aria-hidden="true" />
              <div>
                <p class="strong">{WAY_NAMES[name] ?? name}</p>
                <p class="note">
                  {row
                    ? <><Count n={row.events} />{' '}
                      {row.events === 1 ? 'call' : 'calls'}</>
                    : 'nothing yet'}
                </p>
                {row?.last && (
                  <p class="note">
                    last {formatInstant(row.last, config.timezone)}
                  </p>
                )}
              </div>
            </div>
          );
        })}
      </div>
      <p class="arrival-last">
        {seen.events === 0
          ? <Badge tone="info">waiting for the first call</Badge>
          : (
            <Link to="/explore"
              params={{ view: 'events', environment: '*' }}>
              See the newest calls
            </Link>
          )}
      </p>
    </Panel>
  );
}

/** toll knows where it listens, and not by which address it is reached: that
 *  is the one of this page. */
function hereInstead(text: string, setup: Setup): string {
  // Without the slash behind it: lines have their own.
  const here = new URL('.', document.baseURI).href.replace(/\/$/, '');
  return text.replaceAll(setup.url, here);
}

function Lines({ setup }: { setup: Setup }) {
  const { params, change } = useHere();
  const all = [...setup.clients, ...FILES];
  const usual = all.find(({ name }) => name === 'openai') ?? all[0];
  const chosen = all.find(({ name }) => name === params.get('with')) ?? usual;
  if (!chosen) {
    return null;
  }
  return (
    <Panel title="Bring calls in">
      <div class="stack">
        <div class="controls">
          <Select label="What makes the calls" value={chosen.name}
            options={all.map(({ name, title }) =>
              ({ value: name, label: capital(title) }))}
            onChange={(wanted) => change({
              with: wanted === usual?.name ? null : wanted,
            })} />
        </div>
        <Command text={hereInstead(chosen.lines, setup).trimEnd()} />
      </div>
    </Panel>
  );
}

const KEYS: Record<Upstream['key'], { tone?: 'good' | 'bad'; said: string }> = {
  caller: { said: 'the caller’s' },
  toll: { tone: 'good', said: 'toll’s' },
  missing: { tone: 'bad', said: 'missing' },
};

function upstreamColumns(setup: Setup): Column<Upstream>[] {
  return [
    { head: 'Provider', text: true,
      cell: ({ name }) => <GroupName name={name} /> },
    { head: 'Base for clients', text: true,
      cell: ({ base }) => <code>{hereInstead(base, setup)}</code> },
    { head: 'Goes to', text: true, cell: ({ url }) => <code>{url}</code> },
    { head: 'Key', text: true, cell: ({ key }) =>
      <Badge tone={KEYS[key].tone}>{KEYS[key].said}</Badge> },
  ];
}
