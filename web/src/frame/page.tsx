// The page that the address names, once its code has come.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { onPending } from '../lib/pending';
import { PageHead } from '../ui/head';
import { lazy } from '../ui/lazy';
import { Skeleton } from '../ui/panel';
import { Link, useHere } from './here';
import { pageAt, PAGES, START, type PageProps, type PageRow } from './pages';

const parts = new Map<PageRow, ComponentType<PageProps>>(PAGES.map((page) =>
  [page, lazy(page.load, () => <Waiting title={page.title} />)]));

export function Page() {
  const { path } = useHere();
  const busy = useBusy();
  const found = pageAt(path);
  const Part = found && parts.get(found.page);
  return (
    <div class="page" aria-busy={busy}>
      <div class={busy ? 'progress on' : 'progress'} aria-hidden="true" />
      <p class="visually-hidden" role="status">
        {busy ? 'Loading' : ''}
      </p>
      {/* Another thing of the same kind is another page: nothing of the one
          before stays on it. */}
      {found && Part ? <Part key={path} at={found.at} /> : <Missing />}
    </div>
  );
}

function useBusy(): boolean {
  const [busy, setBusy] = useState(true);
  useEffect(() => onPending(setBusy), []);
  return busy;
}

function Waiting({ title }: { title: string }) {
  return (
    <div class="page-waiting">
      <p class="page-waiting-title">{title}</p>
      <Skeleton height={96} />
      <Skeleton height={380} />
    </div>
  );
}

function Missing() {
  return (
    <>
      <PageHead title="There is no such page"
        sentence={'The address may be cut short, or of another version of ' +
          'toll.'} />
      <p><Link to={START}>Open the start page</Link></p>
    </>
  );
}
