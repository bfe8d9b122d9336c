// tools/embed.mjs: what goes in comes out of the compiled table, byte for
// byte, and compiles without a warning.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'toll-embed-'));
after(() => rmSync(work, { recursive: true }));

const DUMP = `
#include "face/web/web_asset.h"
#include <stdio.h>
static void put(struct str s)
{
    printf("%zu\\n", s.n);
    if (s.n > 0) {
        fwrite(s.p, 1, s.n, stdout);
    }
}
int main(void)
{
    for (size_t i = 0; i < web_assets_n; i++) {
        const struct web_asset *a = &web_assets[i];
        put(a->path);
        put(a->type);
        put(a->cache);
        put(a->etag);
        put(a->body);
        put(a->gzip);
    }
    return 0;
}
`;

function embed(files) {
  const dir = mkdtempSync(join(work, 'dir-'));
  mkdirSync(join(dir, 'assets'));
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(dir, name), body);
  }
  const out = `${dir}.c`;
  const run = spawnSync(process.execPath,
    [join(root, 'tools/embed.mjs'), dir, out], { encoding: 'utf8' });
  return { out, status: run.status, stderr: run.stderr };
}

function table(source) {
  const main = `${source}.main.c`;
  writeFileSync(main, DUMP);
  const program = `${source}.bin`;
  execFileSync(process.env.CC ?? 'cc', ['-std=c17', '-Wall', '-Wextra',
    '-Wpedantic', '-Wconversion', '-Wwrite-strings', '-Werror',
    `-I${join(root, 'src')}`, source, main, '-o', program]);
  const dump = execFileSync(program, { maxBuffer: 1 << 28 });
  const fields = [];
  for (let at = 0; at < dump.length;) {
    const line = dump.indexOf(10, at);
    const length = Number(dump.toString('latin1', at, line));
    fields.push(dump.subarray(line + 1, line + 1 + length));
    at = line + 1 + length;
  }
  const assets = [];
  for (let i = 0; i < fields.length; i += 6) {
    const [path, type, cache, etag, body, gzip] = fields.slice(i, i + 6);
    assets.push({ path: String(path), type: String(type),
      cache: String(cache), etag: String(etag), body, gzip });
  }
  return assets;
}

test('every byte survives, in both forms', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const files = {
    'index.html': '<p>"??=" \\ %s \x01' + '7 ??/ é </p>\r\n\t\0 end',
    'empty.txt': '',
    'assets/all-b1.js': Buffer.concat(Array(64).fill(all)),
    'assets/digits-b2.css': Buffer.from('\x00' + '0123\xff' + '456', 'latin1'),
  };
  const { out, status, stderr } = embed(files);
  assert.equal(status, 0, stderr);
  const assets = table(out);
  assert.deepEqual(assets.map((a) => a.path),
    ['/', '/assets/all-b1.js', '/assets/digits-b2.css', '/empty.txt']);
  for (const asset of assets) {
    const name = asset.path === '/' ? 'index.html' : asset.path.slice(1);
    const body = Buffer.from(files[name]);
    assert.ok(asset.body.equals(body), `${name} is the same`);
    if (asset.gzip.length > 0) {
      assert.ok(asset.gzip.length < body.length, `${name} is smaller`);
      assert.ok(gunzipSync(asset.gzip).equals(body), `${name} unpacks`);
    }
  }
  assert.ok(assets[1].gzip.length > 0, 'the large file is compressed');
});

test('only files with a hash in their name are kept for good', () => {
  const { out } = embed({ 'index.html': 'x', 'assets/a-1.js': 'y' });
  const [page, script] = table(out);
  assert.equal(page.cache, 'no-cache');
  assert.match(script.cache, /immutable/);
  assert.equal(page.type, 'text/html; charset=utf-8');
  assert.equal(script.type, 'text/javascript; charset=utf-8');
  assert.match(page.etag, /^W\/"[0-9a-f]{16}"$/);
  assert.notEqual(page.etag, script.etag);
});

test('the same folder gives the same source', () => {
  const files = { 'index.html': '<p>one</p>', 'assets/a-1.js': 'two' };
  const read = () => readFileSync(embed(files).out, 'utf8');
  assert.equal(read(), read());
});

test('a file of no known type is refused by name', () => {
  const { status, stderr } = embed({ 'index.html': 'x', 'font.xyz': 'y' });
  assert.equal(status, 1);
  assert.match(stderr, /font\.xyz/);
});

test('a folder without a page is refused', () => {
  const { status, stderr } = embed({ 'assets/a.js': 'x' });
  assert.equal(status, 1);
  assert.match(stderr, /index\.html/);
});
