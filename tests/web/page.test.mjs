// The dashboard in a browser, served by the real program: its numbers are
// those of /api/query, and it is safe, readable and usable.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { accessible, DESKTOP, exact, fits, PHONE, startBrowser, stat }
  from './browser.mjs';
import { company, FEATURES, HTML_NAME, LOUD_NAME, TURNED_NAME, unpriced }
  from './company.mjs';
import { load } from './sources.mjs';
import { post, query, settled, startToll, untilStored } from './toll.mjs';

const { formatUsd, parseUsd, shareOf, exactUsd, sum } =
  await load('lib/money.ts');
const { addDays } = await load('lib/time.ts');
const { anyOf } = await load('api/query.ts');
const { GROUPS } = await load('lib/view.ts');

const SCRIPT_BUDGET = 250_000;
const SHIFT_BUDGET = 0.02;
const CALLS = 2200;
const UNPRICED = 14;

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

const open = (origin, address = '#/explore', options = {}) =>
  browser.open(origin, address, options);
const groupTable = (page) => page.getByRole('region', { name: /^Table: By / });

describe('an empty store', () => {
  let toll;
  before(async () => {
    toll = await startToll();
  });
  after(() => toll?.stop());

  test('says what to send, and shows it when it has come', async () => {
    const { page, complaints, close } = await open(toll.origin);
    await settled(page);
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor();
    const command = await page.locator('.command code').first().textContent();
    assert.ok(command.includes(`curl ${toll.origin}/v1/events`), command);
    await accessible(page);

    const event = JSON.parse(/-d '(.*)'/.exec(command)[1]);
    await post(toll.origin, [event]);
    await page.getByRole('heading', { name: 'Explore', exact: true })
      .waitFor();
    await settled(page);
    const { totals } = await query(toll.origin, 'metrics=cost&range=30d');
    assert.deepEqual(await exact(stat(page, 'Spend')), [totals.cost]);
    assert.notEqual(await stat(page, 'Spend').textContent(), '<$0.01');
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('a company', () => {
  let toll;
  let origin;
  let range; // of fixed days, so that midnight may pass
  let address;
  before(async () => {
    toll = await startToll();
    origin = toll.origin;
    const now_s = Math.floor(Date.now() / 1000);
    await post(origin, company(now_s, CALLS));
    await post(origin, unpriced(now_s, UNPRICED));
    await untilStored(origin, CALLS + UNPRICED);
    const { from } = await query(origin, 'metrics=cost&range=today');
    const today = from.slice(0, 10);
    range = `from=${addDays(today, -24)}&to=${addDays(today, 2)}`;
    address = `#/explore?${range}`;
  });
  after(() => toll?.stop());

  test('totals are those of the API, to the last digit', async () => {
    const { page, complaints, close } = await open(origin, address);
    await settled(page);
    const { totals } = await query(origin, `${range}&metrics=cost,requests,` +
      'input_tokens,output_tokens,cost_per_request,cache_hit_share,' +
      'error_share,unpriced_requests');
    assert.deepEqual(await exact(stat(page, 'Spend')), [totals.cost]);
    assert.equal(await stat(page, 'Spend').textContent(),
      formatUsd(parseUsd(totals.cost)));
    for (const [name, value] of [
      ['Requests', totals.requests],
      ['Tokens in', totals.input_tokens],
      ['Tokens out', totals.output_tokens],
      ['Cost per request', totals.cost_per_request],
    ]) {
      assert.deepEqual(await exact(stat(page, name)), [String(value)], name);
    }
    const percent = (share) => `${(share * 100).toFixed(1)}%`;
    assert.equal(await stat(page, 'Cache hits').textContent(),
      percent(totals.cache_hit_share));
    assert.equal(await stat(page, 'Errors').textContent(),
      percent(totals.error_share));
    assert.deepEqual(complaints, []);
    await close();
  });

  test('calls without a price are told of, with what to do', async () => {
    const { page, close } = await open(origin, address);
    await settled(page);
    const warning = page.locator('.callout');
    await warning.getByText(`${UNPRICED} requests without a price`).waitFor();
    await warning.getByText('house-model-without-price').waitFor();
    await warning.getByText('prices.overrides').waitFor();
    const row = groupTable(page).getByRole('row', { name: /only-unpriced/ });
    assert.match(await row.textContent(), /no price/);
    await close();
  });

  test('the table is the answer by feature, and adds up', async () => {
    const { page, close } = await open(origin, address);
    await settled(page);
    const answer = await query(origin, `${range}&by=feature&order=-cost` +
      '&metrics=cost,requests,input_tokens,output_tokens,cost_per_request');
    const rows = groupTable(page).locator('tbody tr');
    assert.equal(await rows.count(), answer.rows.length);
    for (const [i, [feature, cost, requests, input, output, each]] of
      answer.rows.entries()) {
      const row = rows.nth(i);
      assert.equal(await row.locator('th .name').textContent(),
        feature === '' ? 'Untagged' : feature);
      const money = cost === null ? [] : [cost];
      assert.deepEqual(await exact(row.locator('td')),
        [...money, String(requests), ...(cost === null ? [] : [each]),
          String(input), String(output)]);
      assert.equal(await row.locator('td').nth(1).textContent(), shareOf(
        cost === null ? null : parseUsd(cost), parseUsd(answer.totals.cost)));
    }
    const costs = await rows.locator('td:nth-child(2) data').evaluateAll(
      (all) => all.map((data) => data.value));
    assert.equal(exactUsd(sum(costs.map(parseUsd))), answer.totals.cost);
    await close();
  });

  test('spend over time holds every period and the whole', async () => {
    const { page, close } = await open(origin, address);
    await settled(page);
    const answer = await query(origin, `${range}&interval=day&metrics=cost`);
    const days = new Map(answer.rows);
    const panel = page.getByRole('region', { name: /^Spend over time/ });
    await panel.getByText('Show as table').click();
    await panel.locator('tfoot').waitFor();
    const rows = panel.locator('tbody tr');
    assert.equal(await rows.count(), 26);
    const totals = [];
    for (const row of await rows.all()) {
      const values = await exact(row);
      if (values.length > 0) {
        const total = values.pop();
        assert.equal(exactUsd(sum(values.map(parseUsd))), total);
        totals.push(total);
      }
    }
    assert.deepEqual(totals, [...days.values()].filter(Boolean));
    assert.equal((await exact(panel.locator('tfoot'))).at(-1),
      answer.totals.cost);
    const heads = await panel.locator('thead th').allTextContents();
    assert.equal(heads.length, 11, 'day, the top eight, all other, total');
    assert.equal(heads.at(-2), 'All other');
    await close();
  });

  test('models and tokens are those of the API', async () => {
    const { page, close } = await open(origin, `#/overview?${range}`);
    await settled(page);
    const byModel = await query(origin,
      `${range}&by=model&order=-cost&metrics=cost,requests`);
    const models = page.getByRole('region', { name: 'Spend by model' });
    await models.getByText('Show as table').click();
    await models.locator('tfoot').waitFor();
    assert.deepEqual(await exact(models.locator('tbody')), byModel.rows
      .flatMap(([, cost, requests]) =>
        [cost, requests].filter((value) => value !== null).map(String)));
    const { totals } = await query(origin, `${range}&metrics=` +
      'uncached_input_tokens,cache_read_tokens,cache_write_tokens,' +
      'output_tokens,reasoning_tokens');
    const tokens = page.getByRole('region', { name: 'Tokens in and out' });
    await tokens.getByText('Show as table').click();
    await tokens.locator('tfoot').waitFor();
    assert.deepEqual(await exact(tokens.locator('tfoot')), [
      totals.uncached_input_tokens, totals.cache_read_tokens,
      totals.cache_write_tokens, totals.output_tokens -
      totals.reasoning_tokens, totals.reasoning_tokens].map(String));
    await close();
  });

  test('what is chosen stands in the address, and back goes back',
    async () => {
      const { page, complaints, close } = await open(origin, address);
      await settled(page);
      await page.getByLabel('Group by').selectOption('customer');
      await page.getByRole('heading', { name: 'By customer', exact: true })
        .waitFor();
      const environment = page.locator('.bar').getByRole('combobox',
        { name: 'Environment' });
      await environment.selectOption('*');
      await page.waitForURL(/environment=/);
      const searchParams = new URLSearchParams(page.url().split('?')[1]);
      assert.equal(searchParams.get('by'), 'customer');
      assert.equal(searchParams.get('environment'), '*');
      await settled(page);
      const all = await query(origin,
        `${range}&metrics=cost&where=environment:*`);
      assert.deepEqual(await exact(stat(page, 'Spend')),
        [all.totals.cost]);
      const table = groupTable(page);
      assert.equal(await table.locator('tbody tr').count(), 201,
        'the two hundred dearest and all other');
      const costs = await table.locator('tbody td:nth-child(2) data')
        .evaluateAll((cells) => cells.map((data) => data.value));
      assert.equal(exactUsd(sum(costs.map(parseUsd))), all.totals.cost);

      await page.goBack();
      await page.waitForURL((url) => !url.hash.includes('environment='));
      assert.equal(await environment.inputValue(), 'production');
      await page.goBack();
      await page.getByRole('heading', { name: 'By feature', exact: true })
        .waitFor();
      assert.deepEqual(complaints, []);
      await close();
    });

  test('the interval can be chosen, where it makes sense', async () => {
    const { page, close } = await open(origin, `${address}&interval=hour`);
    await settled(page);
    const interval = page.getByLabel('Interval');
    assert.equal(await interval.inputValue(), 'auto', 'too many hours');
    assert.deepEqual(await interval.locator('option').allTextContents(),
      ['Automatic', 'Day', 'Week']);
    await interval.selectOption('week');
    await page.getByText('per week').first().waitFor();
    await settled(page);
    const { rows } = await query(origin,
      `${range}&interval=week&metrics=cost`);
    const panel = page.getByRole('region', { name: /^Spend over time/ });
    await panel.getByText('Show as table').click();
    await panel.locator('tfoot').waitFor();
    const totals = await panel.locator('tbody td:last-child data')
      .evaluateAll((all) => all.map((data) => data.value));
    assert.deepEqual(totals, rows.map(([, cost]) => cost));
    await close();
  });

  test('every range and every group opens', async () => {
    const { page, complaints, close } = await open(origin);
    await settled(page);
    for (const name of ['Today', 'Yesterday', '7 days', '90 days',
      'This month', 'Last month', 'Custom', '30 days']) {
      await page.locator('.segment', { hasText: name }).click();
      await settled(page);
      assert.equal(await page.getByRole('alert').count(), 0, name);
    }
    const groups = await page.getByLabel('Group by').locator('option')
      .evaluateAll((all) => all.map((option) => option.value));
    assert.deepEqual(groups, GROUPS);
    for (const group of groups) {
      await page.getByLabel('Group by').selectOption(group);
      await settled(page);
      assert.equal(await page.getByRole('alert').count(), 0, group);
      const { rows } = await query(origin,
        `range=30d&metrics=requests&by=${group}&limit=200`);
      assert.ok(await groupTable(page).locator('tbody tr').count() >=
        rows.length, group);
    }
    assert.deepEqual(complaints, []);
    await close();
  });

  test('a range of one’s own, by days that are both in', async () => {
    const { page, close } = await open(origin, address);
    await settled(page);
    const first = addDays(range.slice(5, 15), 10);
    const last = addDays(first, 1);
    await page.getByLabel('First day').fill(first);
    await page.getByLabel('Last day').fill(last);
    await page.waitForURL(
      `**/#/explore?from=${first}&to=${addDays(last, 1)}`);
    await settled(page);
    const { totals } = await query(origin,
      `from=${first}&to=${addDays(last, 1)}&metrics=cost`);
    assert.deepEqual(await exact(stat(page, 'Spend')), [totals.cost]);
    await page.getByLabel('Last day').fill(addDays(first, -1));
    await page.getByText(/must not be after the last/).waitFor();
    await close();
  });

  test('days without calls say so, and where there are some', async () => {
    const { page, close } = await open(origin,
      '#/explore?from=2021-01-01&to=2021-01-08');
    await settled(page);
    await page.getByRole('heading', { name: 'No calls in production' })
      .waitFor();
    await accessible(page);
    await page.getByRole('button', { name: /^Show [A-Z][a-z]{2} \d{4}$/ })
      .click();
    await page.getByRole('heading', { name: 'Explore', exact: true }).waitFor();
    await close();
  });

  test('names are text, wherever they stand', async () => {
    const { page, complaints, close } = await open(origin, address);
    await settled(page);
    for (const name of FEATURES.filter(Boolean)) {
      await groupTable(page).getByText(name, { exact: true }).waitFor();
    }
    const panel = page.getByRole('region', { name: /^Spend over time/ });
    await panel.getByText('Show as table').click();
    const box = await panel.locator('.chart').boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const tip = panel.locator('.tip');
    await tip.waitFor();
    const shown = await tip.locator('dt').allTextContents();
    const top = await panel.locator('.legend .name').allTextContents();
    assert.deepEqual(shown, [...[...top].reverse(), 'Total']);
    assert.ok(shown.includes(HTML_NAME), shown.join(', '));
    assert.equal(await page.locator('img, b').count(), 0);
    assert.equal(await page.evaluate('window.hacked'), undefined);
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const name of [HTML_NAME, TURNED_NAME, LOUD_NAME, 'a|b', '!not']) {
    test(`a page about ${JSON.stringify(name.slice(0, 9))} is of text`,
      async () => {
        const days = address.split('?')[1];
        const { page, complaints, close } = await open(origin,
          `#/features?${days}`, { viewport: PHONE });
        await settled(page);
        await page.getByRole('link', { name, exact: true }).click();
        const title = page.getByRole('heading', { level: 1 });
        await title.getByText(name, { exact: true }).waitFor();
        await settled(page);
        const { totals } = await query(origin, `${range}&metrics=cost&where=` +
          encodeURIComponent(anyOf('feature', [name])));
        assert.deepEqual(await exact(stat(page, 'Spend')), [totals.cost]);
        await fits(page);
        await page.getByRole('link', { name: 'Why it changed' }).click();
        await page.getByRole('list', { name: 'Filters' })
          .getByText(`Feature: ${name}`).waitFor();
        await settled(page);
        await fits(page);
        assert.equal(await page.locator('img, b').count(), 0);
        assert.equal(await page.evaluate('window.hacked'), undefined);
        assert.deepEqual(complaints, []);
        await close();
      });
  }

  test('nothing is asked of other machines, and little of this one',
    async () => {
      const { page, requests, close } = await open(origin, address);
      await settled(page);
      assert.deepEqual(requests.filter((url) => !url.startsWith(origin)), []);
      let bytes = 0;
      for (const url of new Set(requests)) {
        if (url.endsWith('.js')) {
          const script = await (await fetch(url)).arrayBuffer();
          bytes += gzipSync(Buffer.from(script)).length;
        }
      }
      assert.ok(bytes > 0 && bytes <= SCRIPT_BUDGET, `${bytes} bytes`);
      await close();
    });

  test('the page runs under a strict content security policy', async () => {
    const response = await fetch(origin);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'|default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe-(inline|eval)|https?:|\*/);
    await response.text();
  });

  for (const [device, viewport] of [['desktop', DESKTOP], ['phone', PHONE]]) {
    for (const colorScheme of ['light', 'dark']) {
      test(`accessible and steady: ${device}, ${colorScheme}`, async () => {
        const { page, complaints, close } = await open(origin,
          '#/explore?by=owner', { viewport, colorScheme });
        await settled(page);
        // Nothing moves when the numbers come: what waits has their size.
        const release = await holdQueries(page);
        await page.goto('about:blank');
        await page.goto(`${origin}/${address}`);
        await page.locator('.skeleton').first().waitFor();
        await page.evaluate(watchShifts);
        release();
        await settled(page);
        const shifted = await page.evaluate('window.shifted');
        assert.ok(shifted <= SHIFT_BUDGET, `layout shift ${shifted}`);
        for (const summary of await page.locator('summary').all()) {
          await summary.click();
        }
        await page.locator('.data .table').first().waitFor();
        await accessible(page);
        await fits(page);
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }

  test('the theme follows the system until it is chosen', async () => {
    const { page, close } = await open(origin, address,
      { colorScheme: 'light' });
    await settled(page);
    const ground = () => page.evaluate(() =>
      getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Use light theme' }).waitFor();
    const dark = await ground();
    assert.notEqual(light, dark);
    await page.getByRole('button', { name: 'Use light theme' }).click();
    assert.equal(await ground(), light);
    await page.reload();
    await settled(page);
    assert.equal(await ground(), light, 'the choice is kept');
    await page.getByRole('button', { name: 'Use dark theme' }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Use dark theme' }).waitFor();
    assert.equal(await ground(), light, 'the system decides again');
    await close();
  });

  test('the keyboard reaches everything, and it is seen where it is',
    async () => {
      const { page, close } = await open(origin, address);
      await settled(page);
      await page.keyboard.press('Tab');
      const skip = page.getByRole('link', { name: 'Skip to the numbers' });
      assert.ok(await skip.evaluate((link) =>
        link === document.activeElement));
      assert.ok((await skip.boundingBox()).y >= 0, 'it is on the screen');
      const reached = new Set();
      for (let i = 0; i < 80; i += 1) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate(() => {
          const at = document.activeElement;
          return at.getAttribute('aria-label') ??
            (at.labels?.[0] ?? at).textContent.trim();
        }));
      }
      for (const name of ['Load again', 'Table: By feature', 'Spend',
        'Custom']) {
        assert.ok([...reached].some((label) => label.startsWith(name)),
          `${name} in ${[...reached].join(', ')}`);
      }
      await close();
    });

  test('a column is sorted by its head', async () => {
    const { page, close } = await open(origin, address);
    await settled(page);
    const table = groupTable(page);
    await table.getByRole('button', { name: 'Requests' }).click();
    const head = table.locator('th[aria-sort]');
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    const counts = async () => (await table.locator(
      'tbody td:nth-child(4) data').evaluateAll((cells) =>
      cells.map((data) => Number(data.value))));
    const down = await counts();
    assert.deepEqual(down, [...down].sort((a, b) => b - a));
    await table.getByRole('button', { name: 'Requests' }).click();
    assert.deepEqual(await counts(), [...down].sort((a, b) => a - b));
    await close();
  });

  test('an error is told in its own words, and can be tried again',
    async () => {
      const { page, close } = await open(origin, address);
      await settled(page);
      const refusal = { error: { code: 'busy', message: 'The store is closed.',
        hint: 'Open it.' } };
      await page.route('**/api/query*', (route) => route.fulfill({
        status: 503, contentType: 'application/json',
        body: JSON.stringify(refusal),
      }));
      await page.getByRole('button', { name: 'Load again' }).click();
      const alert = page.getByRole('alert');
      await alert.getByText('The store is closed.').waitFor();
      await alert.getByText('Open it.').waitFor();
      await accessible(page);

      await page.unroute('**/api/query*');
      await page.route('**/api/query*', (route) => route.abort());
      await alert.getByRole('button', { name: 'Try again' }).click();
      await alert.getByText('toll serve').waitFor();

      await page.unroute('**/api/query*');
      await alert.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { name: 'Explore', exact: true })
        .waitFor();
      await close();
    });
});

/** Holds back all answers until the function it gives is called. */
async function holdQueries(page) {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route('**/api/query*', async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

function watchShifts() {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      window.shifted += entry.value;
    }
  }).observe({ type: 'layout-shift' });
}
