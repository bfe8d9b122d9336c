// What people keep of the dashboard: saved views, and links by which others
// read one.

import { useState } from 'preact/hooks';

import { asApiError, getJson, sendJson, type ApiError } from '../../api/fetch';
import type { Share, View } from '../../api/share';
import { useLedger } from '../../frame/ledger';
import { pageAt } from '../../frame/pages';
import { filterSaid } from '../../lib/filter';
import { parseHash } from '../../lib/route';
import { formatInstant } from '../../lib/time';
import { RANGE_NAMES } from '../../lib/words';
import { Badge } from '../../ui/callout';
import { Button } from '../../ui/controls';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';
import { PageHead } from '../../ui/head';
import { TextArea, TextInput } from '../../ui/inputs';
import { useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';

type Asked =
  | { kind: 'rename'; view: View }
  | { kind: 'remove'; view: View }
  | { kind: 'revoke'; share: Share };

interface Kept {
  views: View[];
  shares: Share[];
}

export function ViewsPage() {
  const kept = useLoad('views', loadKept);
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <>
      <PageHead title="Saved views" sentence={'Views that everybody here can ' +
        'open, and links that open one of them.'} />
      <Loaded of={kept} height={480}>
        {({ views, shares }) => (
          <div class="content">
            <Panel title="Views"><Views views={views} ask={setAsked} /></Panel>
            <Panel title="Links that were shared"
              note="each opens one view, to read, until it expires">
              <Shares shares={shares} ask={setAsked} />
            </Panel>
          </div>
        )}
      </Loaded>
      {asked && <Ask asked={asked} onClose={() => setAsked(null)}
        onDone={kept.reload} />}
    </>
  );
}

async function loadKept(signal: AbortSignal): Promise<Kept> {
  const [{ views }, { shares }] = await Promise.all([
    getJson<Pick<Kept, 'views'>>('api/views', signal),
    getJson<Pick<Kept, 'shares'>>('api/shares', signal),
  ]);
  return { views, shares };
}

function Views({ views, ask }:
  { views: View[]; ask: (asked: Asked) => void }) {
  return views.length === 0
    ? (
      <Empty title="Nothing is saved yet">
        The bookmark above saves what a page shows, with its range and filters,
        under a name and with a note: for a review, or to come back to.
      </Empty>
    )
    : (
      <ul class="list">
        {views.map((view) => <ViewLine key={view.id} view={view} ask={ask} />)}
      </ul>
    );
}

function ViewLine({ view, ask }:
  { view: View; ask: (asked: Asked) => void }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  return (
    <li class="view-line">
      <div>
        <p>
          <a class="strong" href={`#${view.address}`}>
            <GroupName name={view.name} />
          </a>
        </p>
        {view.note && <p class="said">{view.note}</p>}
        <p class="note">
          {addressSaid(view.address)}; saved{' '}
          {view.by && `by ${view.by} `}on {formatInstant(view.changed, zone)}
        </p>
      </div>
      <p class="row">
        <Button kind="quiet" label={`Rename ${view.name}`}
          onClick={() => ask({ kind: 'rename', view })}>
          Rename
        </Button>
        <Button kind="quiet" label={`Delete ${view.name}`}
          onClick={() => ask({ kind: 'remove', view })}>
          Delete
        </Button>
      </p>
    </li>
  );
}

/** "Explore, 7 days, Feature: search" */
function addressSaid(address: string): string {
  const { path, params } = parseHash(`#${address}`);
  const range = params.get('range');
  const [from, to] = [params.get('from'), params.get('to')];
  return [
    pageAt(path)?.page.title ?? path,
    range && range in RANGE_NAMES
      ? RANGE_NAMES[range as keyof typeof RANGE_NAMES]
      : from && to ? `${from} to ${to}` : RANGE_NAMES['30d'],
    params.get('environment') === '*' ? 'all environments'
      : params.get('environment'),
    ...params.getAll('where').map(filterSaid),
  ].filter(Boolean).join(', ');
}

function Shares({ shares, ask }:
  { shares: Share[]; ask: (asked: Asked) => void }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const columns: Column<Share>[] = [
    { head: 'Name', text: true, key: ({ name }) => name,
      cell: (share) => (
        <a class="scope-link" href={`#${share.address}`}>
          <GroupName name={share.name || addressSaid(share.address)} />
        </a>
      ) },
    { head: 'By', text: true, cell: ({ by }) => by || '–' },
    { head: 'Made', text: true, key: ({ made }) => made,
      cell: ({ made }) => formatInstant(made, zone) },
    { head: 'Expires', text: true, key: ({ expires }) => expires,
      cell: ({ expires }) => formatInstant(expires, zone) },
    { head: 'State', text: true, cell: (share) => (isOver(share)
      ? <Badge>expired</Badge> : <Badge tone="good">open</Badge>) },
    { head: 'End it', text: true, cell: (share) => (isOver(share) ? null : (
      <Button kind="quiet" label={`Withdraw ${share.name}`}
        onClick={() => ask({ kind: 'revoke', share })}>
        Withdraw
      </Button>
    )) },
  ];
  return shares.length === 0
    ? (
      <Empty title="Nothing is shared">
        The bookmark above also makes a link for somebody without access.
      </Empty>
    )
    : <Table caption="Links that were shared" rows={shares}
      columns={columns} />;
}

function isOver({ expires }: Share): boolean {
  return Date.parse(expires) <= Date.now();
}

const TITLES = {
  rename: 'Rename the view',
  remove: 'Delete the view',
  revoke: 'Withdraw the link',
};

function Ask({ asked, onClose, onDone }:
  { asked: Asked; onClose: () => void; onDone: () => void }) {
  const [error, setError] = useState<ApiError | null>(null);
  const [name, setName] = useState(asked.kind === 'rename'
    ? asked.view.name : '');
  const [note, setNote] = useState(asked.kind === 'rename'
    ? asked.view.note : '');
  const act = async () => {
    try {
      switch (asked.kind) {
        case 'rename':
          await sendJson('POST', `api/views/${asked.view.id}`, { name, note });
          break;
        case 'remove':
          await sendJson('DELETE', `api/views/${asked.view.id}`);
          break;
        case 'revoke':
          await sendJson('DELETE', `api/shares/${asked.share.id}`);
          break;
      }
      onClose();
      onDone();
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  return (
    <Dialog title={TITLES[asked.kind]} open onClose={onClose}>
      <Form action={asked.kind === 'rename' ? 'Save' : asked.kind === 'remove'
        ? 'Delete it' : 'Withdraw it'} error={error} onSubmit={act}
        onCancel={onClose}
        disabled={asked.kind === 'rename' && name.trim() === ''}>
        {asked.kind === 'rename' && (
          <>
            <TextInput label="Name" value={name} onInput={setName} />
            <TextArea label="Note" value={note} onInput={setNote}
              maxLength={1000} />
          </>
        )}
        {asked.kind === 'remove' && (
          <p>
            <GroupName name={asked.view.name} /> is gone for everybody, and its
            links open nothing any more.
          </p>
        )}
        {asked.kind === 'revoke' && (
          <p>Who has the link sees nothing any more, at once.</p>
        )}
      </Form>
    </Dialog>
  );
}
