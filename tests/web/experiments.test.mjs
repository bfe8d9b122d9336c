// Experiments in a browser: every figure is that of GET /api/experiments, the
// verdict says no more than the numbers do, and names are text.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { formatChange } = await load('lib/format.ts');
const { addDays, formatDay } = await load('lib/time.ts');
const { pathOf } = await load('lib/route.ts');
const DAY_S = 86_400;
const USERS = 60;
const DAYS = 12;
const OTHER = '<i>b</i>';
const NAME = `${HTML_NAME}/50 %`;

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const now_s = Math.floor(Date.now() / 1000);
  const clear = trial(NAME, now_s, DAYS, ['control', OTHER], 3);
  const alike = trial('alike', now_s, DAYS, ['a', 'b', 'c'], 1);
  const early = trial('early', now_s, 3, ['control', 'treatment'], 1);
  const ramp = [...half('ramp', now_s, 14, 60, 60),
    ...half('ramp', now_s, 7, 24, 96),
    ...half('even', now_s, 14, 60, 60), ...half('even', now_s, 7, 60, 60)];
  const all = [...clear, ...alike, ...early, ...ramp];
  await post(toll.origin, all);
  await sendOutcomes(clear);
  await untilStored(toll.origin, all.length);
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

/** Users with a call a day, whose answers in all but the first variant are
 *  `times` as long. */
function trial(experiment, now_s, days, variants, times) {
  const calls = [];
  for (let user = 0; user < USERS; user += 1) {
    const arm = user % variants.length;
    for (let day = 0; day < days; day += 1) {
      calls.push({
        id: `${experiment}-${user}-${day}`, provider: 'openai',
        model: arm > 0 && day === 0 ? 'gpt-4o-mini' : 'gpt-4o',
        ts: now_s - 3600 - day * DAY_S - user, feature: 'search', experiment,
        variant: variants[arm], user: `${experiment}-${user}`,
        input_tokens: 1000 + (user * 37) % 900,
        output_tokens: (arm > 0 ? times : 1) * (200 + (user * 13 + day) % 90),
      });
    }
  }
  return calls;
}

/** Users who came within a week, `ago_days` ago, and called once. */
function half(experiment, now_s, ago_days, controls, treatments) {
  return Array.from({ length: controls + treatments }, (_, user) => ({
    id: `${experiment}-${ago_days}-${user}`, provider: 'openai',
    model: 'gpt-4o', ts: now_s - ago_days * DAY_S +
      Math.floor((user * 13 % (controls + treatments)) * 7 * DAY_S /
        (controls + treatments)),
    feature: 'search', experiment,
    variant: user < controls ? 'control' : 'treatment',
    user: `${experiment}-${ago_days}-${user}`,
    input_tokens: 1000 + (user * 37) % 900, output_tokens: 200,
  }));
}

async function sendOutcomes(calls) {
  const rows = calls.filter((_, i) => i % 2 === 0).map((call) => ({
    id: `outcome-${call.id}`, ts: call.ts + 60, name: 'solved <b>',
    value: 1, user: call.user, experiment: call.experiment,
    variant: call.variant }));
  const response = await fetch(`${toll.origin}/v1/outcomes`, { method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rows) });
  assert.equal(response.status, 200, await response.text());
}

const ask = async (name, query = '') => (await fetch(
  `${toll.origin}/api/experiments/${encodeURIComponent(name)}${query}`)).json();
const address = (name, query = '') =>
  `#${pathOf('experiments', name)}${query}`;
const openTable = async (region) => {
  await region.getByText('Show as table').click();
  await region.locator('table tbody tr').first().waitFor();
};

test('the list has each with its verdict', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/experiments?range=today');
  const { experiments, sentence } = await (await fetch(
    `${toll.origin}/api/experiments`)).json();
  assert.equal(experiments.length, 5);
  await page.locator('.sentence').getByText(written(sentence)).waitFor();
  for (const row of experiments) {
    const card = page.locator('.card').filter({
      has: page.getByRole('link', { name: row.experiment, exact: true }) });
    assert.deepEqual(await exact(card.locator('.card-figures')),
      [row.variants, row.users, row.requests, row.cost].map(String));
    const { sentence: said } = await ask(row.experiment);
    await card.getByText(written(said)).waitFor();
    await card.getByText(row.status, { exact: true }).waitFor();
  }
  await page.getByLabel('Over', { exact: true }).check();
  await page.waitForURL('**/#/experiments?range=today&show=over');
  await page.getByText('No experiment is like that').waitFor();
  await page.goBack();
  await page.getByRole('link', { name: NAME, exact: true }).click();
  await page.getByRole('heading', { name: NAME, level: 1, exact: true })
    .waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('one of them: every figure is that of the API', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    address(NAME));
  const answer = await ask(NAME);
  assert.equal(answer.verdict, 'differs');
  const verdict = page.locator('.callout').first();
  await verdict.getByText(written(answer.sentence)).waitFor();
  await verdict.getByText('control costs least per user, 95% sure')
    .waitFor();
  const first = (rows) => [...rows].sort((a, b) =>
    (b.variant === 'control') - (a.variant === 'control'));
  const [control, other] = first(answer.variants);
  assert.deepEqual(await exact(tile(page, 'control, a user')),
    [control.cost_per_user]);
  assert.deepEqual(await exact(tile(page, `${OTHER}, a user`)),
    [other.cost_per_user]);
  const month = answer.per_month.find(({ variant }) => variant === OTHER);
  assert.deepEqual(
    await exact(tile(page, `If all had ${OTHER}, a month`)),
    [month.difference]);

  const sure = panel(page, 'What differs, and how sure');
  assert.deepEqual(await sure.locator('.iv-said').evaluateAll((all) =>
    all.map((said) => said.firstChild.textContent)),
  answer.comparisons.map(({ change }) => formatChange(change)));
  await openTable(sure);
  assert.deepEqual(await exact(sure.locator('tbody')),
    answer.differences.flatMap((row) =>
      [row.control, row.value, row.difference, row.low, row.high]));

  const side = panel(page, 'Side by side');
  const line = async (name) => exact(side.locator('tbody tr').filter(
    { has: page.getByRole('rowheader', { name, exact: true }) }));
  for (const [name, column] of [['Users', 'users'], ['Requests', 'requests'],
    ['Cost', 'cost'], ['Cost per user', 'cost_per_user'],
    ['Cost per request', 'cost_per_request']]) {
    assert.deepEqual(await line(name),
      [String(control[column]), String(other[column])], name);
  }

  const why = panel(page, 'Why they differ');
  const bars = await exact(why.locator('.waterfall'));
  assert.deepEqual(bars.slice(1, -1),
    answer.causes.map(({ difference }) => difference));
  assert.equal(bars[0], control.cost_per_user);
  assert.ok(Math.abs(Number(bars.at(-1)) - Number(other.cost_per_user)) < 1e-9);

  const outcomes = panel(page, 'What came of it');
  assert.deepEqual(await exact(outcomes.locator('.pair tbody')),
    answer.outcomes.flatMap((row) =>
      [String(row.value), row.cost_per_outcome]));
  const months = panel(page, 'A month, if all had it');
  assert.deepEqual(await exact(months.locator('.barlist')),
    first(answer.per_month).map((row) => row.cost_per_month));
  assert.deepEqual(await exact(panel(page, 'Which models they met')),
    answer.models.flatMap((row) => [String(row.requests), row.cost]));
  assert.equal(await page.locator('img, b, i').count(), 0);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('cost over time is that of the query', async () => {
  const { page, close } = await reader.open(toll.origin, address('alike'));
  const region = page.getByRole('region', { name: /^Cost per request, day/ });
  await openTable(region);
  const { from, to } = await ask('alike');
  const query = new URLSearchParams({ metrics: 'cost_per_request',
    by: 'variant', interval: 'day', from: from.slice(0, 10),
    to: addDays(to.slice(0, 10), 2),
    where: 'experiment:alike' });
  const { rows } = await (await fetch(
    `${toll.origin}/api/query?${query}`)).json();
  assert.ok(to > from && rows.length >= 3 * DAYS);
  assert.deepEqual((await exact(region.locator('tbody'))).sort(),
    rows.map((row) => row[2]).sort());
  await close();
});

test('how it is read is in the address, and a wrong split is no verdict',
  async () => {
    const { page, complaints, close } = await reader.open(toll.origin,
      address(NAME));
    await page.locator('.field', { has: page.getByText('Control',
      { exact: true }) }).locator('select').selectOption(OTHER);
    await page.waitForURL('**control=*');
    await settled(page);
    await page.getByText('control costs least per user, 95% sure').waitFor();
    await panel(page, 'What differs, and how sure')
      .getByText(`against ${OTHER}`).waitFor();
    await page.goBack();
    await settled(page);
    const split = `control:90,${OTHER}:10`;
    const field = page.getByLabel('Planned split');
    await field.fill(split);
    await field.press('Enter');
    await page.waitForURL('**split=*');
    await settled(page);
    const answer = await ask(NAME, `?split=${encodeURIComponent(split)}`);
    assert.equal(answer.verdict, 'sample_ratio_mismatch');
    await page.getByText('The split went wrong').waitFor();
    await panel(page, 'Sample ratio').getByText('Mismatch').waitFor();
    assert.equal(await panel(page, 'What differs, and how sure')
      .getByText('95% sure').count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

test('alike, early and unknown are told as such', async () => {
  const { page, close } = await reader.open(toll.origin, address('alike'));
  assert.equal((await ask('alike')).verdict, 'no_difference_told');
  await page.getByText('No difference can be told yet').waitFor();
  await page.goto(`${toll.origin}/${address('early')}`);
  await page.getByText('Too early for a verdict.', { exact: true }).waitFor();
  await page.goto(`${toll.origin}/${address('nobody')}`);
  const { error } = await ask('nobody');
  await page.locator('.callout').getByText(error.message.slice(1)).waitFor();
  await accessible(page);
  await close();
});

test('a split that changed on the way is told, with its day', async () => {
  const answer = await ask('ramp');
  assert.equal(answer.split_over_time, 'changed');
  const { page, complaints, close } = await reader.open(toll.origin,
    address('ramp'));
  const split = panel(page, 'Sample ratio');
  await split.getByText(`Changed on ${formatDay(answer.split_changed_on)}`)
    .waitFor();
  await accessible(page);
  assert.deepEqual(complaints, []);
  await page.goto(`${toll.origin}/${address('even')}`);
  assert.equal((await ask('even')).split_over_time, 'steady');
  await split.getByText('The split was the same all the time.').waitFor();
  await close();
});

test('without experiments the page says how to begin', async () => {
  const empty = await startToll();
  const { page, complaints, close } = await reader.open(empty.origin,
    '#/experiments');
  await page.locator('code').getByText('X-Toll-Experiment').waitFor();
  await accessible(page);
  assert.deepEqual(complaints, []);
  await close();
  await empty.stop();
});

test('readable by all, light and dark, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/experiments');
  await reader.checkLooks(toll.origin, address(NAME), async (page) => {
    for (const summary of await page.locator('summary').all()) {
      await summary.click();
    }
  });
});
