// Saving the present address under a name, and sharing it.

import { useState } from 'preact/hooks';

import { asApiError, sendJson, type ApiError } from '../../api/fetch';
import { insightsOf, type View } from '../../api/share';
import { parseHash } from '../../lib/route';
import { whenSettled } from '../../lib/pending';
import { rememberMe, whoAmI } from '../../lib/who';
import { Callout } from '../../ui/callout';
import { Segments, type Option } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';
import { TextArea, TextInput } from '../../ui/inputs';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { sharedAddress } from './address';

const WHAT = [
  { value: 'save', label: 'Save' },
  { value: 'share', label: 'Share by a link' },
] as const satisfies readonly Option<string>[];
type What = (typeof WHAT)[number]['value'];

const LENGTHS = [
  { value: '1d', label: '1 day' },
  { value: '7d', label: '1 week' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
] as const satisfies readonly Option<string>[];
type Length = (typeof LENGTHS)[number]['value'];

interface Props {
  close: () => void;
  /** Makes the page ask again. */
  reload: () => void;
}

export function KeepDialog({ close, reload }: Props) {
  const [what, setWhat] = useState<What>('save');
  const address = location.hash.slice(1) || '/';
  const views = useApi<{ views: View[] }>('api/views');
  return (
    <Dialog title="This view" open onClose={close}>
      <div class="row">
        <Segments label="What to do with it" options={WHAT} value={what}
          onChange={setWhat} />
      </div>
      <Loaded of={views} height={240}>
        {({ views: all }) => {
          const saved = all.find((view) => view.address === address) ?? null;
          return what === 'save'
            ? <Save address={address} saved={saved} close={close} />
            : <Share address={address} saved={saved} close={close}
              reload={reload} />;
        }}
      </Loaded>
    </Dialog>
  );
}

interface PartProps {
  address: string;
  /** The view that has this address already. */
  saved: View | null;
  close: () => void;
}

/** The page's own title, without the program's. */
function titleNow(): string {
  return document.title.replace(/ · toll$/, '');
}

function Save({ address, saved, close }: PartProps) {
  const [name, setName] = useState(saved?.name ?? titleNow());
  const [note, setNote] = useState(saved?.note ?? '');
  const [by, setBy] = useState(saved?.by ?? whoAmI());
  const [error, setError] = useState<ApiError | null>(null);
  const [done, setDone] = useState(false);
  const save = async () => {
    try {
      rememberMe(by);
      await (saved
        ? sendJson('POST', `api/views/${saved.id}`, { name, note })
        : sendJson('POST', 'api/views', { name, address, note, by }));
      setDone(true);
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  if (done) {
    return (
      <div role="status">
        <Callout tone="good" title={`Saved as ${name}`}
          actions={<a class="button" href="#/views" onClick={close}>
            All saved views
          </a>}>
          <p>Everybody who opens this dashboard finds it there.</p>
        </Callout>
      </div>
    );
  }
  return (
    <Form action={saved ? 'Save the changes' : 'Save'} error={error}
      disabled={name.trim() === ''} onSubmit={save} onCancel={close}>
      {saved && (
        <p class="said">It is saved already; its name and note can change.</p>
      )}
      <TextInput label="Name" value={name} onInput={setName} />
      <TextArea label="Note" value={note} onInput={setNote} maxLength={1000}
        placeholder="What to look at, what was decided" />
      {!saved && <TextInput label="Who saves it" value={by} onInput={setBy} />}
    </Form>
  );
}

interface Made {
  token: string;
  expires: string;
}

function Share({ address, saved, close, reload }:
  PartProps & { reload: () => void }) {
  const [name, setName] = useState(saved?.name ?? titleNow());
  const [note, setNote] = useState(saved?.note ?? '');
  const [expires, setExpires] = useState<Length>('7d');
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const share = async () => {
    setBusy(true);
    try {
      const opens = await insightsOf(() => whenSettled(reload));
      const shared = sharedAddress(address);
      // A view's own address, so that the share ends with it.
      const of = saved && shared === address
        ? { view: saved.id } : { address: shared };
      const { token } = await sendJson<Made>('POST', 'api/shares',
        { ...of, name, note, expires, opens, by: whoAmI() });
      setLink(linkOf(token, shared));
    } catch (cause) {
      setError(asApiError(cause));
    } finally {
      setBusy(false);
    }
  };
  if (link !== null) {
    return (
      <div class="stack" role="status">
        <Callout tone="good" title="The link is made">
          <p>
            It is told this once. Under <a href="#/views" onClick={close}>Saved
            views</a> it can be withdrawn.
          </p>
        </Callout>
        <Command text={link} />
      </div>
    );
  }
  return (
    <Form action="Make a link" error={error} busy={busy} onSubmit={share}
      onCancel={close}>
      <p class="said">
        Who has the link reads this view with its filters and range, and
        nothing else, until it expires.{' '}
        {parseHash(`#${address}`).params.get('environment') === '*' &&
          'It has all environments.'}
      </p>
      <TextInput label="Name" value={name} onInput={setName} />
      <TextArea label="Note" value={note} onInput={setNote} maxLength={1000}
        placeholder="What to look at" />
      <Segments label="Expires in" options={LENGTHS} value={expires}
        onChange={setExpires} />
    </Form>
  );
}

/** The address of this page as whoever gets it reaches it. */
function linkOf(token: string, address: string): string {
  const url = new URL('.', document.baseURI);
  url.searchParams.set('share', token);
  url.hash = address;
  return url.href;
}
