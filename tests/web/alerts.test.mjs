// Alerts in a browser: those of GET /api/alerts on one scale of time, and each
// with its causes, what to do, and who has it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { settled, startToll } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { exactUsd, parseUsd, sum } = await load('lib/money.ts');
const { titleOf } = await load('pages/alerts/words.ts');

/** Enough history for what is planted in its last weeks to stand out. */
const DEMO = ['--days', '60', '--events', '120000'];

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll({ demo: DEMO });
  while ((await list()).watched_since === null) {
    await sleep(100);
  }
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const get = async (path) => (await fetch(`${toll.origin}${path}`)).json();
const list = () => get('/api/alerts?state=all');
const rows = (page, label) => page.getByRole('list', { name: label })
  .locator('.tl-row:not(.scale)');

/** The page, and what toll said both before it was opened and afterwards: the
 *  watch looks every minute, and may find an alert worse or better. */
async function openSteady() {
  const known = ({ alerts }) => alerts.map(({ id, state, usd_per_day: rate }) =>
    [id, state, rate]);
  for (;;) {
    const before = await list();
    const opened = await reader.open(toll.origin, '#/alerts');
    const after = await list();
    if (isDeepStrictEqual(known(before), known(after))) {
      return { ...opened, ...after };
    }
    await opened.close();
  }
}

test('those that are open and those over, as the API has them', async () => {
  const { page, complaints, close, alerts, open } = await openSteady();
  assert.ok(alerts.length >= 3, 'the demo has incidents');
  for (const [state, label] of [['open', 'Open alerts'],
    ['closed', 'Alerts that are over']]) {
    const wanted = alerts.filter((one) => one.state === state);
    if (wanted.length > 0) {
      assert.deepEqual(await rows(page, label).locator('.tl-title')
        .allTextContents(), wanted.map(titleOf));
      const shown = await exact(rows(page, label));
      assert.equal(shown.length, 2 * wanted.length);
      for (const [i, one] of wanted.entries()) {
        assert.equal(shown[2 * i + 1], one.usd_per_day);
        // What is open costs more while the page is read.
        const apart = Number(one.usd_so_far) - Number(shown[2 * i]);
        assert.ok(apart >= 0 && apart < (state === 'open' ? 0.01 : 1e-12),
          `${apart} dollars apart`);
      }
    }
  }
  assert.deepEqual(await exact(tile(page, 'Open')), [String(open)]);
  assert.deepEqual(await exact(tile(page, 'Costs more a day')),
    [exactUsd(sum(alerts.filter(({ state }) => state === 'open')
      .map((one) => parseUsd(one.usd_per_day))))]);
  assert.deepEqual(complaints, []);
  await close();
});

test('bars lie where their time is', async () => {
  const { page, close } = await reader.open(toll.origin, '#/alerts');
  const over = (await list()).alerts.filter(({ state }) => state === 'closed');
  const bars = rows(page, 'Alerts that are over').locator('.tl-bar');
  const lefts = await bars.evaluateAll((all) =>
    all.map((bar) => bar.getBoundingClientRect().left));
  const order = (values) => values.map((_, i) => i)
    .sort((a, b) => values[a] - values[b]);
  assert.deepEqual(order(lefts),
    order(over.map((one) => Date.parse(one.since))));
  await close();
});

test('one alert: what moved adds up, and what to do is said', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/alerts');
  const { alerts } = await list();
  const loop = alerts.find((one) => one.cause === 'requests_per_workflow');
  await page.getByRole('link', { name: titleOf(loop) }).click();
  await page.waitForURL(`**/#/alerts/${loop.id}`);
  await settled(page);
  await page.locator('.sentence').getByText(written(loop.sentence)).waitFor();
  await panel(page, 'What to do').getByText(loop.next).waitFor();
  assert.deepEqual(await exact(tile(page, 'Costs more a day')),
    [loop.usd_per_day]);
  const { factors, before: was, after: is } = await get('/api/explain?' +
    new URLSearchParams([['at', loop.since],
      ['where', `feature:${loop.scope.feature}`],
      ['where', `customer:${loop.scope.customer}`]]));
  const shown = await exact(panel(page, 'What moved the spend'));
  assert.deepEqual(shown, [was, ...factors.map(({ usd }) => usd)
    .filter((usd) => parseUsd(usd) !== 0n), is]);
  assert.equal(exactUsd(sum(shown.slice(0, -1).map(parseUsd))), is);
  const calls = await panel(page, 'What to do')
    .getByRole('link', { name: 'See the calls' }).getAttribute('href');
  assert.ok(decodeURIComponent(calls).includes(`run:${loop.run}`), calls);
  assert.deepEqual(complaints, []);
  await close();
});

test('it is acknowledged, with a name and a note', async () => {
  const { alerts } = await list();
  const one = alerts.find(({ state }) => state === 'open');
  const { page, complaints, close } = await reader.open(toll.origin,
    `#/alerts/${one.id}`);
  await page.getByText('Nobody has taken it yet').waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  const dialog = page.getByRole('dialog', { name: 'Acknowledge' });
  await dialog.getByLabel('Who has it').fill('Ada');
  await dialog.getByLabel('Note').fill(HTML_NAME);
  await accessible(page);
  await dialog.getByRole('button', { name: 'Take it' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(/^Ada has it, since/).waitFor();
  await page.locator('.callout').getByText(HTML_NAME).waitFor();
  const kept = await get(`/api/alerts/${one.id}`);
  assert.equal(kept.acknowledged.by, 'Ada');
  assert.equal(kept.acknowledged.note, HTML_NAME);
  await page.getByRole('button', { name: 'Change the note' }).click();
  assert.equal(await dialog.getByLabel('Who has it').inputValue(), 'Ada');
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('it is put off; what toll refuses is told', async () => {
  const { alerts } = await list();
  const one = alerts.find(({ state }) => state === 'open');
  const { page, close } = await reader.open(toll.origin, `#/alerts/${one.id}`);
  await page.getByRole('button', { name: 'Snooze' }).click();
  const dialog = page.getByRole('dialog', { name: 'Snooze' });
  await page.route('**/snooze', (route) => route.fulfill({ status: 503,
    contentType: 'application/json', body: JSON.stringify({ error: {
      message: 'The disk is full.', hint: 'Make room.' } }) }));
  await dialog.locator('.segment', { hasText: '1 day' }).click();
  await dialog.getByRole('button', { name: 'Snooze' }).click();
  await dialog.getByRole('alert').getByText('Make room.').waitFor();
  await page.unroute('**/snooze');
  await dialog.getByRole('button', { name: 'Snooze' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.locator('.callout').getByText(/^Snoozed until/).waitFor();
  const until = (await get(`/api/alerts/${one.id}`)).snoozed_until;
  const hours = (Date.parse(until) - Date.now()) / 3_600_000;
  assert.ok(hours > 23.5 && hours <= 24, String(hours));
  await close();
});

test('an alert that there is not is told', async () => {
  const { page, close } = await reader.open(toll.origin,
    '#/alerts/000000000000');
  await page.getByRole('alert').getByText(/no alert 000000000000/).waitFor();
  await page.getByRole('link', { name: 'Alerts', exact: true }).first()
    .waitFor();
  await close();
});

test('without calls the page says what will be there', async () => {
  const empty = await startToll();
  try {
    const { page, complaints, close } = await reader.open(empty.origin,
      '#/alerts');
    await page.getByText('Nothing is open', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  } finally {
    await empty.stop();
  }
});

test('readable by all, on a desk and on a phone', async () => {
  const { alerts } = await list();
  await reader.checkLooks(toll.origin, '#/alerts');
  await reader.checkLooks(toll.origin, `#/alerts/${alerts[0].id}`);
});
