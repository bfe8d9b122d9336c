// Customers in a browser: cost, revenue and margin are those of GET
// /api/customers, and so is what a cap, a price or another model would change.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { addDays } = await load('lib/time.ts');
const { exactUsd, parseUsd } = await load('lib/money.ts');
const { formatRatio } = await load('lib/format.ts');

/** Days that are over, so that revenue stands still. */
const TODAY = new Date().toISOString().slice(0, 10);
const FIRST = addDays(TODAY, -20);
const RANGE = `from=${FIRST}&to=${addDays(TODAY, -2)}`;
const MONTH = FIRST.slice(0, 7);
const NAMES = ['acme', HTML_NAME, 'idle', 'no revenue', '', 'a|b*'];
const CALLS = 240;

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const start_s = Date.parse(`${FIRST}T12:00:00Z`) / 1000;
  await post(toll.origin, Array.from({ length: CALLS }, (_, i) => {
    const which = [0, 1, 3, 4, 5][i % 5];
    return {
      id: `call-${i}`, provider: 'openai', model: 'gpt-4o',
      ts: start_s + (i % 15) * 86_400, feature: i % 2 ? 'search' : 'chat',
      customer: NAMES[which], user: `${i % 30}`, segment: 'shops',
      input_tokens: 20_000 * (which + 1), output_tokens: 900 + i,
    };
  }));
  await state([[NAMES[0], 'gold', 900], [NAMES[1], '<i>free</i>', 0],
    [NAMES[2], 'gold', 40], [NAMES[5], 'gold', 3]]);
  await untilStored(toll.origin, CALLS);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

async function state(rows) {
  const response = await fetch(`${toll.origin}/v1/customers`, { method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rows.map(([customer, tier, revenue]) =>
      ({ customer, tier, segment: 'shops', revenue, from: MONTH }))) });
  assert.equal(response.status, 200, await response.text());
}

const ask = async (query = '') => (await fetch(
  `${toll.origin}/api/customers?${RANGE}&limit=1000${query}`)).json();
/** Records are seen by queries soon after, not at once. */
async function stated() {
  for (;;) {
    const answer = await ask();
    if (answer.n_losing !== null) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const openTable = async (region) => {
  await region.getByText('Show as table').click();
  await region.locator('table tbody tr').first().waitFor();
};
const known = (row, names) => names.map((name) => row[name])
  .filter((value) => value !== null).map(String);

test('figures and tables are those of the API', async () => {
  const answer = await stated();
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/customers?${RANGE}`);
  await page.locator('.sentence').getByText(written(answer.sentence)).waitFor();
  for (const [name, value] of [['They cost', answer.cost],
    ['They bring', answer.revenue], ['Margin', answer.margin],
    ['Cost more than they bring', String(answer.n_losing)]]) {
    assert.deepEqual(await exact(tile(page, name)), [value], name);
  }
  assert.equal(await tile(page, 'Cost of the revenue').textContent(),
    formatRatio(answer.cost_of_revenue));
  assert.ok(answer.dear.length >= 2);
  const columns = ['users', 'requests', 'cost', 'revenue', 'margin'];
  assert.deepEqual(
    await exact(panel(page, 'Dear for what they bring').locator('tbody')),
    answer.dear.flatMap((row) => known(row, columns)));
  const all = panel(page, 'All customers');
  assert.deepEqual(await exact(all.locator('tbody')),
    answer.customers.flatMap((row) => known(row, columns)));
  await all.getByRole('button', { name: 'Margin' }).click();
  const margins = answer.customers.map(({ margin }) => margin)
    .filter((margin) => margin !== null).map(parseUsd);
  const most = margins.reduce((a, b) => (b > a ? b : a));
  assert.equal((await exact(all.locator('tbody tr').first())).at(-1),
    exactUsd(most));

  const groups = page.getByRole('region', { name: 'Shares of both' });
  await openTable(groups);
  const sums = ['customers', 'cost', 'revenue', 'margin', 'cost_per_customer'];
  assert.deepEqual(await exact(groups.locator('tbody')),
    answer.tiers.flatMap((row) => known(row, sums)));
  await page.getByLabel('Segments', { exact: true }).check();
  await page.waitForURL('**group=segment');
  assert.deepEqual(await exact(groups.locator('tbody')),
    answer.segments.flatMap((row) => known(row, sums)));

  const drawn = panel(page, 'Cost against revenue');
  await openTable(drawn);
  assert.deepEqual(await drawn.locator('tbody th').allTextContents(),
    answer.customers.filter(({ customer, revenue }) =>
      customer !== '' && revenue !== null).map(({ customer }) => customer));
  assert.equal(await page.locator('img, b, i').count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('a dot opens its customer, and says which it is', async () => {
  await stated();
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/customers?${RANGE}`);
  const canvas = panel(page, 'Cost against revenue').locator('.chart canvas');
  await canvas.waitFor();
  const box = await canvas.boundingBox();
  const tip = page.locator('.tip .tip-title');
  // Somewhere in it lies a dot; the pointer looks for it.
  search: for (let y = 20; y < box.height - 20; y += 6) {
    for (let x = 60; x < box.width - 10; x += 6) {
      await page.mouse.move(box.x + x, box.y + y);
      if (await tip.count() > 0 && await tip.first().isVisible()) {
        break search;
      }
    }
  }
  const name = await tip.first().textContent();
  assert.ok(NAMES.includes(name), name);
  await page.mouse.down();
  await page.mouse.up();
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('a cap and a price are the insight’s, and in the address', async () => {
  await stated();
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/customers?${RANGE}`);
  await page.getByLabel('Calls end at').fill('0.5');
  await page.waitForURL('**cap=0.5');
  await page.getByLabel('Each pays').fill('25');
  await page.waitForURL('**cap=0.5&price=25');
  await page.locator('.field', { has: page.getByText('For', { exact: true }) })
    .locator('select').selectOption('gold');
  await page.waitForURL('**price=25&tier=gold');
  await settled(page);
  const { what_if: rows } = await ask('&cap=0.5&price=25&tier=gold');
  assert.equal(rows.length, 2);
  const table = page.getByRole('region', { name: 'Table: What would change' });
  assert.deepEqual(await exact(table.locator('tbody')), rows.flatMap((row) =>
    known(row, ['customers', 'cost', 'revenue', 'margin', 'margin_change'])));
  assert.deepEqual(complaints, []);
  await close();
});

test('another model for one customer, and what is left then', async () => {
  await stated();
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/customers?${RANGE}`);
  await page.locator('.field', { has: page.getByText('Calls of',
    { exact: true }) }).locator('select').selectOption('a|b*');
  await page.locator('.field', { has: page.getByText('In the feature',
    { exact: true }) }).locator('select').selectOption('search');
  const model = page.getByLabel('On the model', { exact: true });
  await model.fill('gpt-4o-mini');
  await model.press('Enter');
  await page.waitForURL('**to_model=gpt-4o-mini');
  await settled(page);
  const query = new URLSearchParams(`${RANGE}&feature=search&` +
    'to_model=gpt-4o-mini');
  query.append('where', 'customer:a\\|b\\*');
  const priced = await (await fetch(
    `${toll.origin}/api/whatif?${query}`)).json();
  const { customers } = await ask();
  const row = customers.find(({ customer }) => customer === 'a|b*');
  assert.deepEqual((await exact(page.locator('.sums'))), [
    priced.actual_cost, String(priced.compared_requests), priced.cost_there,
    exactUsd(parseUsd(row.margin) - parseUsd(priced.difference)),
    exactUsd(-parseUsd(priced.difference))]);
  await page.getByRole('link', { name: 'How sure that is' }).click();
  await page.getByRole('heading', { name: 'What if', exact: true }).waitFor();
  await settled(page);
  assert.deepEqual(await exact(tile(page, 'Difference, a month')),
    [priced.difference_per_month]);
  assert.deepEqual(complaints, []);
  await close();
});

test('without revenue it says how to state it', async () => {
  const other = await startToll();
  await post(other.origin, [{ id: 'one', provider: 'openai', model: 'gpt-4o',
    customer: 'acme', input_tokens: 1000, output_tokens: 10 }]);
  await untilStored(other.origin, 1);
  const { page, complaints, close } = await reader.open(other.origin,
    '#/customers');
  await page.getByText(`curl -X PUT ${other.origin}/v1/customers`).waitFor();
  await panel(page, 'What they cost').getByText('acme').waitFor();
  await accessible(page);
  assert.deepEqual(complaints, []);
  await close();
  await other.stop();
});

test('one that made no call in the range is told as such', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/customers/nobody');
  await page.getByText('No calls of nobody in this range').waitFor();
  await page.goto(
    `${toll.origin}/#/customers/nobody?from=2021-03-01&to=2021-03-08`);
  await settled(page);
  assert.deepEqual(complaints, []);
  await close();
});

test('readable by all, light and dark, on a desk and on a phone', async () => {
  await stated();
  await reader.checkLooks(toll.origin,
    '#/customers?cap=1&to_model=gpt-4o-mini', async (page) => {
      for (const summary of await page.locator('summary').all()) {
        await summary.click();
      }
    });
});
