// The pages about spending on the demo company: their numbers are those of the
// API, and what went wrong there can be found, explained and acted upon.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { accessible, exact, inBothLooks, startBrowser, stat }
  from './browser.mjs';
import { load } from './sources.mjs';
import { ask, query, settled, startToll, untilWatched } from './toll.mjs';
import { written } from './written.mjs';

const { exactUsd, parseUsd, sum } = await load('lib/money.ts');

/** Of script, gzipped, until the first page has all it shows. */
const SCRIPT_BUDGET = 250_000;

/** Whole days, so that nothing depends on the hour; the incidents are in. */
const END = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const day = (before) => new Date(Date.parse(END) - before * 86_400_000)
  .toISOString().slice(0, 10);
const RANGE = `from=${day(30)}&to=${END}`;

/** So small that no month keeps to it. */
const BUDGET = 'budgets: [{name: all-calls, period: month, limit: 0.5, ' +
  'at: [{percent: 80, do: notify}]}]\n';

let browser;
let toll;
let origin;
before(async () => {
  [browser, toll] = await Promise.all([startBrowser(),
    startToll({ demo: ['--events', '60000', '--end', END], config: BUDGET })]);
  origin = toll.origin;
  await untilWatched(origin);
});
after(async () => {
  await browser?.close();
  await toll?.stop();
});

async function open(address) {
  const opened = await browser.open(origin, address);
  await settled(opened.page);
  return opened;
}

/** The exact values of a column of the table in a part of the page. */
const column = (page, table, n) => exact(page
  .getByRole('region', { name: `Table: ${table}`, exact: true })
  .locator(`tbody td:nth-child(${n})`));

describe('every page', () => {
  for (const address of [`#/overview?${RANGE}`, `#/explore?${RANGE}`,
    `#/explore?${RANGE}&compare=previous&then=model&view=events`,
    `#/explore?${RANGE}&metric=latency_p95&by=model`,
    `#/why?${RANGE}`, `#/features?${RANGE}`, `#/features/reply-draft?${RANGE}`,
    `#/features/?${RANGE}`, `#/models?${RANGE}`,
    `#/models/claude-sonnet-4-5?${RANGE}`,
    `#/customers/bergamot-retail?${RANGE}`, `#/owners?${RANGE}`,
    `#/owners/support-ai?${RANGE}`, '#/no-such-page']) {
    test(`${address.split('&to')[0]} in both looks`, () =>
      inBothLooks(browser, origin, address, settled));
  }

  test('has its title, and takes the focus there', async () => {
    const { page, close } = await open(`#/overview?${RANGE}`);
    assert.equal(await page.title(), 'Overview · toll');
    for (const [link, title] of [['Explore', 'Explore'],
      ['Why', 'Why spending changed'], ['Features', 'Features'],
      ['Models', 'Models'], ['Owners', 'Owners']]) {
      await page.getByRole('navigation').getByRole('link',
        { name: link, exact: true }).click();
      const heading = page.getByRole('heading', { level: 1, name: title,
        exact: true });
      await heading.waitFor();
      await settled(page);
      assert.equal(await page.title(), `${title} · toll`);
      assert.ok(await heading.evaluate((h1) => h1 === document.activeElement),
        title);
      assert.ok(page.url().includes(RANGE), 'the range goes along');
      assert.equal(await page.locator('h1').count(), 1);
    }
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
    await close();
  });
});

describe('going to a name', () => {
  test('by keys alone', async () => {
    const { page, complaints, close } = await open(`#/overview?${RANGE}`);
    await page.keyboard.press('Control+k');
    const input = page.getByRole('combobox', { name: /^A page, feature/ });
    await input.waitFor();
    await page.waitForFunction(() =>
      document.activeElement?.getAttribute('role') === 'combobox');
    await settled(page);
    await accessible(page);
    await page.keyboard.type('sonnet');
    await page.getByRole('option', { name: /claude-sonnet-4-5/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'claude-sonnet-4-5' })
      .waitFor();
    assert.ok(page.url().includes(`#/models/claude-sonnet-4-5?${RANGE}`));
    await settled(page);
    await page.keyboard.press('/');
    await input.waitFor();
    await page.keyboard.type('nothing that there is');
    await page.getByText('Nothing of that name').waitFor();
    await page.keyboard.press('Escape');
    await input.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await close();
  });

  test('gives the focus back, however it ends, and opens over nothing',
    async () => {
      const { page, close } = await open(`#/features?${RANGE}`);
      const button = page.getByRole('navigation')
        .getByRole('button', { name: /^Go to/ });
      const input = page.getByRole('combobox', { name: /^A page, feature/ });
      const isBack = () => button.evaluate((one) =>
        one === document.activeElement);
      for (const end of [() => page.mouse.click(4, 4),
        () => page.keyboard.press('Escape'),
        async () => {
          await page.keyboard.type('features');
          await page.keyboard.press('Enter');
        }]) {
        await button.focus();
        await page.keyboard.press('Enter');
        await input.waitFor();
        await end();
        await input.waitFor({ state: 'detached' });
        assert.ok(await isBack(), String(end));
      }
      await page.getByRole('button', { name: 'Save or share this view' })
        .click();
      await page.getByRole('dialog', { name: 'This view' })
        .getByLabel('Name').waitFor();
      await page.keyboard.press('Control+k');
      assert.equal(await page.locator('dialog[open]').count(), 1);
      await close();
  });
});

describe('overview', () => {
  test('says what the forecast, the movers and the quality say', async () => {
    const { page, close } = await open(`#/overview?${RANGE}`);
    const month = await ask(origin, 'forecast?budget=0.5');
    await page.getByText(month.budget_said).waitFor();
    await page.getByText(/^all-calls: .* used/).waitFor();
    assert.deepEqual(await exact(stat(page, 'Month to date')),
      [month.so_far]);
    const { totals } = await query(origin, `${RANGE}&metrics=cost`);
    assert.deepEqual(await exact(stat(page, 'In this range')), [totals.cost]);
    const movers = await ask(origin, `movers?${RANGE}`);
    await page.getByText(written(movers.sentence)).waitFor();
    assert.deepEqual(await column(page, 'What changed most', 2),
      movers.rows.slice(0, 6).map(({ after: now }) => now));
    assert.deepEqual(await column(page, 'What changed most', 3),
      movers.rows.slice(0, 6).map(({ delta }) => delta));
    const quality = await ask(origin, `quality?${RANGE}`);
    assert.equal(await stat(page, 'Data quality').textContent(),
      `${(quality.coverage[0].share_of_cost * 100).toFixed(1)}%`);
    await close();
  });

  test('weighs no more than its budget', async () => {
    const { requests, page, close } = await browser.open(origin);
    await settled(page);
    let bytes = 0;
    for (const url of new Set(requests)) {
      assert.ok(url.startsWith(origin), url);
      if (url.endsWith('.js')) {
        const script = await (await fetch(url)).arrayBuffer();
        bytes += gzipSync(Buffer.from(script)).length;
      }
    }
    assert.ok(bytes > 0 && bytes <= SCRIPT_BUDGET, `${bytes} bytes`);
    await close();
  });

  test('what failed does not pass for what is still to come', async () => {
    const { page, close } = await open(`#/overview?${RANGE}`);
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByText('Not loaded').first().waitFor();
    await settled(page);
    assert.equal(await page.getByText('Not loaded').count(), 2);
    assert.equal(await page.locator('.skeleton').count(), 0);
    assert.equal(await page.locator('.sentence .pending').count(), 0);
    await accessible(page);
    await close();
  });

  test('releases and alerts stand above the chart, as links', async () => {
    const { page, close } = await open(`#/overview?${RANGE}`);
    const marks = page.getByRole('list', { name: 'What happened' })
      .getByRole('link');
    const { records } = await ask(origin, `records?kind=releases&${RANGE}`);
    assert.ok(await marks.count() >= records.length);
    await marks.filter({ hasNotText: 'Alert' }).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/(why|alerts)/);
    await close();
  });
});

describe('explore', () => {
  test('compares with the period before', async () => {
    const { page, close } = await open(
      `#/explore?${RANGE}&compare=previous`);
    const before = await query(origin,
      `from=${day(60)}&to=${day(30)}&metrics=cost&by=feature`);
    const costs = new Map(before.rows);
    const now = await query(origin, `${RANGE}&metrics=cost&by=feature`);
    assert.deepEqual(await column(page, 'By feature', 2),
      now.rows.map(([name]) => costs.get(name)).filter(Boolean));
    await close();
  });

  test('shows any metric, by two dimensions', async () => {
    const { page, close } = await open(
      `#/explore?${RANGE}&metric=retries&by=provider&then=model`);
    const answer = await query(origin, `${RANGE}&by=provider,model` +
      '&metrics=retries&order=-retries');
    assert.deepEqual(await column(page, 'By provider and model', 3),
      answer.rows.map(([, , retries]) => String(retries)));
    await close();
  });

  test('a click on a name filters by it, down to the calls', async () => {
    const { page, close } = await open(`#/explore?${RANGE}`);
    await page.getByRole('button', { name: 'trend-report' }).click();
    await page.getByRole('list', { name: 'Filters' })
      .getByText('Feature: trend-report').waitFor();
    await settled(page);
    const filter = `${RANGE}&where=feature:trend-report`;
    const { totals } = await query(origin, `${filter}&metrics=cost`);
    assert.deepEqual(await exact(stat(page, 'Spend')), [totals.cost]);
    await page.getByRole('button', { name: /Show the calls/ }).click();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.waitForFunction(() => document.querySelectorAll(
      '[aria-label="Table: Single calls"] tbody tr').length === 100);
    const { events } = await ask(origin, `events?${filter}&limit=100`);
    assert.deepEqual(await column(page, 'Single calls', 4),
      events.map(({ cost }) => cost).filter(Boolean));
    await page.getByRole('region', { name: 'Table: Single calls' })
      .getByRole('button', { name: /^\d+ \w+, / }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(events[0].id, { exact: true }).first().waitFor();
    await dialog.getByText(events[0].price, { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Remove the filter/ }).click();
    await page.waitForURL((url) => !url.hash.includes('where='));
    await close();
  });

  test('days are selected in the chart, and asked why', async () => {
    const { page, close } = await open(`#/explore?${RANGE}`);
    const box = await page.locator('.chart-box').first().boundingBox();
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.5, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, y, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('link', { name: 'Why?', exact: true }).click();
    await page.getByRole('heading', { name: 'Why spending changed' })
      .waitFor();
    await settled(page);
    const params = new URLSearchParams(page.url().split('?')[1]);
    assert.match(params.get('from'), /^\d{4}-\d\d-\d\d$/);
    const why = await ask(origin,
      `explain?from=${params.get('from')}&to=${params.get('to')}`);
    assert.deepEqual(await exact(stat(page, 'After')), [why.after]);
    await close();
  });

  test('the table can be taken along as a file', async () => {
    const { page, close } = await open(`#/explore?${RANGE}`);
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click()]);
    assert.equal(download.suggestedFilename(), 'toll-by-feature.csv');
    let text = '';
    for await (const chunk of await download.createReadStream()) {
      text += chunk;
    }
    const { totals } = await query(origin, `${RANGE}&metrics=cost`);
    const costs = text.trim().split('\r\n').slice(1)
      .map((line) => parseUsd(line.split(',')[1]));
    assert.equal(exactUsd(sum(costs)), totals.cost);
    await close();
  });
});

describe('why', () => {
  test('the causes are those of explain, and add up', async () => {
    const { page, close } = await open(`#/why?${RANGE}`);
    const why = await ask(origin, `explain?${RANGE}`);
    await page.getByText(written(why.sentence)).waitFor();
    assert.deepEqual(await exact(stat(page, 'Change')), [why.delta]);
    const drawn = await exact(page.locator('.waterfall'));
    assert.deepEqual(drawn, [why.before,
      ...why.factors.map(({ usd }) => usd).filter((usd) => parseUsd(usd)),
      why.after]);
    assert.equal(exactUsd(sum(drawn.slice(0, -1).map(parseUsd))), why.after);
    assert.deepEqual(await column(page, 'Where it comes from', 3),
      why.cells.map(({ usd }) => usd));
    await close();
  });

  test('a cause shows the places it comes from', async () => {
    const { page, close } = await open(`#/why?${RANGE}`);
    await page.getByRole('button', { name: 'Model mix' }).click();
    await page.waitForURL(/factor=model_mix/);
    const why = await ask(origin, `explain?${RANGE}`);
    assert.deepEqual(await column(page, 'Where it comes from', 3),
      why.cells.filter(({ factor }) => factor === 'model_mix')
        .map(({ usd }) => usd));
    await close();
  });
});

describe('a page about one of them', () => {
  for (const [path, filter] of [
    ['features/ticket-summary', 'feature:ticket-summary'],
    ['features/', 'feature:'],
    ['models/gpt-5.1', 'model:gpt-5.1'],
    ['customers/nordhafen', 'customer:nordhafen'],
    ['owners/growth', 'owner:growth'],
  ]) {
    test(`${path} has the numbers of the API`, async () => {
      const { page, close } = await open(`#/${path}?${RANGE}`);
      const { totals } = await query(origin, `${RANGE}&where=${filter}` +
        '&metrics=cost,requests,cost_per_request,users,cost_per_user');
      for (const [name, value] of [['Spend', totals.cost],
        ['Requests', totals.requests], ['Users', totals.users],
        ['Cost per request', totals.cost_per_request]]) {
        assert.deepEqual(await exact(stat(page, name)), [String(value)], name);
      }
      const why = await ask(origin, `explain?${RANGE}&where=${filter}`);
      assert.deepEqual((await exact(page.locator('.waterfall'))).at(-1),
        why.after);
      await close();
    });
  }

  test('what a customer brings is its own', async () => {
    const { page, close } = await open(
      `#/customers/bergamot-retail?${RANGE}`);
    const { customers } = await ask(origin, `customers?${RANGE}`);
    const { revenue, margin } = customers.find(({ customer }) =>
      customer === 'bergamot-retail');
    assert.deepEqual(await exact(stat(page, 'Revenue in this range')),
      [revenue]);
    assert.deepEqual(await exact(stat(page, 'Margin')), [margin]);
    await close();
  });

  test('a list has all of a kind, and adds up', async () => {
    for (const [kind, title] of [['feature', 'Features'], ['model', 'Models'],
      ['owner', 'Owners']]) {
      const { page, close } = await open(`#/${kind}s?${RANGE}`);
      const answer = await query(origin, `${RANGE}&by=${kind}&metrics=cost`);
      const costs = await column(page, `${title} by spend`, 3);
      assert.deepEqual(costs, answer.rows.map(([, cost]) => cost)
        .filter((cost) => cost !== null));
      await close();
    }
  });
});

/** More would not be "from Overview". */
const CLICKS_MAX = 4;

/** Opens the overview, and counts the clicks from there. */
async function fromOverview() {
  const opened = await open(`#/overview?${RANGE}`);
  let clicks = 0;
  const click = async (what) => {
    clicks += 1;
    assert.ok(clicks <= CLICKS_MAX, `click ${clicks}: ${what}`);
    await what.click();
    await settled(opened.page);
  };
  return { ...opened, click };
}

/** Applies the budget that is suggested, which the server then holds to. */
async function applied({ page, click }, name) {
  const dialog = page.getByRole('dialog', { name: 'Add a budget' });
  // The limit is there only once it is known what is usual.
  await page.waitForFunction((wanted) => document.querySelector(
    'dialog[open] textarea')?.value.includes(wanted), name);
  await settled(page);
  await click(dialog.getByRole('button', { name: 'Apply' }));
  await dialog.waitFor({ state: 'hidden' });
  const { budgets } = await ask(origin, 'budgets');
  const budget = budgets.find((one) => one.name === name);
  assert.ok(budget, `${name} in ${budgets.map((one) => one.name)}`);
  await page.getByText(name, { exact: true }).first().waitFor();
  return budget;
}

/** From the overview to the cause and what is done about it, in clicks. */
describe('an incident of the demo', () => {
  for (const { name, feature, cause, says } of [
    { name: 'a healthy launch', feature: 'shop-copilot',
      cause: /shop-copilot is new/, says: 'New features' },
    { name: 'a silent switch of models', feature: 'ticket-summary',
      cause: /moved from claude-haiku-4-5 to claude-sonnet-4-5/i,
      says: 'Model mix' },
    { name: 'a prompt that grew', feature: 'reply-draft',
      cause: /prompts grew/i, says: 'Prompt length' },
    { name: 'a runaway loop', feature: 'support-agent',
      cause: /requests per user/i, says: 'Requests per user' },
  ]) {
    test(`${name} is found, explained, and held by a budget`, async () => {
      const reader = await fromOverview();
      const { page, complaints, click, close } = reader;
      const row = page.getByRole('region',
        { name: 'Table: What changed most' })
        .getByRole('row', { name: new RegExp(`^${feature}`) });
      assert.match(await row.textContent(), cause);
      await click(row.getByRole('link', { name: 'Why?' }));
      await page.getByRole('list', { name: 'Filters' })
        .getByText(`Feature: ${feature}`).waitFor();
      await page.locator('.waterfall').getByText(says).waitFor();
      // And what to do, with the same question for a terminal.
      const act = page.getByRole('region', { name: 'What can be done' });
      await act.getByText(/^toll explain/).waitFor();
      await click(act.getByRole('link', { name: /^Set a budget/ }));
      const budget = await applied(reader, `${feature}-month`);
      assert.deepEqual(budget.where, { feature });
      const { totals } = await query(origin,
        `range=30d&metrics=cost&where=feature:${feature}`);
      assert.ok(Number(budget.limit) >= Number(totals.cost) * 1.2,
        `${budget.limit} over ${totals.cost}`);
      assert.deepEqual(complaints, []);
      await close();
    });
  }

  test('a run that goes in circles is told, and the next one is ended',
    async () => {
      const reader = await fromOverview();
      const { page, complaints, click, close } = reader;
      await click(page.locator('.alert-line', { hasText: 'goes in circles' })
        .first().locator('a').first());
      await page.getByText(/^A run of support-agent .* goes in circles/)
        .first().waitFor();
      await click(page.getByRole('link', { name: 'Set a guardrail' }));
      const budget = await applied(reader, 'support-agent-run');
      const { alerts } = await ask(origin, 'alerts?state=all');
      const { before: usual } = alerts.find((one) => one.run !== null);
      assert.deepEqual([budget.per, budget.unit, budget.limit,
        budget.steps.map((step) => step.do)],
      ['run', 'requests', Math.ceil(usual) * 2, ['block']]);
      assert.deepEqual(complaints, []);
      await close();
    });

  test('what is alerted is taken by somebody', async () => {
    const { alerts } = await ask(origin, 'alerts?state=all');
    for (const { id, sentence } of alerts.slice(0, 4)) {
      const { page, complaints, click, close } = await fromOverview();
      await click(page.locator('.alert-line', { hasText: sentence })
        .locator('a').first());
      await click(page.getByRole('button', { name: 'Acknowledge' }));
      const dialog = page.getByRole('dialog', { name: 'Acknowledge' });
      await click(dialog.getByRole('button', { name: 'Take it' }));
      await dialog.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Change the note' }).waitFor();
      const { acknowledged } = await ask(origin, `alerts/${id}`);
      assert.notEqual(acknowledged, null, sentence);
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  test('the run that went in circles is named, with its calls', async () => {
    const { page, close } = await open(`#/overview?${RANGE}`);
    const line = page.locator('.alert-line',
      { hasText: 'goes in circles' }).first();
    await line.getByRole('link', { name: /^Why\?/ }).click();
    await page.getByText('One run went in circles').waitFor();
    await page.getByRole('link', { name: 'See its calls' }).click();
    await page.getByRole('list', { name: 'Filters' }).getByText(/^Run: /)
      .waitFor();
    await settled(page);
    const run = new URLSearchParams(page.url().split('?')[1]).get('where');
    const { totals } = await query(origin,
      `${RANGE}&where=${run}&metrics=cost,requests`);
    assert.deepEqual(await exact(stat(page, 'Spend')), [totals.cost]);
    await close();
  });
});
