// One feature, model, customer or owner: what it costs, why it moved, what it
// is made of, and what happened to it.

import { useCallback, useMemo } from 'preact/hooks';

import type { Alert } from '../../api/alerts';
import { apiPath } from '../../api/fetch';
import { anyOf, rangeQuery } from '../../api/query';
import { reportPath, type Explain } from '../../api/report';
import { loadFigures, type ScopeFigures } from '../../api/scope';
import { loadSpend } from '../../api/spend';
import { Link, useHere } from '../../frame/here';
import { pageAt, type PageProps } from '../../frame/pages';
import { formatRatio } from '../../lib/format';
import { placesFor } from '../../lib/money';
import { groupLabel } from '../../lib/words';
import { PageHead } from '../../ui/head';
import { hasCome, useApi, useLoad, type Loading } from '../../ui/load';
import { Count, Money, PlacesContext } from '../../ui/numbers';
import { Empty, Failure } from '../../ui/states';
import { Delta, Tile, Tiles } from '../../ui/tiles';
import { useMarks } from '../parts/marks';
import { Pricing } from '../parts/pricing';
import { SpendPanel, TokenPanel } from '../parts/spend_panels';
import { CausesBrief } from './causes_brief';
import { concerns, HistoryPanel } from './history';
import { CUSTOMER, FEATURE, type ScopeKind } from './kinds';
import { MarginTiles } from './margin';
import { PartsPanel } from './parts';
import { SavingsPanel } from './savings';

/** The page of one of a kind. */
export function oneOf(kind: ScopeKind) {
  return ({ at }: PageProps) => <OnePage kind={kind} name={at['name'] ?? ''} />;
}

function OnePage({ kind, name }: { kind: ScopeKind; name: string }) {
  const { shared } = useHere();
  const where = useMemo(() => [anyOf(kind.dimension, [name])], [kind, name]);
  const view = useMemo(() => ({ ...shared, by: kind.layers, where,
    interval: 'auto' as const }), [shared, kind, where]);
  const key = apiPath(kind.place, { ...rangeQuery(shared.range), where,
    environment: shared.environment });
  const spend = useLoad(`spend ${key}`, (signal) => loadSpend(view, signal));
  const figures = useLoad(`figures ${key}`,
    (signal) => loadFigures(where, shared, signal));
  const explain = useApi<Explain>(
    hasCome(spend) ? reportPath('explain', shared, { where }) : null);
  const own = useCallback((alert: Alert) => concerns(alert, kind, name),
    [kind, name]);
  const { marks, alerts } = useMarks(kind === FEATURE ? name : undefined,
    undefined, own);
  const features = useMemo(() => (kind === FEATURE ? [name]
    : spend.data?.groups.map((line) => line.name ?? '') ?? null),
  [kind, name, spend.data]);
  const none = figures.data?.now.requests === 0;

  return (
    <PlacesContext.Provider value={spend.data?.places ?? 2}>
      <PageHead title={groupLabel(name)}
        over={pageAt(`/${kind.place}`)
          ? <Link to={`/${kind.place}`}>{kind.many}</Link>
          : kind.one}
        sentence={explain.error ? undefined : explain.data?.sentence ?? ''}
        actions={<Actions where={where} />} />
      {figures.error
        ? <Failure error={figures.error} retry={figures.reload} />
        : <Figures figures={figures} />}
      {none
        ? (
          <Empty title={`No calls of ${groupLabel(name)} in this range`}>
            Choose a longer range above, or another environment.
          </Empty>
        )
        : (
          <>
            {kind === CUSTOMER && <MarginTiles name={name} />}
            {spend.error
              ? <Failure error={spend.error} retry={spend.reload} />
              : <SpendPanel view={view} data={spend.data} marks={marks} />}
            <div class="pair joined">
              <CausesBrief explain={explain} where={where} />
              <TokenPanel data={spend.data} failed={spend.error !== null} />
            </div>
            <div class="thirds joined">
              {kind.parts.map((by) => <PartsPanel key={by} by={by}
                where={where} ready={hasCome(spend)} />)}
            </div>
            <div class="pair joined">
              <HistoryPanel kind={kind} name={name} alerts={alerts} />
              <SavingsPanel features={features} ready={hasCome(spend)} />
            </div>
            {spend.data && <Pricing unpriced={spend.data.totals.unpriced}
              models={spend.data.unpricedModels} />}
          </>
        )}
    </PlacesContext.Provider>
  );
}

function Actions({ where }: { where: string[] }) {
  return (
    <>
      <Link class="button" to="/explore" params={{ where }}>Explore</Link>
      <Link class="button primary" to="/why" params={{ where }}>
        Why it changed
      </Link>
    </>
  );
}

function Figures({ figures }: { figures: Loading<ScopeFigures> }) {
  const { now, before } = figures.data ?? { now: null, before: null };
  return (
    <Tiles label="Totals, and the change against the period before">
      <Tile name="Spend"
        below={now && <Delta now={now.cost} before={before.cost}
          of="vs before" />}>
        {now && <Money amount={now.cost} />}
      </Tile>
      <Tile name="Requests"
        below={now && <Delta neutral now={now.requests}
          before={before.requests} />}>
        {now && <Count n={now.requests} />}
      </Tile>
      <Tile name="Cost per request"
        below={now && <Delta now={now.costPerRequest}
          before={before.costPerRequest} />}>
        {now && <Money amount={now.costPerRequest}
          places={placesFor([now.costPerRequest ?? 0n])} />}
      </Tile>
      <Tile name="Users" hint="Different users whom the calls name"
        below={now && <Delta neutral now={now.users} before={before.users} />}>
        {now && <Count n={now.users} />}
      </Tile>
      <Tile name="Cost per user"
        below={now && <Delta now={now.costPerUser}
          before={before.costPerUser} />}>
        {now && (now.costPerUser === null ? '–'
          : <Money amount={now.costPerUser}
            places={placesFor([now.costPerUser])} />)}
      </Tile>
      <Tile name="Cache hits"
        hint="Share of the tokens in that were read from a prompt cache"
        below={now && <Delta neutral now={now.cacheHits}
          before={before.cacheHits} />}>
        {now && formatRatio(now.cacheHits)}
      </Tile>
      <Tile name="Errors" hint="Share of the requests that failed"
        below={now && <Delta now={now.errors} before={before.errors} />}>
        {now && formatRatio(now.errors)}
      </Tile>
    </Tiles>
  );
}
