// Saved views and shares in a browser: what a page shows is saved under a
// name, and a link opens that view, to read, and nothing else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { company, HTML_NAME } from './company.mjs';
import { load } from './sources.mjs';
import { post, query, settled, startToll, untilStored } from './toll.mjs';
import { accessible, exact, panel, Reader, tile } from './visit.mjs';

const { sharedAddress } = await load('pages/views/address.ts');

const CALLS = 1100;

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

const get = async (path) => (await fetch(`${toll.origin}${path}`)).json();

async function keep(page) {
  await page.getByRole('button', { name: 'Save or share this view' }).click();
  return page.getByRole('dialog', { name: 'This view' });
}

/** Makes a link of the page as it is. */
async function share(page, name) {
  const dialog = await keep(page);
  await dialog.locator('.segment', { hasText: 'Share by a link' }).click();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Note').fill('Look at the last days.');
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const link = await dialog.locator('.command code').textContent();
  await page.keyboard.press('Escape');
  return link;
}

/** The page that a link opens, in a browser of its own, and what it asked. */
async function follow(link) {
  const opened = await reader.open(toll.origin,
    link.slice(`${toll.origin}/`.length));
  const asked = opened.requests.filter((url) => /\/(api|v1)\//.test(url));
  return { ...opened, asked };
}

test('what a share confines to, by the address', () => {
  assert.equal(sharedAddress('/features/search?range=7d'),
    '/features/search?range=7d&where=feature%3Asearch');
  assert.equal(sharedAddress('/customers/a%2Fb%7Cc'),
    '/customers/a%2Fb%7Cc?where=customer%3Aa%2Fb%5C%7Cc');
  assert.equal(sharedAddress('/explore?by=model'), '/explore?by=model');
});

test('a view is saved, found, renamed and deleted', async () => {
  const { page, complaints, close } = await reader.open(toll.origin,
    '#/explore?range=7d&where=feature%3Asearch');
  let dialog = await keep(page);
  await dialog.getByLabel('Name').fill(HTML_NAME);
  await dialog.getByLabel('Note').fill('For Monday');
  await dialog.getByLabel('Who saves it').fill('Ada');
  await accessible(page);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.getByRole('link', { name: 'All saved views' }).click();
  await page.waitForURL(/#\/views$/);
  const views = panel(page, 'Views');
  await views.getByText('For Monday').waitFor();
  await views.getByText(/^Explore, 7 days, Feature: search; saved by Ada/)
    .waitFor();
  const { views: kept } = await get('/api/views');
  assert.deepEqual(kept.map(({ name, address }) => [name, address]),
    [[HTML_NAME, '/explore?range=7d&where=feature%3Asearch']]);
  await views.getByRole('link').click();
  await page.waitForURL(/#\/explore\?range=7d&where=feature%3Asearch$/);
  await settled(page);
  const note = page.getByLabel('What the saved view is for');
  await note.getByText('For Monday').waitFor();
  await note.getByText(/saved by Ada/).waitFor();
  await accessible(page);
  dialog = await keep(page);
  await dialog.getByText(/saved already/).waitFor();
  await page.keyboard.press('Escape');
  // Of another view it says nothing.
  await page.getByLabel('Group by').selectOption('model');
  await settled(page);
  await note.waitFor({ state: 'detached' });
  await page.goto(`${toll.origin}/#/views`);
  await views.getByRole('button', { name: /^Rename/ }).click();
  const rename = page.getByRole('dialog', { name: 'Rename the view' });
  await rename.getByLabel('Name').fill('Search');
  await rename.getByRole('button', { name: 'Save' }).click();
  await views.getByRole('link', { name: 'Search' }).waitFor();
  await views.getByRole('button', { name: 'Delete Search' }).click();
  await page.getByRole('dialog', { name: 'Delete the view' })
    .getByRole('button', { name: 'Delete it' }).click();
  await page.getByText('Nothing is saved yet').waitFor();
  assert.deepEqual((await get('/api/views')).views, []);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
});

test('a name that is taken is refused, and told', async () => {
  await fetch(`${toll.origin}/api/views`, { method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Taken', address: '/' }) });
  const { page, close } = await reader.open(toll.origin, '#/explore');
  const dialog = await keep(page);
  await dialog.getByLabel('Name').fill('Taken');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.getByRole('alert').getByText(/name/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() =>
    document.activeElement.getAttribute('aria-label')),
  'Save or share this view', 'the focus is where it was');
  await close();
});

test('a link opens the view with its filters, and nothing else', async () => {
  const { page, close } = await reader.open(toll.origin,
    '#/explore?range=7d&where=feature%3Asearch');
  const link = await share(page, 'Search, for finance');
  await close();
  const token = /share=([0-9a-f]{64})/.exec(link)[1];
  const shared = await follow(link);
  const { totals } = await query(toll.origin,
    'metrics=cost&range=7d&where=feature:search');
  assert.deepEqual(await exact(tile(shared.page, 'Spend')), [totals.cost]);
  await shared.page.getByText('Search, for finance').waitFor();
  await shared.page.getByText('Look at the last days.').waitFor();
  assert.equal(await shared.page.locator('.rail, .bar').count(), 0);
  assert.ok(shared.asked.length > 2);
  for (const url of shared.asked) {
    assert.match(url, /\/api\/(share|query)(\?|$)/);
  }
  const chips = shared.page.getByRole('list', { name: 'Filters' })
    .getByRole('listitem');
  assert.equal(await chips.getByRole('button').count(), 0, 'it stays');
  await shared.page.evaluate(() => {
    location.hash = '#/explore?range=7d';
  });
  await settled(shared.page);
  assert.deepEqual(await chips.allTextContents(), ['Feature: search']);
  assert.deepEqual(await exact(tile(shared.page, 'Spend')), [totals.cost]);
  await accessible(shared.page);
  assert.deepEqual(shared.complaints, []);

  await shared.page.evaluate(() => {
    location.hash = '#/overview';
  });
  await shared.page.getByText('This is not part of what was shared').waitFor();
  const refused = await fetch(`${toll.origin}/api/quality`,
    { headers: { 'x-toll-share': token } });
  assert.equal(refused.status, 403);
  await shared.close();
});

test('a link to a page of insights opens just those', async () => {
  const { page, close } = await reader.open(toll.origin, '#/review');
  const link = await share(page, 'The week');
  await close();
  const shared = await follow(link);
  const { features } = await get('/api/review');
  assert.deepEqual(await exact(panel(shared.page, 'Features')),
    features.flatMap(({ cost, change }) => [cost, change]));
  assert.deepEqual(shared.complaints, []);
  await shared.page.getByRole('button', { name: 'The week before' }).click();
  await shared.page.getByRole('alert')
    .getByText('This is not part of what was shared.').waitFor();
  assert.deepEqual(shared.complaints, [], 'it was not even asked for');
  await shared.close();
});

test('a link that is withdrawn opens nothing', async () => {
  const { page, close } = await reader.open(toll.origin, '#/explore');
  const link = await share(page, 'Soon gone');
  await page.goto(`${toll.origin}/#/views`);
  await settled(page);
  await page.getByRole('button', { name: 'Withdraw Soon gone' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw it' })
    .click();
  await page.getByRole('button', { name: 'Withdraw Soon gone' })
    .waitFor({ state: 'detached' });
  await close();
  const shared = await reader.open(toll.origin, '#/none');
  await shared.page.goto(link);
  await shared.page.getByRole('heading', { name: 'This link opens nothing' })
    .waitFor();
  await accessible(shared.page);
  await shared.close();
});

test('readable by all, on a desk and on a phone', async () => {
  await reader.checkLooks(toll.origin, '#/views');
});
