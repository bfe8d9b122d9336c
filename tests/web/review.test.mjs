// The weekly review in a browser: what it says is what GET /api/review says,
// and it can be taken along.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, FEATURES, HTML_NAME, unpriced } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { addDays, dayInZone, formatDays } = await load('lib/time.ts');
const { mondayOf, mondayOfWeek, weekName } = await load('lib/week.ts');

const CALLS = 1500;

let reader;
let toll;
let weekOfUnpriced;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const now_s = Math.floor(Date.now() / 1000);
  await post(toll.origin, company(now_s, CALLS));
  const house = unpriced(now_s, 6);
  await post(toll.origin, house);
  weekOfUnpriced = weekName(mondayOf(dayInZone(
    new Date(house[0].ts * 1000).toISOString(), 'Asia/Kolkata')));
  await untilStored(toll.origin, CALLS + 6);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const review = async (query = '') =>
  (await fetch(`${toll.origin}/api/review${query}`)).json();

/** What a table of shares shows of money, row by row. */
const moneyOf = (rows) => rows.flatMap(({ cost, change }) => [cost, change])
  .filter((amount) => amount !== null);

test('weeks have the names of ISO 8601', () => {
  for (const [day, name] of [
    ['2026-11-30', '2026-W49'], ['2026-11-29', '2026-W48'],
    ['2027-01-03', '2026-W53'], ['2027-01-04', '2027-W01'],
    ['2024-12-30', '2025-W01'], ['2021-01-01', '2020-W53'],
  ]) {
    assert.equal(weekName(day), name);
    assert.equal(mondayOfWeek(name), mondayOf(day));
  }
  for (const none of ['2026-W54', '2025-W53', '2026-W00', '2026-48', '']) {
    assert.equal(mondayOfWeek(none), null, none);
  }
});

test('the last complete week, as the API has it', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/review');
  const answer = await review();
  await page.locator('.letter').getByText(written(answer.sentence)).waitFor();
  for (const { figure, this_week: now } of answer.totals) {
    const name = figure === 'cost' ? 'Spend'
      : figure.charAt(0).toUpperCase() + figure.slice(1);
    assert.equal(await tile(page, name).textContent(), now);
  }
  assert.deepEqual(await exact(panel(page, 'What moved')),
    answer.movers.map(({ delta }) => delta));
  assert.deepEqual(await exact(panel(page, 'Features')),
    moneyOf(answer.features));
  assert.deepEqual(await exact(panel(page, 'Models')), moneyOf(answer.models));
  assert.deepEqual(await exact(panel(page, 'What to do next')),
    answer.actions.map((action) => action.saves_a_month));
  assert.deepEqual(complaints, []);
  await close();
});

test('names are text, whatever they hold', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/review');
  const names = await panel(page, 'Features').locator('tbody th')
    .allTextContents();
  assert.ok(names.includes(HTML_NAME), names.join(', '));
  assert.ok(names.includes('Untagged'));
  assert.ok(names.every((name) =>
    name === 'Untagged' || FEATURES.includes(name)));
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('the alerts of the week stand in it', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/none');
  const alert = { since: '2026-11-25T06:40:00+05:30', severity: 'page',
    alert: `A run of ${HTML_NAME} goes in circles.`, owner: 'ops',
    cost_so_far: '12.345000000000', state: 'over' };
  await page.route('**/api/review*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response,
      json: { ...await response.json(), alerts: [alert] } });
  });
  await page.goto(`${toll.origin}/#/review`);
  const alerts = panel(page, 'Alerts');
  await alerts.getByText(alert.alert).waitFor();
  await alerts.getByText('25 Nov 2026, 06:40').waitFor();
  assert.deepEqual(await exact(alerts), [alert.cost_so_far]);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('what has no price is not said to cost nothing', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/review?week=${weekOfUnpriced}`);
  const row = panel(page, 'Models').locator('tr',
    { hasText: 'house-model-without-price' });
  assert.deepEqual((await row.locator('td').allTextContents()).slice(0, 3),
    ['no price', '–', '–']);
  assert.equal((await review(`?week=${weekOfUnpriced}`)).models
    .find(({ name }) => name === 'house-model-without-price').cost, null);
  assert.deepEqual(complaints, []);
  await close();
});

test('another week is chosen, and stands in the address', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/review');
  const { from } = await review();
  const monday = mondayOf(addDays(from.slice(0, 10), 1));
  await page.getByRole('button', { name: 'The week before' }).click();
  const before = addDays(monday, -7);
  await page.waitForURL(`**/#/review?week=${weekName(before)}`);
  await settled(page);
  const answer = await review(`?week=${weekName(before)}`);
  assert.deepEqual(await exact(panel(page, 'Features')),
    moneyOf(answer.features));
  await page.locator('.over')
    .getByText(formatDays(before, addDays(before, 6))).waitFor();
  await page.getByRole('button', { name: 'The week after' }).click();
  await page.waitForURL('**/#/review');
  await page.getByRole('button', { name: 'The week after' }).click();
  await settled(page);
  assert.ok(await page.getByRole('button', { name: 'The week after' })
    .isDisabled(), 'there is no week after this one');
  assert.deepEqual(complaints, []);
  await close();
});

test('it is taken along as Markdown, for Slack and as one page', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/review');
  await page.getByRole('button', { name: 'Send' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send this review' });
  const text = dialog.locator('.command code').first();
  const markdown = await (await fetch(
    `${toll.origin}/api/review?format=markdown`)).text();
  await text.getByText(markdown.split('\n')[0]).waitFor();
  assert.equal(await text.textContent(), markdown);
  await dialog.locator('.segment', { hasText: 'Slack blocks' }).click();
  await text.getByText('"blocks"').waitFor();
  assert.ok(Array.isArray(JSON.parse(await text.textContent()).blocks));
  const [download] = await Promise.all([page.waitForEvent('download'),
    dialog.getByRole('link', { name: /One page/ }).click()]);
  assert.match(download.suggestedFilename(), /\.html$/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() =>
    document.activeElement.textContent.trim()), 'Send');
  assert.deepEqual(complaints, []);
  await close();
});

test('printed it is all there, without what is for clicking', async () => {
  const { page, close } = await reader.open(toll.origin, '#/review',
    { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  for (const hidden of ['.rail', '.bar', '.page-actions']) {
    assert.ok(await page.locator(hidden).first().isHidden(), hidden);
  }
  await page.getByRole('heading', { name: 'Weekly review' }).waitFor();
  for (const scroll of await page.locator('.scroll').all()) {
    assert.ok(await scroll.evaluate((box) =>
      box.scrollHeight <= box.clientHeight + 1), 'no row is cut off');
  }
  assert.match(await page.evaluate(() =>
    getComputedStyle(document.querySelector('h1')).color), /rgb\(2\d, 2\d/);
  await close();
});

test('a week that toll refuses is told, and what to do', async () => {
  const { page, close } = await reader.open(toll.origin, '#/review');
  await page.route('**/api/review*', (route) => route.fulfill({
    status: 503, contentType: 'application/json',
    body: JSON.stringify({ error: { message: 'The store is closed.',
      hint: 'Open it.' } }),
  }));
  await page.getByRole('button', { name: 'Load again' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('The store is closed.').waitFor();
  await page.unroute('**/api/review*');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await panel(page, 'What moved').waitFor();
  await close();
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/review');
  await reader.checkLooks(toll.origin, '#/review', async (page) => {
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.dialog .command code').first().waitFor();
  });
});
