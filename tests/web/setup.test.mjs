// Set-up in a browser: lines with this server's address, which work as they
// are, and the first call is seen to arrive.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { HTML_NAME } from './company.mjs';
import { post, settled, startToll } from './toll.mjs';
import { panel, Reader } from './visit.mjs';

let reader;
before(async () => {
  reader = await Reader.start();
});
after(() => reader?.stop());

const code = (page) => panel(page, 'Bring calls in').locator('.command code');

async function withToll(use) {
  const toll = await startToll();
  try {
    await use(toll.origin);
  } finally {
    await toll.stop();
  }
}

test('the first call is seen to arrive', () => withToll(async (origin) => {
  const { page, complaints, close } = await reader.open(origin,
    '#/setup?way=events');
  await page.getByText('No call has come yet.').waitFor();
  const text = await code(page).textContent();
  assert.ok(text.includes(`curl ${origin}/v1/events`), text);
  const event = JSON.parse(/-d '([^']*)'/.exec(text)[1]);
  await post(origin, [event]);
  const came = panel(page, 'What has come');
  await came.locator('.arrival.on', { hasText: 'Event API' })
    .getByText('1 call', { exact: true }).waitFor();
  await came.getByText(event.model).waitFor();
  await came.getByText(event.feature).waitFor();
  await page.getByText('Calls come in.').waitFor();
  await post(origin, [{ ...event, id: 'hostile', feature: HTML_NAME }]);
  await came.getByText(HTML_NAME).waitFor();
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(complaints, []);
  await close();
}));

test('every way in has lines with this address', () =>
  withToll(async (origin) => {
    const { page, complaints, close } = await reader.open(origin, '#/setup');
    for (const way of ['Gateway', 'OpenTelemetry', 'Event API', 'Files']) {
      await page.locator('.segment', { hasText: way }).click();
      await settled(page);
      const options = await page.getByLabel('With').locator('option')
        .evaluateAll((all) => all.map((option) => option.value));
      for (const value of options) {
        await page.getByLabel('With').selectOption(value);
        const text = await code(page).textContent();
        assert.ok(way === 'Files' ? text.startsWith('toll ')
          : text.includes(origin), text);
        assert.ok(!text.includes(`${origin}//`), text);
      }
    }
    await page.reload();
    await settled(page);
    assert.equal(await page.getByLabel('With').inputValue(), 'demo',
      'what was chosen stands in the address');
    assert.deepEqual(complaints, []);
    await close();
  }));

test('below a path the lines have it', () => withToll(async (origin) => {
  const { page, close } = await reader.open(origin, '#/setup');
  await page.route('**/behind/**', async (route) => {
    const url = route.request().url().replace('/behind/', '/');
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  await page.goto(`${origin}/behind/#/setup`);
  await settled(page);
  assert.match(await code(page).textContent(),
    new RegExp(`${origin}/behind/openai/v1\n`));
  await close();
}));

test('readable by all, on a desk and on a phone', () =>
  withToll(async (origin) => {
    await reader.checkLooks(origin, '#/setup');
    await post(origin, [{ id: 'one', provider: 'openai', model: 'gpt-4o',
      input_tokens: 10, output_tokens: 2 }]);
    await reader.checkLooks(origin, '#/setup?way=otlp');
  }));
