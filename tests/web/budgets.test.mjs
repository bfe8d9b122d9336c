// Budgets in a browser: each as GET /api/budgets has it, applied and removed
// by hand, and what they did with calls.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { parseUsd, exactUsd } = await load('lib/money.ts');

const CONFIG = `budgets:
  - name: search-month
    where: {feature: search}
    period: rolling
    window: 60d
    limit: 0.05
    contact: search-team
    at:
      - {percent: 80, do: notify}
      - {percent: 100, do: fallback, model: gpt-4o-mini}
      - {percent: 120, do: block}
  - name: everything
    limit: 5000
  - name: per-customer
    per: customer
    period: rolling
    window: 60d
    unit: requests
    limit: 4
    at: [{percent: 100, do: slow, delay: 10ms}]
`;
const CALLS = 1100;
const REFUSED = 3;

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll({ config: CONFIG });
  await post(toll.origin, company(Math.floor(Date.now() / 1000), CALLS));
  await untilStored(toll.origin, CALLS);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const get = async (path) => (await fetch(`${toll.origin}${path}`)).json();
const budgets = async () => (await get('/api/budgets')).budgets
  .sort((a, b) => b.share - a.share);
const lines = (page) => panel(page, 'Budgets').locator('.budget');

test('each stands as the API says, the fullest first', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/budgets');
  const all = await budgets();
  assert.deepEqual(await lines(page).locator('.budget-head .name')
    .allTextContents(), all.map(({ name }) => name));
  for (const [i, { unit, used, limit, share }] of all.entries()) {
    const line = lines(page).nth(i).locator('.budget-used');
    const value = (amount) => (unit === 'usd'
      ? exactUsd(parseUsd(amount)) : String(amount));
    assert.deepEqual(await exact(line), [value(used), value(limit)]);
    assert.ok((await line.textContent()).endsWith(
      `${(share * 100).toFixed(1)}%`));
  }
  const search = lines(page).filter({ hasText: 'search-month' });
  await search.getByText('refuses calls', { exact: true }).waitFor();
  assert.deepEqual(await search.locator('.ladder li > .strong')
    .allTextContents(), ['80%', '100%', '120%']);
  assert.equal(await search.locator('.ladder .on').count(), 3);
  await search.getByText('search-team').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('of a budget by value, who used most', async () => {
  const { page, close } = await reader.open(toll.origin, '#/budgets');
  const one = (await budgets()).find(({ name }) => name === 'per-customer');
  const line = lines(page).filter({ hasText: 'per-customer' });
  await line.getByText(/The 5 that used most/).click();
  assert.deepEqual(await line.locator('.worst .name').allTextContents(),
    one.worst.slice(0, 5).map(({ value }) => value));
  assert.deepEqual(await exact(line.locator('.worst')),
    one.worst.slice(0, 5).map(({ used }) => String(used)));
  await accessible(page);
  await close();
});

test('what they did: refused calls, and whom that touched', async () => {
  for (let i = 0; i < REFUSED; i += 1) {
    const { status } = await fetch(
      `${toll.origin}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'x',
          'x-toll-feature': 'search', 'x-toll-user': HTML_NAME },
        body: JSON.stringify({ model: 'gpt-4o', max_tokens: 10,
          messages: [{ role: 'user', content: 'hello' }] }),
      });
    assert.equal(status, 429);
  }
  while ((await get('/api/budgets/report?range=30d')).calls !== REFUSED) {
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  const report = await get('/api/budgets/report?range=30d');
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/budgets');
  assert.deepEqual(await exact(tile(page, 'Calls held')), [String(REFUSED)]);
  assert.deepEqual(await exact(tile(page, 'Saved by it')), [report.saved]);
  const did = panel(page, 'What budgets did');
  await did.getByText(written(report.sentence)).waitFor();
  await did.locator('.segment', { hasText: 'Users' }).click();
  const whom = page.getByRole('region', { name: 'Table: Whom it touched' });
  assert.deepEqual(await whom.locator('tbody th').allTextContents(),
    [HTML_NAME]);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  await accessible(page);
  assert.deepEqual(complaints, []);
  await close();
});

test('one is applied by its lines, and removed again', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/budgets?feature=chat');
  const dialog = page.getByRole('dialog', { name: 'Add a budget' });
  const text = dialog.getByLabel('Budgets, as in toll.yaml');
  await dialog.getByText('Apply', { exact: true }).waitFor();
  await page.waitForFunction(() =>
    !document.querySelector('textarea').value.includes('limit: 100\n'));
  assert.match(await text.inputValue(), /where: \{feature: chat\}/);
  await accessible(page);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.waitForURL(/#\/budgets$/);
  const line = lines(page).filter({ hasText: 'chat-month' });
  await line.getByText('Applied here').waitFor();
  const kept = (await budgets()).find(({ name }) => name === 'chat-month');
  assert.deepEqual(kept.where, { feature: 'chat' });
  assert.ok(kept.share > 0 && kept.share < 1, String(kept.share));
  await line.getByRole('button', { name: 'Remove chat-month' }).click();
  await page.getByRole('dialog', { name: 'Remove the budget' })
    .getByRole('button', { name: 'Remove it' }).click();
  await line.waitFor({ state: 'detached' });
  assert.ok((await budgets()).every(({ name }) => name !== 'chat-month'));
  assert.deepEqual(complaints, []);
  // The same page is asked to begin another one.
  await page.evaluate(() => {
    location.hash = '#/budgets?feature=drafts';
  });
  await page.getByRole('dialog', { name: 'Add a budget' }).waitFor();
  await close();
});

test('what toll refuses is told beside the lines', async () => {
  const { page, close } = await reader.open(toll.origin, '#/budgets');
  await page.getByRole('button', { name: 'Add a budget' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add a budget' });
  await dialog.getByLabel('Budgets, as in toll.yaml')
    .fill('budgets:\n  - {name: x, where: {feture: a}, limit: 3}\n');
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.getByRole('alert').getByText(/did you mean 'feature'/)
    .waitFor();
  await close();
});

test('without a budget it says what one is for', async () => {
  const empty = await startToll();
  try {
    const { page, complaints, close } = await reader.open(empty.origin,
      '#/budgets');
    await settled(page);
    await page.getByText('No budget yet', { exact: true }).waitFor();
    await page.getByText('No budget had to act', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  } finally {
    await empty.stop();
  }
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/budgets');
});
