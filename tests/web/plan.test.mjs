// The launch planner in a browser: every figure is that of GET /api/plan, each
// field changes the address and the answer, and the guardrail can be taken
// along.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, HTML_NAME } from './company.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const CALLS = 1100;
const TWO = 'gpt-4o,gpt-4o-mini';

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const calls = company(Math.floor(Date.now() / 1000), CALLS);
  await post(toll.origin, calls.map((event, i) =>
    ({ ...event, user: `user-${i % 70}` })));
  await untilStored(toll.origin, CALLS);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const ask = async (query) => (await fetch(`${toll.origin}/api/plan?` +
  new URLSearchParams(query))).json();
const address = (query) => `#/plan?${new URLSearchParams(query)}`;
const openTable = async (region) => {
  await region.getByText('Show as table').click();
  await region.locator('table tbody tr').first().waitFor();
};

test('every figure is that of the API', async () => {
  const query = { name: HTML_NAME, like: HTML_NAME, users: '5000',
    adoption: '5..40', model: TWO, price_per_user_month: '0.5' };
  const { page, complaints, close } = await reader.open(toll.origin,
    address(query));
  const answer = await ask(query);
  const [first] = answer.models;
  await page.locator('.answer').getByText(written(answer.sentence)).waitFor();
  const expected = answer.cases[1];
  for (const [name, value] of [
    ['Expected a month', first.expected],
    ['A user and month', first.cost_per_user_month],
    ['A call', first.cost_per_request],
    ['Users', expected.users],
    ['Calls a month', expected.requests_per_month],
  ]) {
    assert.deepEqual(await exact(tile(page, name)), [String(value)], name);
  }
  const models = panel(page, 'By model');
  assert.deepEqual(await exact(models.locator('.planned')),
    answer.models.map((row) => row.expected));
  await openTable(models);
  assert.deepEqual(await exact(models.locator('tbody')),
    answer.models.flatMap((row) => [row.cost_per_request, row.low,
      row.expected, row.high, row.cost_per_user_month]));
  assert.deepEqual(await exact(panel(page, 'What is assumed')),
    answer.cases.flatMap((row) => [row.users, row.requests_per_month])
      .map(String));
  const price = panel(page, 'Against the price');
  await openTable(price);
  const percent = (share) => `${(share * 100).toFixed(1)}%`;
  assert.deepEqual(await price.locator('tbody td:nth-child(3)')
    .allTextContents(), answer.break_even.map((row) =>
    percent(row.margin_expected)));
  assert.deepEqual(await price.locator('tbody td:last-child')
    .allTextContents(), answer.break_even.map((row) =>
    percent(row.users_above_the_price)));
  assert.equal(await page.locator('.command code').textContent(),
    answer.guardrail);
  assert.equal(await page.locator('img, b').count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('it begins with the dearest feature, and fields change it', async () => {
  const { page, complaints, close } = await reader.open(toll.origin, '#/plan');
  const dearest = await page.getByLabel('Feature like it').inputValue();
  const usual = { name: 'new-feature', users: 1000, adoption: '10..30' };
  assert.deepEqual(await exact(tile(page, 'Expected a month')),
    [(await ask({ ...usual, like: dearest })).models[0].expected]);

  await page.getByLabel('Users who could', { exact: true }).fill('4321');
  await page.waitForURL('**/#/plan?users=4321');
  await page.getByLabel('Adoption, at least', { exact: true }).fill('50');
  await page.waitForURL('**/#/plan?users=4321&adoption=50..50');
  await page.getByLabel('Adoption, at most, by hand').press('End');
  await page.waitForURL('**/#/plan?users=4321&adoption=50..100');
  await page.getByLabel('Feature like it').selectOption('search');
  await page.getByLabel('Price a user').fill('3');
  await page.getByRole('button', { name: 'gpt-4o', exact: true }).click();
  await page.getByRole('button', { name: 'gpt-4o-mini', exact: true }).click();
  const wanted = { users: '4321', adoption: '50..100', like: 'search',
    price_per_user_month: '3', model: TWO };
  // What is typed comes a moment later than what is chosen.
  await page.waitForURL((url) => {
    const params = new URLSearchParams(url.hash.slice('#/plan?'.length));
    return Object.entries(wanted).every(([name, value]) =>
      params.get(name) === value);
  });
  await settled(page);
  const query = { ...usual, users: 4321, adoption: '50..100', like: 'search',
    price_per_user_month: 3, model: TWO };
  const answer = await ask(query);
  assert.deepEqual(await exact(tile(page, 'Expected a month')),
    [answer.models[0].expected]);

  await page.getByRole('button', { name: /^Plan on it.*gpt-4o-mini$/ }).click();
  await settled(page);
  assert.deepEqual(await exact(tile(page, 'Expected a month')),
    [answer.models[1].expected]);
  await page.goBack();
  await settled(page);
  assert.deepEqual(await exact(tile(page, 'Expected a month')),
    [answer.models[0].expected]);
  await page.getByRole('button', { name: 'Remove the filter gpt-4o-mini' })
    .click();
  await page.waitForURL((url) => /[?&]model=gpt-4o(&|$)/.test(url.hash));
  assert.deepEqual(complaints, []);
  await close();
});

test('calls can be stated by their tokens', async () => {
  const { page, close } = await reader.open(toll.origin, '#/plan?model=gpt-4o');
  await page.getByLabel('Stated tokens').check();
  await page.getByLabel('Tokens in', { exact: true }).fill('3000');
  await page.getByLabel('Of them from a cache', { exact: true }).fill('50');
  await page.waitForURL('**call=tokens&input_tokens=3000&cache_share=50');
  await settled(page);
  const answer = await ask({ name: 'new-feature', users: 1000,
    adoption: '10..30', model: 'gpt-4o', input_tokens: 3000, cache_share: 50,
    output_tokens: 400, requests_per_user_day: 2 });
  assert.deepEqual(await exact(tile(page, 'Expected a month')),
    [answer.models[0].expected]);
  await close();
});

test('the guardrail is taken along, with the fallback of choice', async () => {
  const query = { name: 'drafts & "quotes"', like: 'search', model: TWO };
  const { page, close } = await reader.open(toll.origin, address(query),
    { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByLabel('Model at the limit').selectOption('gpt-4o-mini');
  await page.waitForURL('**fallback=gpt-4o-mini');
  await settled(page);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const { guardrail } = await ask({ ...query, users: 1000, adoption: '10..30',
    fallback: 'gpt-4o-mini' });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
    guardrail);
  await close();
});

test('the guardrail is applied here, once the reader says so', async () => {
  const query = { name: 'order-help', like: 'search', model: TWO };
  const { page, complaints, close } = await reader.open(toll.origin,
    address(query));
  const budgets = async () => (await (await fetch(
    `${toll.origin}/api/budgets`)).json()).budgets;
  await page.getByRole('button', { name: 'Apply it here' }).click();
  const dialog = page.getByRole('dialog', { name: 'Apply the guardrail' });
  await accessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(await budgets(), []);
  await page.getByRole('button', { name: 'Apply it here' }).click();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('It holds now.').waitFor();
  const [budget] = await budgets();
  assert.deepEqual([budget.name, budget.where],
    ['order-help-month', { feature: 'order-help' }]);
  assert.deepEqual(complaints, []);
  await close();
});

test('what cannot be reckoned is told in words', async () => {
  const { page, close } = await reader.open(toll.origin,
    address({ like: 'search', model: 'nobody-knows-1' }));
  const { error } = await ask({ name: 'x', users: 1, adoption: 1,
    like: 'search', model: 'nobody-knows-1' });
  await page.locator('.callout').getByText(error.message.slice(1)).waitFor();
  await page.getByLabel('Users who could', { exact: true }).fill('-5');
  assert.equal(await page.getByLabel('Users who could', { exact: true })
    .getAttribute('aria-invalid'), 'true');
  await accessible(page);
  await close();
});

test('an empty ledger can plan as well', async () => {
  const empty = await startToll();
  const { page, complaints, close } = await reader.open(empty.origin,
    '#/plan?model=gpt-4o-mini');
  await tile(page, 'Expected a month').locator('data').waitFor();
  assert.equal(await page.getByLabel('Feature like it').count(), 0);
  await page.goto(`${empty.origin}/#/plan`);
  await page.getByText('On which model?').waitFor();
  await page.getByLabel('Model', { exact: true }).fill('gpt-4o-mini');
  await page.keyboard.press('Enter');
  await tile(page, 'Expected a month').locator('data').waitFor();
  assert.deepEqual(complaints, []);
  await close();
  await empty.stop();
});

test('readable by all, light and dark, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, address({ like: HTML_NAME, model: TWO,
    price_per_user_month: '0.5' }), async (page) => {
    for (const summary of await page.locator('summary').all()) {
      await summary.click();
    }
  });
});
