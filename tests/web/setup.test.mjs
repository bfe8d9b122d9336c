// Set-up in a browser: lines with this server's address, which work as they
// are, and the first call is seen to arrive.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { post, settled, startToll } from './toll.mjs';
import { accessible, panel, Reader } from './visit.mjs';

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
    '#/setup?with=curl');
  await page.getByText('waiting for the first call').waitFor();
  const text = await code(page).textContent();
  assert.ok(text.includes(`curl ${origin}/v1/events`), text);
  const event = JSON.parse(/-d '([^']*)'/.exec(text)[1]);
  await post(origin, [event]);
  const came = panel(page, 'What has come');
  await came.locator('.arrival.on', { hasText: 'Event API' })
    .getByText('1 call', { exact: true }).waitFor();
  await came.getByRole('link', { name: 'See the newest calls' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
}));

test('every client has its lines, with this address', () =>
  withToll(async (origin) => {
    const { page, complaints, close } = await reader.open(origin, '#/setup');
    const { clients } = await (await fetch(`${origin}/api/setup`)).json();
    const choice = page.getByLabel('What makes the calls');
    for (const { name, lines } of clients) {
      await choice.selectOption(name);
      assert.equal(await code(page).textContent(), lines.trimEnd());
    }
    await choice.selectOption('demo');
    assert.equal(await code(page).textContent(), 'toll demo');
    await page.reload();
    await settled(page);
    assert.equal(await choice.inputValue(), 'demo',
      'what was chosen stands in the address');
    assert.deepEqual(complaints, []);
    await close();
  }));

test('behind a proxy the lines have the address of the page', () =>
  withToll(async (origin) => {
    const { page, close } = await reader.open(origin, '#/setup');
    await page.route('**/behind/**', async (route) => {
      const url = route.request().url().replace('/behind/', '/');
      await route.fulfill({ response: await route.fetch({ url }) });
    });
    await page.goto(`${origin}/behind/#/setup`);
    await settled(page);
    assert.ok((await code(page).textContent())
      .includes(`${origin}/behind/openai/v1`));
    await panel(page, 'Providers that the gateway reaches')
      .getByText(`${origin}/behind/anthropic`).waitFor();
    await close();
  }));

test('what is wrong with the configuration is told', async () => {
  const toll = await startToll({ config:
    'upstreams:\n  openai: {key_env: TOLL_TEST_NOT_SET}\n' });
  try {
    const { page, close } = await reader.open(toll.origin, '#/setup');
    const { config } = await (await fetch(`${toll.origin}/api/setup`)).json();
    assert.ok(config.problems.length > 0);
    await page.locator('.callout').getByText(config.problems[0]).waitFor();
    await page.getByText('missing', { exact: true }).waitFor();
    await accessible(page);
    await close();
  } finally {
    await toll.stop();
  }
});

test('readable by all, on a desk and on a phone', () =>
  withToll(async (origin) => {
    await reader.checkLooks(origin, '#/setup');
    await post(origin, [{ id: 'one', provider: 'openai', model: 'gpt-4o',
      input_tokens: 10, output_tokens: 2 }]);
    await reader.checkLooks(origin, '#/setup?with=opentelemetry');
  }));
