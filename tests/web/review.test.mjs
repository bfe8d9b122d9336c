// The weekly review in a browser: what it says is what GET /api/review says,
// and it can be taken along.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, FEATURES, HTML_NAME, unpriced } from './company.mjs';
import { httpReceiver } from '../flow/receivers.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
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
    assert.equal(await tile(page, name).textContent(), written(now));
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
  await dialog.locator('.segment', { hasText: 'Take it along' }).click();
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

test('of a week without calls it is told that there are none', async () => {
  const { sentence } = await review('?week=2021-W09');
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/review?week=2021-W09');
  await page.getByText('Nothing to review', { exact: true }).waitFor();
  await page.getByText(written(sentence)).waitFor();
  await accessible(page);
  assert.deepEqual(complaints, []);
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

/** Opens the dialog that sends, once its channels are there. */
async function openSend(page) {
  await page.getByRole('button', { name: 'Send' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send this review' });
  await dialog.getByText('No channel is configured yet')
    .or(dialog.locator('.preview-sheet pre')).waitFor();
  return dialog;
}

test('without a channel it says how to have one', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/review');
  const dialog = await openSend(page);
  await dialog.getByText('team: {slack: {url_env: TOLL_SLACK}}').waitFor();
  await dialog.locator('.segment', { hasText: 'Every week' }).click();
  await dialog.getByText('notify: [team]').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

/** A server with channels to a receiver, and some calls. */
async function withChannels(t, act) {
  const http = await httpReceiver(t, { act });
  const own = await startToll({ config: `channels:
  team: {slack: {url: "${http.url}/team/secret-path"}}
  hook: {webhook: {url: "${http.url}/hook/secret-path"}}
  bad: {slack: {url: "${http.url}/bad/secret-path"}}
  unset: {slack: {url_env: NOT_SET_ANYWHERE}}
` });
  t.after(own.stop);
  const now_s = Math.floor(Date.now() / 1000);
  await post(own.origin, company(now_s, CALLS));
  await untilStored(own.origin, CALLS);
  return { http, own };
}

/** What is refused has the browser write a line by itself. */
const ownComplaints = (complaints) => complaints.filter((line) =>
  !/Failed to load resource.*409/.test(line));

test('Send puts it into the channel, with the note, by keyboard', async (t) => {
  const { http, own: server } = await withChannels(t);
  const { page, complaints, close } = await reader.open(server.origin,
    '#/review');
  await page.getByRole('button', { name: 'Send' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Send this review' });
  const team = dialog.getByRole('radio', { name: /^team Slack/ });
  await team.waitFor();
  assert.ok(await team.isChecked());
  assert.ok(await dialog.getByRole('radio', { name: /^unset/ }).isDisabled());
  await dialog.getByText(/NOT_SET_ANYWHERE is not set/).waitFor();
  assert.equal((await dialog.textContent()).includes('secret-path'), false);
  // What will go is what goes.
  const { week } = await page.evaluate(() => ({
    week: document.querySelector('.preview-sheet .strong').textContent
      .slice(-8),
  }));
  const shown = dialog.locator('.preview-sheet pre');
  await shown.waitFor();
  assert.equal(await shown.textContent(), await (await fetch(
    `${server.origin}/api/review?week=${week}&format=text&width=72`)).text());
  await team.focus();
  await page.keyboard.press('ArrowDown');
  assert.ok(await dialog.getByRole('radio', { name: /^hook/ }).isChecked());
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Tab');
  await page.keyboard.type(`Look at ${HTML_NAME}`);
  await dialog.locator('.preview-sheet blockquote').getByText(HTML_NAME)
    .waitFor();
  const button = dialog.getByRole('button', { name: 'Send to team' });
  await button.focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('status').getByText('Sent to team').waitFor();
  assert.equal(http.taken.length, 1);
  const { blocks } = JSON.parse(http.taken[0].text);
  assert.match(blocks[0].text.text, new RegExp(`^Week ${week}`));
  assert.equal(blocks[1].text.text, '> Look at &lt;img src=x ' +
    'onerror="window.hacked=1"&gt;&lt;b&gt;bold&lt;/b&gt;');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('who has a share takes it along, and sends nothing', async () => {
  const share = await (await fetch(`${toll.origin}/api/shares`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ address: '/review', opens: ['/api/review'] }),
  })).json();
  const { page, complaints, requests, close } = await reader.open(toll.origin,
    `?share=${share.token}#/review`);
  await page.getByRole('button', { name: 'Send' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^# Week/).waitFor();
  assert.equal(await dialog.getByRole('radio', { name: 'To a channel' })
    .count(), 0);
  assert.deepEqual(requests.filter((url) => url.includes('channels')), []);
  assert.deepEqual(complaints, []);
  await close();
});

test('a double click sends once; again is asked for', async (t) => {
  const { http, own: server } = await withChannels(t, ({ path }) =>
    path.startsWith('/bad') ? { status: 404, text: 'no_service' } : {});
  const { page, complaints, close } = await reader.open(server.origin,
    '#/review');
  const dialog = await openSend(page);
  await dialog.getByRole('button', { name: 'Send to team' }).dblclick();
  await dialog.getByText('Sent to team').waitFor();
  await dialog.getByRole('button', { name: 'Send to another' }).click();
  await dialog.getByText(/LLM spending, week [\dW-]+: sent \d/).waitFor();
  assert.equal(http.taken.length, 1);
  await dialog.getByRole('button', { name: 'Send to team' }).click();
  await dialog.getByRole('alert')
    .getByText(/Channel team has had this review: it was sent at/).waitFor();
  await dialog.getByRole('button', { name: 'Send it again' }).click();
  await dialog.getByText('Sent to team').waitFor();
  assert.equal(http.taken.length, 2);
  // One that refuses it for good.
  await dialog.getByRole('button', { name: 'Send to another' }).click();
  await dialog.getByRole('radio', { name: /^bad/ }).check();
  await dialog.getByRole('button', { name: 'Send to bad' }).click();
  await dialog.getByText('Not sent to bad').waitFor();
  await dialog.getByText(/404: no_service/).waitFor();
  assert.deepEqual(ownComplaints(complaints), []);
  await close();
});

test('readable by all, with channels, before and after', async (t) => {
  const { own: server } = await withChannels(t);
  await reader.checkLooks(server.origin, '#/review', async (page) => {
    await openSend(page);
  });
  await reader.checkLooks(server.origin, '#/review', async (page) => {
    const dialog = await openSend(page);
    await page.route('**/api/review/send*', (route) => route.fulfill({
      json: { queued: true, message: { id: 1, channel: 'team',
        title: 'LLM spending', state: 'failed', put: '2026-11-30T10:00:00Z',
        changed: '2026-11-30T10:00:01Z', tries: 1,
        error: 'the channel answered 404: no_service' } } }));
    await dialog.getByRole('button', { name: 'Send to team' }).click();
    await dialog.getByText('Not sent to team').waitFor();
  });
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/review');
  await reader.checkLooks(toll.origin, '#/review', async (page) => {
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.dialog .command code').first().waitFor();
  });
  await reader.checkLooks(toll.origin, '#/review', async (page) => {
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.segment', { hasText: 'Take it along' }).click();
    await page.locator('.dialog .command code').first().waitFor();
  });
});
