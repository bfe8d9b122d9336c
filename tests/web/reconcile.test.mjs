// Reconciliation in a browser: the bill, the ledger and the causes between
// them, as GET /api/reconcile has them, and a bill that is added by hand.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, query, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';

const { exactUsd, parseUsd, sum } = await load('lib/money.ts');

const CALLS = 1100;

let reader;
let toll;
let month; // that with most of the calls, "2026-11"
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const now_s = Math.floor(Date.now() / 1000);
  await post(toll.origin, company(now_s, CALLS));
  await untilStored(toll.origin, CALLS);
  const { rows } = await query(toll.origin, 'metrics=requests&interval=month' +
    '&range=all&where=environment:*&order=-requests&limit=1');
  month = rows[0][0].slice(0, 7);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const reconcile = async (params = '') => (await fetch(
  `${toll.origin}/api/reconcile?month=${month}${params}`)).json();

/** A bill of each day: dearer for one model, with a fee and a credit. */
async function bill() {
  const [from, to] = [`${month}-01`, nextMonth(month)];
  const { rows } = await query(toll.origin, 'metrics=cost&by=provider,model' +
    `&interval=day&from=${from}&to=${to}&timezone=UTC&where=environment:*`);
  const line = (...cells) => cells.map((cell) =>
    `"${String(cell).replaceAll('"', '""')}"`).join(',');
  return ['provider,from,to,model,line,charge,amount',
    ...rows.map(([day, provider, model, cost]) => line(provider, day,
      nextDay(day), model, `${model} tokens`, 'tokens',
      model === 'gpt-4o' ? (Number(cost) * 1.5).toFixed(9) : cost)),
    line('openai', from, nextDay(from), '', HTML_NAME, 'storage', '3.25'),
    line('openai', from, nextDay(from), '', 'Credit', '', '-1.50'),
  ].join('\n');
}

function nextDay(day) {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

function nextMonth(one) {
  return `${nextDay(`${one}-28`).startsWith(one)
    ? new Date(Date.parse(`${one}-28`) + 4 * 86_400_000).toISOString()
      .slice(0, 7)
    : nextDay(`${one}-28`).slice(0, 7)}-01`;
}

async function choose(page, name, body) {
  await page.getByRole('button', { name: 'Add a bill' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add a bill' });
  await dialog.getByLabel(/^File/).setInputFiles({ name,
    mimeType: 'application/octet-stream', buffer: Buffer.from(body) });
  await dialog.getByRole('button', { name: 'Add it' }).click();
  return dialog;
}

test('without a bill it says what to do, and takes one', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/reconcile?month=${month}`);
  await page.getByText('Nothing to hold the sums against yet').waitFor();
  const dialog = await choose(page, 'bill.csv', await bill());
  await dialog.getByText(/^\d+ lines taken$/).waitFor();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await panel(page, 'From what toll counted to what was billed').waitFor();
  const answer = await reconcile();
  for (const [name, value] of [['Billed', answer.invoice],
    ['toll counted', answer.toll], ['Difference', answer.difference],
    ['Unexplained', answer.unexplained]]) {
    assert.deepEqual(await exact(tile(page, name)), [value], name);
  }
  assert.deepEqual(complaints, []);
  await close();
});

test('the causes lead from one sum to the other', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/reconcile?month=${month}`);
  const answer = await reconcile();
  const values = await exact(panel(page,
    'From what toll counted to what was billed').locator('.waterfall'));
  assert.equal(values[0], answer.toll);
  assert.equal(values.at(-1), answer.invoice);
  assert.equal(exactUsd(sum(values.slice(0, -1).map(parseUsd))),
    answer.invoice);
  for (const cause of ['credits', 'fees', 'unexplained']) {
    assert.ok(answer.causes.some((row) => row.cause === cause), cause);
  }
  await page.getByText('Show as table').first().click();
  const table = page.getByRole('region', { name: 'Table: Causes' });
  await table.waitFor();
  assert.deepEqual(await exact(table), answer.causes.map(({ usd }) => usd));
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('one provider alone, and back to all', async () => {
  const { page, close } = await reader.open(toll.origin,
    `#/reconcile?month=${month}`);
  await panel(page, 'By provider').getByRole('button', { name: 'anthropic' })
    .click();
  await page.waitForURL(/provider=anthropic/);
  await settled(page);
  const { invoice } = await reconcile('&provider=anthropic');
  assert.deepEqual(await exact(tile(page, 'Billed')), [invoice]);
  await page.getByRole('button', { name: /Remove the filter/ }).click();
  await settled(page);
  assert.deepEqual(await exact(tile(page, 'Billed')),
    [(await reconcile()).invoice]);
  await close();
});

test('lines that are refused are told with their reason', async () => {
  const { page, close } = await reader.open(toll.origin,
    `#/reconcile?month=${month}`);
  const dialog = await choose(page, 'bad.csv',
    `provider,from,to,amount\nopenai,${month}-01,${month}-02,much\n`);
  await dialog.getByText('1 line refused:').waitFor();
  await dialog.getByText(/^Line 1: .*amount/).waitFor();
  await dialog.getByLabel(/^File/).setInputFiles({ name: 'bad.json',
    mimeType: 'application/json', buffer: Buffer.from('{"no') });
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await dialog.getByRole('alert').waitFor();
  await close();
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, `#/reconcile?month=${month}`,
    async (page) => {
      await page.getByText('Show as table').first().click();
    });
});
