// Names that are hard to carry: through filters, links, tags and files they
// come as they were sent.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { exact, fits, PHONE, startBrowser, stat } from './browser.mjs';
import { load } from './sources.mjs';
import { post, query, settled, startToll, untilStored } from './toll.mjs';

const { anyOf } = await load('api/query.ts');

const NAMES = ['"><img src=x onerror=window.hacked=1>', '\u202egnp.exe',
  'a,b', 'a:b', 'a|b', '100%', '%2F%00', 'a/b', 'a?b=c&d', '#hash', '..',
  ' lead', 'line\nbreak', 'cr\r\nlf', '=1+1', 'back\\slash', '__proto__',
  'constructor', '(untagged)', 'Untagged', 'All other', 'null',
  'search -> chat', 'rose $5 (+5 %): traffic', 'W'.repeat(256)];
const RANGE = 'range=7d';

let browser;
let toll;
before(async () => {
  browser = await startBrowser();
  toll = await startToll();
  const now_s = Math.floor(Date.now() / 1000);
  const calls = NAMES.flatMap((name, i) => Array.from({ length: 12 },
    (_, k) => ({ id: `name-${i}-${k}`, ts: now_s - 60 - k * 90_000,
      provider: 'openai', model: k % 2 ? 'gpt-4o' : 'gpt-4o-mini',
      feature: name, customer: name, owner: name, workflow: name, run: name,
      release: name, user: `user-${k % 3}`, input_tokens: 1000 * (i + 1), output_tokens: 100,
      tags: { team: name, __proto__x: 'y' } })));
  await post(toll.origin, calls);
  await untilStored(toll.origin, calls.length);
});
after(async () => {
  await browser?.close();
  await toll?.stop();
});

async function open(hash, options) {
  const opened = await browser.open(toll.origin, hash, options);
  await settled(opened.page);
  return opened;
}

async function costOf(dimension, name) {
  const { totals } = await query(toll.origin, `${RANGE}&metrics=cost&where=` +
    encodeURIComponent(anyOf(dimension, [name])));
  return totals.cost;
}

const button = (page, name) => page.locator('.table tbody .name-button')
  .filter({ has: page.getByText(name, { exact: true }) });

test('a click on a name looks only at it, and so does the link to that',
  async () => {
    const { page, complaints, close } = await open(`#/explore?${RANGE}`);
    const there = await open('#/none');
    for (const name of NAMES) {
      await page.locator('.table tbody .name-button').filter({ hasText: name })
        .evaluateAll((all, wanted) => all.find((one) =>
          one.textContent === wanted).click(), name);
      await page.waitForURL(/where=/);
      await settled(page);
      const cost = await costOf('feature', name);
      assert.deepEqual(await exact(stat(page, 'Spend')), [cost], name);
      await there.page.goto('about:blank');
      await there.page.goto(page.url());
      await settled(there.page);
      assert.deepEqual(await exact(stat(there.page, 'Spend')), [cost], name);
      await page.goBack();
      await page.getByRole('list', { name: 'Filters' })
        .waitFor({ state: 'detached' });
      await settled(page);
    }
    assert.equal(await page.evaluate('window.hacked'), undefined);
    assert.deepEqual([...complaints, ...there.complaints], []);
    await there.close();
    await close();
  });

test('a page about each has its spend, and is no wider than a phone',
  async () => {
    const { page, complaints, close } = await open('#/none',
      { viewport: PHONE });
    for (const name of NAMES) {
      await page.goto('about:blank');
      await page.goto(`${toll.origin}/#/features/${encodeURIComponent(name)}` +
        `?${RANGE}`);
      await settled(page);
      assert.deepEqual(await exact(stat(page, 'Spend')),
        [await costOf('feature', name)], name);
      await fits(page);
    }
    assert.equal(await page.locator('img').count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

test('no name turns around the numbers behind it', async () => {
  const name = encodeURIComponent('\u202egnp.exe');
  const { page, close } = await open('#/none');
  for (const path of ['overview', 'why', 'review', 'customers', 'prices?used=1',
    `plan?like=${name}&name=${name}&model=gpt-4o`,
    `plan?like=${name}&name=${name}&where=user:nobody`,
    `whatif?feature=${name}&to_model=gpt-4o-mini`]) {
    await page.goto('about:blank');
    await page.goto(`${toll.origin}/#/${path}`);
    await settled(page);
    assert.deepEqual(await page.evaluate(turning), [], path);
  }
  await close();
});

/** Texts in which more stands beside a name that turns. */
function turning() {
  const texts = document.createTreeWalker(document.querySelector('main'),
    NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const { data, parentElement: at } = texts.currentNode;
    if (/[\u202a-\u202e]/.test(data) &&
      at.closest('.name, option, code, textarea') === null) {
      found.push(data);
    }
  }
  return found;
}

test('Explore groups by tags, and filters by one', async () => {
  const { page, complaints, close } = await open(`#/explore?${RANGE}`);
  const groups = page.getByLabel('Group by');
  assert.deepEqual((await groups.locator('option').allTextContents())
    .filter((label) => label.startsWith('Tag ')),
  ['Tag __proto__x', 'Tag team']);
  await groups.selectOption('tag.team');
  await page.getByRole('heading', { name: 'By tag team', exact: true }).waitFor();
  await settled(page);
  const { rows } = await query(toll.origin, `${RANGE}&metrics=cost&by=tag.team`);
  assert.deepEqual((await page.locator('.table tbody .name-button')
    .allTextContents()).sort(), rows.map(([name]) => name).sort());
  await button(page, 'a|b').click();
  await page.getByRole('list', { name: 'Filters' }).getByText('Tag team: a|b')
    .waitFor();
  await settled(page);
  assert.deepEqual(await exact(stat(page, 'Spend')),
    [await costOf('tag.team', 'a|b')]);
  assert.deepEqual(complaints, []);
  await close();
});

test('a file of the table has each name once, and no formula', async () => {
  const { page, close } = await open(`#/explore?${RANGE}`);
  const [download] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click()]);
  let text = '';
  for await (const chunk of await download.createReadStream()) {
    text += chunk;
  }
  const cells = parseCsv(text).slice(1).map(([name]) => name);
  assert.deepEqual(cells.sort(), NAMES.map((name) =>
    (name.startsWith('=') ? `'${name}` : name)).sort());
  await close();
});

/** RFC 4180. */
function parseCsv(text) {
  const rows = [[]];
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const [, quoted, plain, end] = match;
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',') {
      rows.push([]);
    }
  }
  return rows.slice(0, -1);
}
