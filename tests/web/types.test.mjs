// The dashboard's sources keep to the strictest types.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('tsc finds nothing', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const tsc = spawnSync(`${root}node_modules/.bin/tsc`,
    ['--project', `${root}web/tsconfig.json`], { encoding: 'utf8' });
  assert.equal(tsc.error, undefined);
  assert.equal(tsc.stdout, '');
  assert.equal(tsc.status, 0);
});
