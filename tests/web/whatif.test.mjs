// What if in a browser: what another model or tier would have cost is what
// GET /api/whatif says, and what is chosen stands in the address.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { formatUsd, parseUsd } = await load('lib/money.ts');
const { addDays } = await load('lib/time.ts');
const CALLS = 1100;
/** Of days that are over, so that the answer stays the same. */
const TODAY = new Date().toISOString().slice(0, 10);
const DAYS = { from: addDays(TODAY, -9), to: addDays(TODAY, -2) };
const RANGE = String(new URLSearchParams(DAYS));

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  await post(toll.origin, company(Math.floor(Date.now() / 1000), CALLS));
  await untilStored(toll.origin, CALLS);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const ask = async (query) => (await fetch(`${toll.origin}/api/whatif?` +
  new URLSearchParams(query))).json();
const address = (query) => `#/whatif?${new URLSearchParams(query)}`;

async function openTable(region) {
  await region.getByText('Show as table').click();
  await region.locator('tbody tr').first().waitFor();
}

test('every figure is that of the API', async () => {
  const query = { feature: HTML_NAME, to_model: 'gpt-4.1', tier: 'batch' };
  const { page, complaints, close } = await reader.open(toll.origin,
    address(query));
  const answer = await ask(query);
  await page.locator('.callout').getByText(written(answer.sentence)).waitFor();
  for (const [name, value] of [
    ['Now, a month', answer.actual_per_month],
    ['There, a month', answer.cost_there_per_month],
    ['Difference, a month', answer.difference_per_month],
  ]) {
    assert.deepEqual(await exact(tile(page, name)), [value], name);
  }
  const classes = panel(page, 'Where the difference comes from');
  assert.deepEqual(await exact(classes.locator('.waterfall')),
    [answer.actual_cost, ...answer.classes.map((row) => row.difference)
      .filter((usd) => !/^0\.0*$/.test(usd)), answer.cost_there]);
  await openTable(classes);
  assert.deepEqual(await exact(classes.locator('tbody')), answer.classes
    .flatMap((row) => [row.actual, row.there, row.difference]));
  assert.deepEqual(await exact(classes.locator('tfoot')),
    [answer.actual_cost, answer.cost_there, answer.difference]);
  const sure = panel(page, 'How sure it is');
  await openTable(sure);
  assert.deepEqual(await exact(sure.locator('tbody')), answer.estimates
    .flatMap((row) => [row.cost_there, row.difference_per_month]));
  const sums = panel(page, 'Arithmetic');
  assert.deepEqual(await exact(sums), [String(answer.compared_requests),
    answer.actual_cost, answer.cost_there, answer.difference]);
  await sums.getByText(
    `= ${formatUsd(parseUsd(answer.actual_per_month))} a month`).waitFor();
  for (const note of answer.notes) {
    await page.getByText(written(note)).waitFor();
  }
  assert.equal(await page.locator('img, b').count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('what is chosen stands in the address', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/whatif?${RANGE}`);
  await page.getByText('Worth a look').waitFor();
  await page.getByLabel('Feature').selectOption('search');
  await page.getByRole('button', { name: 'gpt-4o-mini', exact: true }).click();
  await page.waitForURL(`**/#/whatif?${RANGE}&feature=search&` +
    'to_model=gpt-4o-mini');
  await settled(page);
  await page.getByLabel('Calls that move', { exact: true }).fill('40');
  await page.waitForURL('**share=40');
  await page.getByLabel('I know that quality holds').check();
  await page.getByLabel('Range above').check();
  await page.waitForURL('**share=40&quality_holds=1&days=range');
  await settled(page);
  const answer = await ask({ feature: 'search', to_model: 'gpt-4o-mini',
    share: 40, quality_holds: 1, ...DAYS });
  assert.deepEqual(await exact(tile(page, 'Difference, a month')),
    [answer.difference_per_month]);
  await page.locator('.callout-title').getByText(
    answer.verdict === 'quality_stated' ? 'A saving, if quality holds'
      : 'It would cost more').waitFor();
  await page.goBack();
  await page.waitForURL('**share=40&quality_holds=1');
  assert.deepEqual(complaints, []);
  await close();
});

test('any model of the price list can be searched for', async () => {
  const { page, close } = await reader.open(toll.origin,
    address({ feature: 'search' }));
  const model = page.getByLabel('On the model', { exact: true });
  await model.fill('haiku-4');
  await page.locator('datalist option[value="claude-haiku-4-5"]')
    .waitFor({ state: 'attached' });
  await model.fill('');
  await model.pressSequentially('claude-haiku-4-5', { delay: 30 });
  await page.waitForURL('**to_model=claude-haiku-4-5');
  await settled(page);
  await tile(page, 'There, a month').locator('data').waitFor();
  await close();
});

test('a model without a price is told of, with those near it', async () => {
  const { page, close } = await reader.open(toll.origin,
    address({ feature: 'search', to_model: 'gpt-4o-minni' }));
  const answer = await ask({ feature: 'search', to_model: 'gpt-4o-minni' });
  const { message } = answer.error;
  await page.locator('.callout').getByText(message.slice(1)).waitFor();
  await accessible(page);
  await close();
});

test('a feature without calls says so', async () => {
  const query = { feature: 'search', to_model: 'gpt-4o-mini',
    days: 'range', from: '2021-01-01', to: '2021-02-01' };
  const { page, complaints, close } = await reader.open(toll.origin,
    address(query));
  await page.getByText('Nothing to price again', { exact: true }).waitFor();
  await page.getByText('There are no calls of search').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('readable by all, light and dark, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/whatif');
  await reader.checkLooks(toll.origin,
    address({ feature: HTML_NAME, to_model: 'gpt-4.1' }), async (page) => {
      for (const summary of await page.locator('summary').all()) {
        await summary.click();
      }
    });
});
