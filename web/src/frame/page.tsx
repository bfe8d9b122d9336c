// The page that the address names, once its code has come.

import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';

import { onPending } from '../lib/pending';
import { PageHead } from '../ui/head';
import { lazy } from '../ui/lazy';
import { Skeleton } from '../ui/panel';
import { Failure } from '../ui/states';
import { Link, useHere } from './here';
import { useLedger } from './ledger';
import { Nothing } from './nothing';
import { pageAt, PAGES, START, type PageProps, type PageRow } from './pages';

const parts = new Map<PageRow, ComponentType<PageProps>>(PAGES.map((page) =>
  [page, lazy(page.load, () => <Waiting title={page.title} />)]));

export function Page() {
  const { path } = useHere();
  const { data: ledger } = useLedger();
  const busy = useBusy();
  const found = pageAt(path);
  const Part = found && parts.get(found.page);
  const elsewhere = found?.page.free ? null : ledger?.elsewhere ?? null;
  return (
    <div class="page" aria-busy={busy}>
      <div class={busy ? 'progress on' : 'progress'} aria-hidden="true" />
      <p class="visually-hidden" role="status">
        {busy ? 'Loading' : ''}
      </p>
      {ledger && elsewhere && <Nothing ledger={ledger} elsewhere={elsewhere} />}
      {!found && <Missing />}
      {/* Another thing of the same kind is another page: nothing of the one
          before stays on it. */}
      {found && Part && !elsewhere && (
        <Guard key={path} title={found.page.title}>
          <Part at={found.at} />
        </Guard>
      )}
    </div>
  );
}

/** A fault of a page's own is told on it; the frame and its links stay. */
function Guard({ title, children }:
  { title: string; children: ComponentChildren }) {
  const [error, retry] = useErrorBoundary(
    (cause: unknown) => console.error(cause));
  if (error) {
    return (
      <>
        <PageHead title={title} sentence="" />
        <Failure retry={retry} error={{
          message: 'This page could not be drawn.',
          hint: `It is a fault of the dashboard's: ${error}`,
        }} />
      </>
    );
  }
  return <>{children}</>;
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
