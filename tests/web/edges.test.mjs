// Every page of ledgers that hold next to nothing: one call, the first that
// somebody sends, and only calls that have no price.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { accessible, exact, fits, PHONE, startBrowser, stat }
  from './browser.mjs';
import { load } from './sources.mjs';
import { ask, post, query, settled, startToll, untilStored } from './toll.mjs';

const { PAGES } = await load('frame/pages.ts');

const NOW_S = Math.floor(Date.now() / 1000);
const LEDGERS = {
  'one call': [{ id: 'only', ts: NOW_S - 5, model: 'gpt-4o', feature: 'first',
    input_tokens: 1200, output_tokens: 300 }],
  'no call': [],
  'no call with a price': Array.from({ length: 60 }, (_, i) => ({
    id: `house-${i}`, ts: NOW_S - 5 - i * 14_400, provider: 'openai',
    model: `house-model-${i % 2}`, feature: ['first', ''][i % 2],
    customer: `customer-${i % 3}`, user: `user-${i % 5}`,
    experiment: 'trial', variant: ['a', 'b'][i % 2],
    input_tokens: 100, output_tokens: 10 })),
};

/** Pages about one thing are asked for one that there may be, and one that
 *  there never is. */
const ADDRESSES = PAGES.flatMap(({ path, free }) => (path.includes(':name')
  ? free ? [] : [path.replace(':name', 'first'), path.replace(':name', 'nobody')]
  : path.includes(':') ? [] : [path]));

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

for (const [name, events] of Object.entries(LEDGERS)) {
  describe(`a ledger with ${name}`, () => {
    let toll;
    let opened;
    before(async () => {
      toll = await startToll();
      if (events.length > 0) {
        await post(toll.origin, events);
      }
      await untilStored(toll.origin, events.length);
      opened = await browser.open(toll.origin, '#/none', { viewport: PHONE });
    });
    after(async () => {
      await opened?.close();
      await toll?.stop();
    });

    for (const path of ADDRESSES) {
      test(`${path} can be drawn`, async () => {
        const { page, complaints } = opened;
        await page.goto('about:blank');
        await page.goto(`${toll.origin}/#${path}`);
        await settled(page);
        assert.deepEqual(await page.getByRole('alert').allTextContents(), []);
        await accessible(page);
        await fits(page);
        assert.deepEqual(complaints.splice(0), []);
      });
    }

    test('Overview says what there is, and what it is too early for',
      { skip: events.length === 0 }, async () => {
        const { page, close } = await browser.open(toll.origin, '#/overview');
        await settled(page);
        const { totals } = await query(toll.origin, 'metrics=cost');
        const spent = totals.cost === null ? [] : [totals.cost];
        assert.deepEqual(await exact(stat(page, 'In this range')), spent);
        const { sentence, so_far: soFar = null } =
          await ask(toll.origin, 'forecast');
        assert.deepEqual(await exact(stat(page, 'Today')),
          soFar === null ? [] : [soFar]);
        await page.getByText(sentence).waitFor();
        await close();
      });
  });
}
