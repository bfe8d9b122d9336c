// The single calls behind what is shown, newest first.

import { useState } from 'preact/hooks';

import { apiPath, asApiError, getJson, type ApiError } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { useHere } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { formatCount } from '../../lib/format';
import { environmentFilter } from '../../lib/shared';
import { formatMoment } from '../../lib/time';
import { Button } from '../../ui/controls';
import { Download } from '../../ui/icons';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty, Failure } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { CallDialog, type Call } from './call';

const PAGE = 50;
/** The most that the server gives at once. */
const FILE = 50_000;

interface Calls {
  events: Call[];
  next: string | null;
}

export function EventsPanel({ open }: { open: boolean }) {
  const { change, params, shared } = useHere();
  const query = {
    ...rangeQuery(shared.range),
    where: [...environmentFilter(shared.environment),
      ...params.getAll('where')],
  };
  const file = apiPath('events', { ...query, format: 'csv', limit: FILE });
  return (
    <Panel title="Single calls" note="newest first" actions={
      <a class="button quiet" href={file} download="toll-calls.csv"
        title={`The newest ${formatCount(FILE)}; toll export writes all`}>
        <Download /> CSV
      </a>
    }>
      {open
        ? <List key={apiPath('', query)}
          path={apiPath('events', { ...query, limit: PAGE })} />
        : (
          <p>
            <Button onClick={() => change({ view: 'events' }, true)}>
              Show the calls behind these numbers
            </Button>
          </p>
        )}
    </Panel>
  );
}

function List({ path }: { path: string }) {
  const first = useApi<Calls>(path);
  return (
    <Loaded of={first} height={400}>
      {(calls) => <Pages path={path} first={calls} />}
    </Loaded>
  );
}

/** The first page, and those that the reader asked for. */
function Pages({ path, first }: { path: string; first: Calls }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const [shown, setShown] = useState<Call | null>(null);
  const [more, setMore] = useState<Calls[]>([]);
  const [error, setError] = useState<ApiError | null>(null);
  const pages = [first, ...more];
  const next = pages.at(-1)?.next ?? null;
  const load = async () => {
    try {
      const page = await getJson<Calls>(
        `${path}&after=${encodeURIComponent(next ?? '')}`,
        new AbortController().signal);
      setMore((known) => [...known, page]);
      setError(null);
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  const calls = pages.flatMap(({ events }) => events);
  if (calls.length === 0) {
    return <Empty title="No calls">No call passes these filters.</Empty>;
  }
  return (
    <div class="stack">
      <Table tall caption="Single calls" rows={calls}
        columns={columnsOf(zone, setShown)} />
      <CallDialog call={shown} close={() => setShown(null)} />
      {error && <Failure error={error} retry={load} />}
      {next !== null && !error && (
        <p><Button onClick={load}>Show more</Button></p>
      )}
    </div>
  );
}

function columnsOf(zone: string, open: (call: Call) => void):
  Column<Call>[] {
  const text = (head: string, pick: (call: Call) => string | undefined):
    Column<Call> => ({
    head, text: true, key: (call) => pick(call) ?? '',
    cell: (call) => <GroupName name={pick(call) ?? ''} />,
  });
  return [
    { head: 'Time', text: true, key: ({ ts }) => ts,
      cell: (call) => (
        <button type="button" class="name-button" title="All that is known"
          onClick={() => open(call)}>
          {formatMoment(call.ts, zone)}
        </button>
      ) },
    text('Feature', ({ feature }) => feature),
    text('Model', ({ model }) => model),
    { head: 'Cost', key: ({ cost }) => Number(cost ?? 0),
      cell: ({ cost }) => <Money amount={cost} places={6} /> },
    { head: 'Tokens in', key: (call) => call.input_tokens ?? 0,
      cell: (call) => <Count n={call.input_tokens ?? 0} /> },
    { head: 'Tokens out', key: (call) => call.output_tokens ?? 0,
      cell: (call) => <Count n={call.output_tokens ?? 0} /> },
    { head: 'Latency', key: (call) => call.latency_ms ?? 0,
      cell: ({ latency_ms: ms }) => (ms === undefined ? '–'
        : <><Count n={ms} /> ms</>) },
    text('Status', ({ status }) => status ?? 'ok'),
    text('Customer', ({ customer }) => customer),
    text('User', ({ user }) => user),
    text('Run', ({ run }) => run),
    text('Step', ({ step }) => step),
  ];
}
