// Data quality in a browser: its figures are those of GET /api/quality, and
// each fault has its calls and the lines that mend it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { company, HTML_NAME, unpriced } from './company.mjs';
import { load } from './sources.mjs';
import { post, settled, startToll, untilStored } from './toll.mjs';
import { exact, panel, Reader, tile } from './visit.mjs';
import { written } from './written.mjs';

const { formatRatio } = await load('lib/format.ts');
const { yamlText } = await load('lib/yaml.ts');

const CALLS = 1100;

let reader;
let toll;
before(async () => {
  reader = await Reader.start();
  toll = await startToll();
  const now_s = Math.floor(Date.now() / 1000);
  await post(toll.origin, company(now_s, CALLS));
  await post(toll.origin, unpriced(now_s, 8));
  await post(toll.origin, [{ id: 'hostile', ts: now_s - 60, provider: 'mine',
    model: HTML_NAME, input_tokens: 10, tags: { estimated: 'true' } }]);
  await untilStored(toll.origin, CALLS + 9);
  // The same again, and one that is refused.
  await post(toll.origin, unpriced(now_s, 8));
  await fetch(`${toll.origin}/v1/events`, { method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o', input_tokens: -1 }) });
});
after(async () => {
  await reader?.stop();
  await toll?.stop();
});

const quality = async (query = '') =>
  (await fetch(`${toll.origin}/api/quality?range=30d${query}`)).json();

test('its figures are those of the API', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/quality');
  const answer = await quality();
  await page.locator('.sentence').getByText(written(answer.sentence)).waitFor();
  const feature = answer.coverage[0];
  assert.equal(await tile(page, 'Spend with a feature').textContent(),
    formatRatio(feature.share_of_cost));
  for (const [name, count] of [
    ['Calls without a price', answer.unpriced_requests],
    ['Estimated calls', answer.estimated_requests],
    ['Late calls', answer.late_requests],
    ['Sent twice', answer.duplicate_events],
    ['Refused', answer.refused_events],
  ]) {
    assert.ok(count > 0, `${name}: the test has none`);
    assert.deepEqual(await exact(tile(page, name)), [String(count)], name);
  }
  assert.deepEqual(await exact(panel(page, 'Spend that names its cause')),
    answer.coverage.map((row) => row.untagged_cost));
  assert.deepEqual(complaints, []);
  await close();
});

test('another environment is judged apart', async () => {
  const { page, close } = await reader.open(toll.origin,
    '#/quality?environment=staging');
  const answer = await quality('&where=environment:staging');
  const gaps = answer.coverage.filter((row) => row.untagged_requests > 0);
  assert.ok(gaps.length < answer.coverage.length, 'some names are complete');
  assert.deepEqual(await exact(panel(page, 'Spend that names its cause')),
    gaps.map((row) => row.untagged_cost));
  await close();
});

test('each fault shows its calls, and lines that toll takes', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/quality');
  const wrong = panel(page, 'What is wrong, and how to mend it');
  const titles = await wrong.locator('summary .strong').allTextContents();
  assert.deepEqual(titles, ['Calls without a price', 'Calls without a feature',
    'Events that were refused', 'Calls with estimated tokens',
    'Calls that came late', 'Events that came twice']);
  const { calls } = await quality();
  const ids = await wrong.locator('tbody th code').allTextContents();
  assert.deepEqual(ids.sort(), calls.filter(({ what }) =>
    ['unpriced', 'feature', 'estimated'].includes(what))
    .map(({ id }) => id).sort());
  const folder = mkdtempSync(join(tmpdir(), 'toll-lines-'));
  try {
    const lines = await wrong.locator('.command code').allTextContents();
    const config = lines.find((text) => text.startsWith('prices:'));
    assert.ok(config.includes('house-model-without-price'), config);
    assert.ok(config.includes(yamlText(HTML_NAME)), config);
    writeFileSync(join(folder, 'toll.yaml'), config);
    execFileSync(process.env.TOLL_BIN ?? 'build/toll',
      ['check-config', join(folder, 'toll.yaml')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('from a gap to the calls that have it', async () => {
  const { page, close } = await reader.open(toll.origin, '#/quality');
  const { coverage } = await quality();
  const link = panel(page, 'Spend that names its cause').getByRole('link')
    .first();
  assert.match(await link.textContent(),
    new RegExp(`^${coverage[0].untagged_requests} call`));
  await link.click();
  await page.waitForURL(/#\/explore\?where=feature%3A$/);
  await settled(page);
  await close();
});

test('a range without calls says so', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/quality?from=2021-01-01&to=2021-02-01');
  await page.getByRole('heading', { name: /^No calls/ }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/quality', async (page) => {
    const closed = page.locator('.fault:not([open]) summary');
    while (await closed.count() > 0) {
      await closed.first().click();
    }
  });
});
