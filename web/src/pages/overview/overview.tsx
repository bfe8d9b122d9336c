// The start page: how much it is, where it goes, what changed and what to do.

import { useMemo } from 'preact/hooks';

import { BUDGETS_PATH, type Budgets } from '../../api/budgets';
import { apiPath } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { reportPath, type Movers, type Quality, type Savings }
  from '../../api/report';
import { loadSpend } from '../../api/spend';
import { useHere } from '../../frame/here';
import { PageHead } from '../../ui/head';
import { hasCome, useApi, useLoad, useOnce } from '../../ui/load';
import { PlacesContext } from '../../ui/numbers';
import { Failure } from '../../ui/states';
import { useMarks } from '../parts/marks';
import { Pricing } from '../parts/pricing';
import { savingsPath } from '../parts/savings_of';
import { ModelPanel, SpendPanel, TokenPanel } from '../parts/spend_panels';
import { Attention } from './attention';
import { Figures, MonthPanel, useForecast } from './month';
import { MoversPanel } from './movers';
import { NextPanel } from './next';
import { QualityPanel } from './quality';

export function OverviewPage() {
  const { shared } = useHere();
  const { range, environment } = shared;
  const view = useMemo(() =>
    ({ ...shared, by: 'feature' as const, interval: 'auto' as const,
      where: [] }),
  [shared]);
  const spend = useLoad(
    apiPath('spend', { ...rangeQuery(range), environment }),
    (signal) => loadSpend(view, signal));
  const budgets = useApi<Budgets>(BUDGETS_PATH);
  const forecast = useForecast(budgets);
  const marks = useMarks();
  // What takes longer must not stand in the way of what is seen first.
  const hasSpend = hasCome(spend);
  const quality = useApi<Quality>(
    hasSpend ? reportPath('quality', shared) : null);
  const movers = useApi<Movers>(
    hasSpend ? reportPath('movers', shared) : null);
  const savings = useApi<Savings>(
    useOnce(hasSpend) ? savingsPath(environment) : null);

  return (
    <PlacesContext.Provider value={spend.data?.places ?? 2}>
      <PageHead title="Overview" sentence={movers.error ? undefined
        : movers.data?.sentence ?? ''} />
      <Figures forecast={forecast} spend={spend.data} movers={movers.data}
        quality={quality.data} />
      <div class="wide-narrow joined">
        {spend.error
          ? <Failure error={spend.error} retry={spend.reload} />
          : <SpendPanel view={view} data={spend.data} height={470}
            marks={marks.marks} />}
        <Attention alerts={marks.alerts} budgets={budgets.data} />
      </div>
      <div class="wide-narrow joined">
        <MoversPanel movers={movers} />
        <NextPanel savings={savings} />
      </div>
      <div class="thirds joined">
        <MonthPanel forecast={forecast} />
        <ModelPanel data={spend.data} failed={spend.error !== null} />
        <TokenPanel data={spend.data} failed={spend.error !== null} />
      </div>
      <QualityPanel quality={quality} />
      {spend.data && <Pricing unpriced={spend.data.totals.unpriced}
        models={spend.data.unpricedModels} />}
    </PlacesContext.Provider>
  );
}
