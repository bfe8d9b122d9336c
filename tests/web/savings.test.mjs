// Savings in a browser: amounts, reasons and the combined figure are those of
// GET /api/savings, and a line leads to what prices it call by call.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { formatUsd, parseUsd } = await load('lib/money.ts');
const DAY_S = 86_400;
const CALLS = 1100;
const ASKED = 150;
/** With a sign of a filter in it, and nowhere to break. */
const LONG_WORKFLOW = `a|b${'W'.repeat(253)}`;

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const now_s = Math.floor(Date.now() / 1000);
  await post(toll.origin, company(now_s, CALLS));
  await post(toll.origin, [...asked(now_s), ...evaluated(now_s),
    ...running(now_s, 'gpt-4.1'), ...running(now_s, 'gpt-4.1-nano')]);
  await untilStored(toll.origin, CALLS + 4 * ASKED);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

/** Calls that asked for a cheap model and were served by a dear one. */
function asked(now_s) {
  return Array.from({ length: ASKED }, (_, i) => ({
    id: `asked-${i}`, ts: now_s - 2 * DAY_S - i * 9000, provider: 'openai',
    model: 'gpt-4o', requested_model: 'gpt-4o-mini', feature: HTML_NAME,
    workflow: LONG_WORKFLOW, input_tokens: 20_000, output_tokens: 500,
  }));
}

/** Work that nobody waits for. */
function evaluated(now_s) {
  return Array.from({ length: ASKED }, (_, i) => ({
    id: `evaluated-${i}`, ts: now_s - 2 * DAY_S - i * 9000, provider: 'openai',
    model: 'gpt-4o', feature: 'search', environment: 'evaluation',
    input_tokens: 20_000, output_tokens: 500,
  }));
}

/** A model that runs here, and a cheaper one. */
function running(now_s, model) {
  return Array.from({ length: ASKED }, (_, i) => ({
    id: `${model}-${i}`, ts: now_s - 2 * DAY_S - i * 9000, provider: 'openai',
    model, feature: `on-${model}`, input_tokens: 20_000, output_tokens: 500,
  }));
}

const ask = async (query = '') =>
  (await fetch(`${toll.origin}/api/savings?${query}`)).json();
const rows = (page) => page.locator('.saving');

test('figures, lines and reasons are those of the API', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/savings');
  const answer = await ask();
  await page.locator('.sentence').getByText(written(answer.sentence)).waitFor();
  for (const [name, value] of [
    ['Could be saved a month', answer.combined],
    ['If quality holds elsewhere', answer.combined_if_quality_holds],
    ['Spent a month', answer.cost_per_month],
  ]) {
    assert.deepEqual(await exact(tile(page, name)), [value], name);
  }
  assert.equal(await tile(page, 'Low to high').textContent(),
    `${formatUsd(parseUsd(answer.combined_low), 0)} – ` +
    formatUsd(parseUsd(answer.combined_high), 0));
  for (const kind of ['asked_model', 'batch', 'cheaper_model']) {
    assert.ok(answer.savings.some((line) => line.kind === kind), kind);
  }
  assert.deepEqual(await exact(rows(page)),
    answer.savings.map((line) => line.point));
  assert.deepEqual(await rows(page).locator('.badge').allTextContents(),
    answer.savings.map((line) => line.confidence));

  for (const [i, reason] of answer.reasons.entries()) {
    const row = rows(page).nth(i);
    if (i > 0) {
      await row.locator('button').first().click();
    }
    const told = (await row.locator('dd').allTextContents())
      .map((text) => text.toLowerCase());
    assert.deepEqual(told, ['arithmetic', 'check_first', 'falsified_by'].map(
      (name) => `${written(reason[name])}.`.toLowerCase()));
  }
  await page.getByText(written(answer.notes[0])).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('what is shown, and what may wait, stand in the address', async () => {
  const { page, close } = await reader.open(toll.origin, '#/savings');
  const answer = await ask();
  await page.getByRole('radio', { name: 'Other models' }).check();
  await page.waitForURL('**/#/savings?show=model');
  assert.deepEqual(await exact(rows(page)), answer.savings
    .filter(({ kind }) => kind === 'cheaper_model').map(({ point }) => point));
  await page.goBack();
  assert.equal(await rows(page).count(), answer.savings.length);

  const i = answer.reasons.findIndex(({ to_tier, environment, feature }) =>
    to_tier === 'batch' && environment !== null && feature === 'search');
  if (await rows(page).nth(i).locator('dd').count() === 0) {
    await rows(page).nth(i).locator('button').first().click();
  }
  await page.getByLabel('A day later is soon enough').check();
  await page.waitForURL('**/#/savings?batch=search');
  await settled(page);
  const stated = await ask('batch=search');
  assert.deepEqual(await exact(tile(page, 'Could be saved a month')),
    [stated.combined]);
  await page.getByText('stated by you').first().waitFor();
  await close();
});

test('a line leads to its price call by call, and names stay text',
  async () => {
    const { page, complaints, close } = await reader.open(toll.origin,
      '#/savings?show=sure');
    const answer = await ask();
    const i = answer.savings.findIndex(({ kind }) => kind === 'asked_model');
    const [saving, reason] = [answer.savings[i], answer.reasons[i]];
    assert.equal(saving.feature, HTML_NAME);
    const row = rows(page).filter({
      has: page.getByRole('button', { name: 'The model that was asked for' }),
    });
    await row.getByText(HTML_NAME, { exact: true }).waitFor();
    if (await row.locator('dd').count() === 0) {
      await row.locator('button').first().click();
    }
    await row.getByRole('link', { name: 'Price each call' }).click();
    await page.getByRole('heading', { name: 'What if', exact: true }).waitFor();
    await settled(page);
    const query = new URLSearchParams({ feature: saving.feature,
      to_model: reason.to_model, to_provider: reason.to_provider,
      where: `workflow:${LONG_WORKFLOW.replace('|', '\\|')}` });
    const priced = await (await fetch(
      `${toll.origin}/api/whatif?${query}`)).json();
    assert.deepEqual(await exact(tile(page, 'Difference, a month')),
      [priced.difference_per_month]);
    assert.equal(await page.locator('img, b').count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

test('nothing to save, an error, and an environment of its own', async () => {
  const { page, close } = await reader.open(toll.origin,
    '#/savings?environment=internal');
  await page.locator('.sentence').getByText('there is nothing to save')
    .waitFor();
  await panel(page, 'What could be done')
    .getByText('Nothing to save was found').waitFor();
  await page.route('**/api/savings*', (route) => route.fulfill({ status: 503,
    contentType: 'application/json', body: JSON.stringify(
      { error: { code: 'busy', message: 'The store is closed.', hint: '' } }),
  }));
  await page.getByRole('button', { name: 'Load again' }).click();
  await page.getByRole('alert').getByText('The store is closed.').waitFor();
  await page.unroute('**/api/savings*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Nothing to save was found').waitFor();
  await close();
});

test('readable by all, light and dark, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/savings', async (page) => {
    for (const button of await page.locator('.saving button').all()) {
      if (await button.getAttribute('aria-expanded') === 'false') {
        await button.click();
      }
    }
  });
});
