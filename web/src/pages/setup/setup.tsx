// How calls come in: the lines to paste, and whether any have come.

import { Link, useHere } from '../../frame/here';
import { capital } from '../../lib/words';
import { formatInstant } from '../../lib/time';
import { Badge } from '../../ui/callout';
import { Select, Segments } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { useLoad, useWatch, type Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Count } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import { loadArrivals, type Arrivals } from './arrivals';
import { EVENTS, FILES, GATEWAY, HEADERS, OTLP, type Lines } from './lines';

const WAYS = [
  { value: 'gateway', label: 'Gateway' },
  { value: 'otlp', label: 'OpenTelemetry' },
  { value: 'events', label: 'Event API' },
  { value: 'files', label: 'Files' },
] as const;
type Way = (typeof WAYS)[number]['value'];

const OF_WAY: Record<Way, { lines: readonly Lines[]; says: string }> = {
  gateway: { lines: GATEWAY, says: 'One base URL changes: calls go through ' +
    'toll to the provider, with your own key, and budgets can hold them.' },
  otlp: { lines: OTLP, says: 'What traces its calls already needs nothing ' +
    'new: OTLP over HTTP, by GenAI, OpenInference, Langfuse, AI SDK and ' +
    'others’ conventions.' },
  events: { lines: EVENTS, says: 'Your own code tells each call as one line ' +
    'of JSON, or sends the provider’s answer as it came.' },
  files: { lines: FILES, says: 'Logs that exist already, found by their ' +
    'content. The same file again adds nothing.' },
};

export function SetupPage() {
  const arrivals = useLoad('arrivals', loadArrivals);
  useWatch(true, arrivals.reload);
  return (
    <>
      <PageHead title="Set-up" sentence={arrivals.error
        ? 'It is not known whether calls have come.'
        : arrivals.data ? sentenceOf(arrivals.data) : ''} />
      <Arrived arrivals={arrivals} />
      <Ways />
      <Panel title="Say what a call is for"
        note="headers of a call, or members of an event by the same names">
        <Table caption="Headers" rows={[...HEADERS]} columns={[
          { head: 'Header', text: true,
            cell: ({ header }) => <code>{header}</code> },
          { head: 'What it gives', text: true,
            cell: ({ says }) => <span class="wrap">{capital(says)}.</span> },
        ]} />
      </Panel>
    </>
  );
}

function sentenceOf({ total }: Arrivals): string {
  return total === 0 ? 'No call has come yet.' : 'Calls come in.';
}

const SOURCES: Record<string, string> = {
  gateway: 'Gateway',
  otlp: 'OpenTelemetry',
  api: 'Event API',
  import: 'Files',
  demo: 'The demo',
};

/** Where calls came from, as long as the page is open. */
function Arrived({ arrivals }: { arrivals: Loading<Arrivals> }) {
  return (
    <Panel title="What has come" note="this page looks every few seconds">
      <div class="arrivals-room">
        <Quiet of={arrivals} height={48}>
          {({ sources, last, zone }) => (
            <div class="arrivals" role="status">
              {sources.map(({ name, requests }) => (
                <div key={name} class={requests > 0 ? 'arrival on' : 'arrival'}>
                  <span class="dot" aria-hidden="true" />
                  <div>
                    <p class="strong">{SOURCES[name] ?? name}</p>
                    <p class="note">
                      {requests > 0
                        ? <><Count n={requests} /> {requests === 1
                          ? 'call' : 'calls'}</>
                        : 'nothing yet'}
                    </p>
                  </div>
                </div>
              ))}
              <p class="arrival-last">
                {last ? <Newest last={last} zone={zone} />
                  : <Badge tone="info">waiting for the first call</Badge>}
              </p>
            </div>
          )}
        </Quiet>
      </div>
    </Panel>
  );
}

function Newest({ last, zone }:
  { last: NonNullable<Arrivals['last']>; zone: string }) {
  return (
    <>
      <Badge tone="good">newest</Badge>{' '}
      {formatInstant(last.time, zone)}, <GroupName name={last.model} />
      {last.feature && <> for <GroupName name={last.feature} /></>}{' '}
      <Link to="/explore" params={{ view: 'events' }}>See the calls</Link>
    </>
  );
}

/** Asks again and again: what is there is never paled. */
function Quiet<T>({ of, height, children }: Parameters<typeof Loaded<T>>[0]) {
  return of.data === null || of.error
    ? <Loaded of={of} height={height}>{children}</Loaded>
    : <>{children(of.data)}</>;
}

function Ways() {
  const { params, change } = useHere();
  const way = WAYS.find(({ value }) => value === params.get('way'))?.value ??
    'gateway';
  const { lines, says } = OF_WAY[way];
  const chosen = lines.find(({ value }) => value === params.get('with')) ??
    lines[0];
  // Without the slash behind it: SDKs put their own.
  const origin = new URL('.', document.baseURI).href.replace(/\/$/, '');
  return (
    <Panel title="Bring calls in">
      <div class="stack">
        <div class="controls">
          <Segments label="Way in" options={WAYS} value={way}
            onChange={(wanted) => change({
              way: wanted === 'gateway' ? null : wanted, with: null,
            })} />
          {lines.length > 1 && chosen && (
            <Select label="With" value={chosen.value}
              options={lines.map(({ value, label }) => ({ value, label }))}
              onChange={(wanted) => change({
                with: wanted === lines[0]?.value ? null : wanted,
              })} />
          )}
        </div>
        <p class="said">{says}</p>
        {chosen && (
          <>
            <Command text={chosen.text(origin)} />
            <p class="note">{capital(chosen.where)}.</p>
          </>
        )}
      </div>
    </Panel>
  );
}
