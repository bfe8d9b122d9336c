// What a page shows is what the command prints, to the last digit: of each
// page the figures beside those of `toll ... --json`, asked as one would.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { load } from './sources.mjs';
import { startToll, untilWatched } from './toll.mjs';
import { exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { exactUsd, formatUsd, parseUsd } = await load('lib/money.ts');

const END = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const day = (before) => new Date(Date.parse(END) - before * 86_400_000)
  .toISOString().slice(0, 10);
const BUDGETS = 'budgets:\n' +
  '  - {name: all-calls, period: month, limit: 500}\n' +
  '  - {name: runs, per: run, period: day, unit: requests, limit: 50}\n';
const MONTH = lastMonth();

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll({ config: BUDGETS,
    demo: ['--days', '60', '--events', '60000', '--end', END] });
  await bill();
  await untilWatched(toll.origin);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

function lastMonth() {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1))
    .toISOString().slice(0, 7);
}

/** Bills of last month that agree with nothing. */
async function bill() {
  const next = `${new Date(Date.parse(`${MONTH}-28`) + 5 * 86_400_000)
    .toISOString().slice(0, 7)}-01`;
  const response = await fetch(`${toll.origin}/v1/invoices`, { method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      { provider: 'anthropic', from: `${MONTH}-01`, to: next, line: 'tokens',
        amount: '123.456789012345' },
      { provider: 'openai', from: `${MONTH}-01`, to: next, line: 'credit',
        amount: '-1.05' }]) });
  assert.equal(response.status, 200, await response.text());
}

/** What is compared up to now is cut at the end of the minute: page and command
 *  are to be of the same one. */
async function withinAMinute() {
  const left = 60_000 - Date.now() % 60_000;
  if (left < 15_000) {
    await sleep(left);
  }
}

/** Opens a page and holds it against what a command prints. */
async function hold(hash, args, check) {
  await withinAMinute();
  const { page, complaints, close } = await reader.open(toll.origin, hash);
  const printed = await toll.command(...args);
  await check(page, printed);
  assert.deepEqual(complaints, [], hash);
  await close();
}

const column = (page, table, n) => exact(page
  .getByRole('region', { name: `Table: ${table}`, exact: true })
  .locator(`tbody td:nth-child(${n})`));
const some = (list) => {
  assert.ok(list.length > 0, 'there is nothing to hold it against');
  return list;
};
const tiles = async (page, figures) => {
  for (const [name, value] of Object.entries(figures)) {
    assert.deepEqual(await exact(tile(page, name)), [String(value)], name);
  }
};

test('features and models: toll top', async () => {
  for (const [kind, title] of [['feature', 'Features'], ['model', 'Models']]) {
    await hold(`#/${kind}s`, ['top', '--by', kind, '--range', '30d', '--limit',
      '200'], async (page, { rows, columns, totals }) => {
      const at = columns.indexOf('cost');
      assert.deepEqual(await column(page, `${title} by spend`, 3),
        some(rows.map((row) => row[at]).filter((cost) => cost !== null)));
      assert.equal((await exact(page.locator('tfoot'))).at(0), totals.cost);
    });
  }
});

test('Overview: toll forecast, movers, quality and savings', async () => {
  await withinAMinute();
  const [forecast, movers, quality, savings] = await Promise.all([
    toll.command('forecast', '--budget', '500'),
    toll.command('movers', '--range', '30d'),
    toll.command('quality', '--range', '30d'), toll.command('savings')]);
  await hold('#/overview', ['query', '--range', '30d', '--by', 'model'],
    async (page, { rows, totals }) => {
      const today = forecast.days.find(({ date }) => date === forecast.today);
      await tiles(page, { 'Today': exactUsd(parseUsd(today?.actual ?? '0')),
        'Month to date': forecast.so_far, 'In this range': totals.cost });
      // What is to come becomes less while it is asked for.
      const { expected: later } =
        await toll.command('forecast', '--budget', '500');
      const [shown] = (await exact(tile(page, 'Forecast for the month')))
        .map(parseUsd);
      const ends = [forecast.expected, later].map(parseUsd);
      assert.ok(ends.some((end) => shown <= end) &&
        ends.some((end) => shown >= end), `${shown} between ${ends}`);
      await page.getByText(written(forecast.budget_said)).waitFor();
      await page.locator('.sentence').getByText(written(movers.sentence))
        .waitFor();
      assert.deepEqual(await column(page, 'What changed most', 3),
        some(movers.rows).slice(0, 6).map(({ delta }) => delta));
      assert.equal(await tile(page, 'Data quality').textContent(),
        `${(quality.coverage[0].share_of_cost * 100).toFixed(1)}%`);
      assert.deepEqual(await exact(panel(page, 'What to do next')),
        some(savings.savings.filter(({ kind }) => kind !== 'cheaper_model'))
          .slice(0, 4).map(({ point }) => point));
      assert.deepEqual(await exact(panel(page, 'Spend by model')),
        some(rows).slice(0, 8).map(([, cost]) => cost).filter(Boolean));
    });
});

test('Why: toll explain, of all and of one feature', async () => {
  for (const [hash, args] of [['#/why', []],
    ['#/why?where=feature%3Areply-draft',
      ['--where', 'feature:reply-draft']]]) {
    await hold(hash, ['explain', '--range', '30d', ...args],
      async (page, { before: was, after: is, delta, factors, sentence }) => {
        await page.locator('.sentence').getByText(written(sentence)).waitFor();
        await tiles(page, { Before: was, After: is, Change: delta });
        assert.deepEqual(await exact(page.locator('.waterfall')), [was,
          ...some(factors.map(({ usd }) => usd).filter((usd) =>
            parseUsd(usd) !== 0n)), is]);
      });
  }
});

test('Savings: toll savings', () =>
  hold('#/savings', ['savings'], async (page, printed) => {
    await tiles(page, { 'Could be saved a month': printed.combined,
      'Spent a month': printed.cost_per_month });
    const shown = await exact(page.locator('.saving-amount'));
    assert.deepEqual(shown.sort(),
      some(printed.savings).map(({ point }) => point).sort());
  }));

test('Data quality: toll quality', () =>
  hold('#/quality', ['quality', '--range', '30d'], async (page, printed) => {
    await tiles(page, { 'Calls without a price': printed.unpriced_requests,
      'Late calls': printed.late_requests });
    assert.deepEqual(await exact(panel(page, 'Spend that names its cause')),
      some(printed.coverage.filter((row) => row.untagged_requests > 0))
        .map((row) => row.untagged_cost));
  }));

test('Weekly review: toll review', () =>
  hold('#/review', ['review'], async (page, printed) => {
    await page.locator('.letter').getByText(written(printed.sentence))
      .waitFor();
    assert.deepEqual(await exact(panel(page, 'What moved')),
      some(printed.movers).map(({ delta }) => delta));
    assert.deepEqual(await exact(panel(page, 'Features')),
      some(printed.features).flatMap(({ cost, change }) => [cost, change]));
    assert.equal(await tile(page, 'Spend').textContent(),
      printed.totals.find(({ figure }) => figure === 'cost').this_week);
  }));

test('Budgets: toll budget, and its report', async () => {
  const did = await toll.command('budget', 'report', '--range', '30d');
  await hold('#/budgets', ['budget'], async (page, { budgets }) => {
    const lines = panel(page, 'Budgets').locator('.budget');
    const sorted = [...some(budgets)].sort((a, b) => b.share - a.share);
    for (const [i, { name, unit, used, limit }] of sorted.entries()) {
      const value = (amount) => (unit === 'usd'
        ? exactUsd(parseUsd(amount)) : String(amount));
      assert.deepEqual(await exact(lines.nth(i).locator('.budget-used')),
        [value(used), value(limit)], name);
    }
    await tiles(page, { 'Calls held': did.calls ?? 0,
      'Saved by it': did.saved ?? '0.000000000000' });
  });
});

test('Reconciliation: toll reconcile', () =>
  hold('#/reconcile', ['reconcile'], (page, printed) => tiles(page, {
    'Billed': printed.invoice, 'toll counted': printed.toll,
    'Difference': printed.difference, 'Unexplained': printed.unexplained })));

test('Customers: toll customers', () =>
  // Days that are over: the revenue of others grows by the second.
  hold(`#/customers?from=${day(30)}&to=${day(1)}`, ['customers',
    '--from', day(30), '--to', day(1), '--limit', '1000'],
    async (page, printed) => {
      await tiles(page, { 'They cost': printed.cost,
        'They bring': printed.revenue, 'Margin': printed.margin });
      assert.deepEqual(
        await exact(panel(page, 'All customers').locator('tbody')),
        some(printed.customers).flatMap((row) => ['users', 'requests', 'cost',
          'revenue', 'margin'].map((name) => row[name])
          .filter((value) => value !== null).map(String)));
    }));

test('an experiment: toll experiment', () =>
  hold('#/experiments/answer-citations?split=control%3A70%2Ctreatment%3A30',
    ['experiment', 'answer-citations', '--split', 'control:70,treatment:30'],
    async (page, printed) => {
      await page.locator('.sentence, .callout')
        .getByText(written(printed.sentence))
        .first().waitFor();
      const side = panel(page, 'Side by side');
      const shown = await exact(side);
      for (const { variant, users, cost } of some(printed.variants)) {
        assert.ok(shown.includes(String(users)), `${variant}: ${users}`);
        assert.ok(shown.includes(cost), `${variant}: ${cost}`);
      }
    }));

test('Launch planner: toll plan', () =>
  hold('#/plan?name=mail-draft&like=reply-draft&users=5000&adoption=5..40' +
    '&model=claude-sonnet-4-5,gpt-4o-mini',
  ['plan', '--name', 'mail-draft', '--like', 'reply-draft', '--users', '5000',
    '--adoption', '5..40', '--model', 'claude-sonnet-4-5,gpt-4o-mini'],
  async (page, printed) => {
    const [first] = some(printed.models);
    await tiles(page, { 'Expected a month': first.expected,
      'A user and month': first.cost_per_user_month,
      'A call': first.cost_per_request });
    assert.deepEqual(await exact(panel(page, 'By model').locator('.planned')),
      printed.models.map(({ expected }) => expected));
    assert.equal(await page.locator('.command code').first().textContent(),
      printed.guardrail);
  }));

test('What if: toll whatif', () =>
  hold('#/whatif?feature=reply-draft&to_model=claude-haiku-4-5&share=40',
    ['whatif', '--feature', 'reply-draft', '--to-model', 'claude-haiku-4-5',
      '--share', '40'],
    (page, printed) => tiles(page, {
      'Now, a month': printed.actual_per_month,
      'There, a month': printed.cost_there_per_month,
      'Difference, a month': printed.difference_per_month })));

test('what is written is the exact value rounded to cents', async () => {
  const { page, close } = await reader.open(toll.origin, '#/features');
  const shown = await page.locator('.table td:nth-child(3) data')
    .evaluateAll((all) => all.map((data) => [data.value, data.textContent]));
  for (const [value, text] of some(shown)) {
    assert.equal(text, formatUsd(parseUsd(value)));
  }
  await close();
});
