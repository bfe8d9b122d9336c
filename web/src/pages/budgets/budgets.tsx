// How much of each budget is used, what holds it, and what that saved.

import { useEffect, useState } from 'preact/hooks';

import { apiPath, asApiError, sendJson, type ApiError } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { useHere } from '../../frame/here';
import { plural } from '../../lib/format';
import { Button } from '../../ui/controls';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';
import { PageHead } from '../../ui/head';
import { useApi, type Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Tile, Tiles } from '../../ui/tiles';
import type { Budget, Guardrails } from './answer';
import { ApplyDialog } from './apply';
import { BudgetLine } from './line';
import { ReportPanel } from './report';
import { reached } from './words';

interface Budgets {
  budgets: Budget[];
}

export function BudgetsPage() {
  const { shared, params, change } = useHere();
  const feature = params.get('feature');
  const runCalls = Math.round(Number(params.get('run_calls')));
  const begun = feature !== null || runCalls > 0;
  const [adding, setAdding] = useState(begun);
  useEffect(() => {
    if (begun) {
      setAdding(true);
    }
  }, [begun]);
  const [removing, setRemoving] = useState<Budget | null>(null);
  const budgets = useApi<Budgets>('api/budgets');
  const report = useApi<Guardrails>(
    apiPath('budgets/report', rangeQuery(shared.range)));
  const close = () => {
    setAdding(false);
    if (begun) {
      change({ feature: null, run_calls: null }, true);
    }
  };
  return (
    <>
      <PageHead short title="Budgets and guardrails" sentence={budgets.error
        ? 'The budgets could not be read.'
        : budgets.data ? sentenceOf(budgets.data.budgets) : ''}
        actions={
          <Button kind="primary" onClick={() => setAdding(true)}>
            Add a budget
          </Button>
        } />
      <Figures budgets={budgets} report={report} />
      <Panel title="Budgets" note="the fullest first">
        <Loaded of={budgets} height={420}>
          {({ budgets: all }) => (all.length === 0
            ? <NoBudgets onAdd={() => setAdding(true)} />
            : (
              <ul class="list">
                {[...all].sort((a, b) => b.share - a.share).map((budget) => (
                  <BudgetLine key={budget.name} budget={budget}
                    onRemove={setRemoving} />
                ))}
              </ul>
            ))}
        </Loaded>
      </Panel>
      <ReportPanel report={report} />
      <ApplyDialog open={adding} onClose={close} feature={feature}
        runCalls={runCalls > 0 ? runCalls : null} onDone={budgets.reload} />
      <RemoveDialog budget={removing} onClose={() => setRemoving(null)}
        onDone={budgets.reload} />
    </>
  );
}

/** How many have reached a step that does more than tell. */
function acting(all: Budget[]): Budget[] {
  return all.filter((budget) => {
    const action = reached(budget)?.do;
    return action !== undefined && action !== 'notify';
  });
}

function applied(all: Budget[]): number {
  return all.filter(({ source }) => source === 'applied').length;
}

function leading(all: Budget[]): Budget[] {
  return all.filter(({ share, pace }) =>
    share < 1 && pace !== null && pace.exceeds_at !== null);
}

function sentenceOf(all: Budget[]): string {
  if (all.length === 0) {
    return 'No budget is set: nothing holds spending, and nobody is told ' +
      'before it is over.';
  }
  const act = acting(all);
  const later = leading(all).length;
  const holds = act.length === 0
    ? 'None has to hold calls.'
    : `${act.length} of ${plural(all.length, 'budget')} ` +
      `${act.length === 1 ? 'holds' : 'hold'} calls now.`;
  return later === 0 ? holds
    : `${holds} ${later === 1 ? 'One' : later} will be spent before the ` +
      'period ends.';
}

function Figures({ budgets, report }:
  { budgets: Loading<Budgets>; report: Loading<Guardrails> }) {
  const all = budgets.data?.budgets ?? null;
  const did = report.data;
  return (
    <Tiles label="Budgets and what they did">
      <Tile name="Budgets" below={all && `${applied(all)} applied here`}>
        {all && <Count n={all.length} />}
      </Tile>
      <Tile name="Hold calls now" below="slow, fall back or refuse"
        tone={all && acting(all).length > 0 ? 'bad' : undefined}>
        {all && <Count n={acting(all).length} />}
      </Tile>
      <Tile name="Will be spent" below="before the period ends"
        tone={all && leading(all).length > 0 ? 'warn' : undefined}>
        {all && <Count n={leading(all).length} />}
      </Tile>
      <Tile name="Calls held" below="in the range">
        {did && <Count n={did.calls ?? 0} />}
      </Tile>
      <Tile name="Saved by it" below="about">
        {did && <Money amount={did.saved ?? '0'} />}
      </Tile>
    </Tiles>
  );
}

function NoBudgets({ onAdd }: { onAdd: () => void }) {
  return (
    <Empty title="No budget yet">
      <p>
        A budget says what the calls of a feature, a customer, a user or a run
        may come to, and what happens at which share of it: people are told,
        calls go to a cheaper model, wait, or are refused.
      </p>
      <p class="row center">
        <Button kind="primary" onClick={onAdd}>Add a budget</Button>
      </p>
    </Empty>
  );
}

function RemoveDialog({ budget, onClose, onDone }: {
  budget: Budget | null;
  onClose: () => void;
  onDone: () => void;
}) {
  const [error, setError] = useState<ApiError | null>(null);
  const close = () => {
    setError(null);
    onClose();
  };
  const remove = async (name: string) => {
    try {
      await sendJson('DELETE', apiPath('budgets', { name }));
      close();
      onDone();
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  return (
    <Dialog title="Remove the budget" open={budget !== null} onClose={close}>
      <Form action="Remove it" error={error} onCancel={close}
        onSubmit={() => budget && remove(budget.name)}>
        <p>
          <span class="strong">{budget?.name}</span> holds no call any more.
          What it did stays in the ledger.
        </p>
      </Form>
    </Dialog>
  );
}
