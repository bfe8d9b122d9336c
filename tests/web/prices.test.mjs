// The price book in a browser: what is used comes first, what has no price is
// told, and every price is as GET /api/prices has it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { company, HTML_NAME, unpriced } from './company.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { exact, panel, Reader, tile } from './visit.mjs';

const CONFIG = `prices:
  overrides:
    - {provider: openai, model: gpt-4o-mini, input: 0.10, output: 0.4025}
  discounts:
    - {provider: anthropic, percent: 12, from: 2026-01-01}
`;
const CALLS = 550;

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll({ config: CONFIG });
  const now_s = Math.floor(Date.now() / 1000);
  await post(toll.origin, company(now_s, CALLS));
  await post(toll.origin, unpriced(now_s, 4));
  await post(toll.origin, [{ id: 'hostile', ts: now_s - 60, provider: 'mine',
    model: HTML_NAME, input_tokens: 10 }]);
  await untilStored(toll.origin, CALLS + 5);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const prices = async (query) =>
  (await fetch(`${toll.origin}/api/prices?${query}`)).json();
const names = (page) => panel(page, 'Price list').locator('tbody .price-model')
  .locator('.name').allTextContents();

test('what is used comes first, what has no price before it', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/prices');
  const { rows, book, unpriced: none } = await prices('current=1&limit=100');
  assert.equal(none, 2);
  assert.deepEqual(await names(page), rows.map(({ model }) => model));
  assert.deepEqual(await exact(tile(page, 'Used without a price')), ['2']);
  assert.equal(await tile(page, 'Age').textContent(), `${book.age_days} days`);
  const table = panel(page, 'Price list').locator('tbody tr');
  for (const [i, row] of rows.slice(0, 5).entries()) {
    const { requests, cost } = row.used['30d'];
    assert.deepEqual(await exact(table.nth(i)),
      [String(requests), ...(row.priced ? [cost] : [])]);
  }
  assert.deepEqual(complaints, []);
  await close();
});

test('prices are written to their last digit', async () => {
  const { page, close } = await reader.open(toll.origin,
    '#/prices?search=gpt-4o-mini&used=1');
  assert.deepEqual(await names(page), ['gpt-4o-mini']);
  const cells = await panel(page, 'Price list').locator('tbody tr').first()
    .locator('td').allTextContents();
  assert.deepEqual(cells.slice(1, 4), ['$0.10', '–', '$0.4025']);
  await page.getByText('your price').waitFor();
  await panel(page, 'Discounts').getByText('in force').waitFor();
  await close();
});

test('what has no price comes with lines that toll takes', async () => {
  const { page, close } = await reader.open(toll.origin, '#/prices');
  const lines = await page.locator('.callout .command code').textContent();
  const folder = mkdtempSync(join(tmpdir(), 'toll-lines-'));
  try {
    writeFileSync(join(folder, 'toll.yaml'), lines);
    execFileSync(process.env.TOLL_BIN ?? 'build/toll',
      ['check-config', join(folder, 'toll.yaml')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.ok(lines.includes('house-model-without-price'), lines);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  await close();
});

test('a model is searched for as it is typed, in the address', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/prices');
  await page.getByLabel('Find a model').pressSequentially('sonnet-4');
  await page.waitForURL(/#\/prices\?search=sonnet-4$/);
  await settled(page);
  const { rows, total } = await prices('search=sonnet-4&current=1&limit=100');
  assert.deepEqual(await names(page), rows.map(({ model }) => model));
  await page.getByText(`${rows.length} of ${total} prices`).waitFor();
  await page.getByLabel('Find a model').fill('no such model at all');
  await page.getByText('No such model', { exact: true }).waitFor();
  await page.getByLabel('Find a model').fill('');
  await page.waitForURL(/#\/prices$/);
  await settled(page);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText(/^200 of /).waitFor();
  assert.equal((await names(page)).length, 200);
  assert.deepEqual(complaints, []);
  await close();
});

test('a store without calls has its book too', async () => {
  const empty = await startToll();
  try {
    const { page, complaints, close } = await reader.open(empty.origin,
      '#/prices');
    await page.getByText(/none was used in the last 90 days/).waitFor();
    assert.equal((await names(page)).length, 100);
    assert.deepEqual(complaints, []);
    await close();
  } finally {
    await empty.stop();
  }
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/prices?search=gpt');
});
