// The page's own reckoning: money, numbers, calendar, address, stack.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from './sources.mjs';

const money = await load('lib/money.ts');
const format = await load('lib/format.ts');
const time = await load('lib/time.ts');
const route = await load('lib/route.ts');
const shared = await load('lib/shared.ts');
const view = await load('lib/view.ts');
const filter = await load('lib/filter.ts');
const { csvText } = await load('lib/csv.ts');
const { written } = await load('lib/words.ts');
const { periodOf } = await load('charts/series.ts');
const { stack } = await load('lib/stack.ts');
const { anyOf, queryPath } = await load('api/query.ts');
const { ticks } = await load('charts/axis.ts');

const MAX_SAFE = '9007199254740993.000000000001';

test('money is read and written without losing a digit', () => {
  for (const text of ['0.000000000000', '12.034500000000', '-0.000000000001',
    MAX_SAFE, '170141183460469231731.687303715884']) {
    assert.equal(money.exactUsd(money.parseUsd(text)), text);
  }
  assert.equal(money.parseUsd('7'), 7_000_000_000_000n);
  assert.equal(money.parseUsd('0.10'), 100_000_000_000n);
  assert.equal(money.parseUsd('1.0000000000000000'), 1_000_000_000_000n);
});

test('what is no amount is refused, not guessed', () => {
  for (const text of ['', 'x', '1e5', '1.', '.5', '+1', ' 1', '1,000', 'NaN',
    '0.0000000000001']) {
    assert.throws(() => money.parseUsd(text), /money|finer/, text);
  }
});

test('sums of money are exact where floats are not', () => {
  const tenths = Array.from({ length: 10 }, () => money.parseUsd('0.1'));
  assert.equal(money.sum(tenths), money.parseUsd('1'));
  assert.equal(money.exactUsd(money.parseUsd(MAX_SAFE) + 1n),
    '9007199254740993.000000000002');
});

test('rounding goes to the nearest, ties to even', () => {
  const cases = [[5n, 2n, 2n], [7n, 2n, 4n], [-5n, 2n, -2n], [-7n, 2n, -4n],
    [10n, 3n, 3n], [11n, 3n, 4n], [0n, 9n, 0n]];
  for (const [a, b, expected] of cases) {
    assert.equal(money.divideRounded(a, b), expected, `${a} / ${b}`);
  }
});

test('money for people', () => {
  const cases = [
    ['1234567.891', 2, '$1,234,567.89'],
    ['0.005', 2, '<$0.01'],
    ['0.015', 2, '$0.02'],
    ['0.025', 2, '$0.02'],
    ['999.995', 2, '$1,000.00'],
    ['0', 2, '$0.00'],
    ['-3.5', 2, '−$3.50'],
    ['0.0000001', 6, '<$0.000001'],
    ['1999.5', 0, '$2,000'],
  ];
  for (const [text, places, expected] of cases) {
    assert.equal(money.formatUsd(money.parseUsd(text), places), expected);
  }
});

test('small amounts get the places they need, within reason', () => {
  const places = (...texts) => money.placesFor(texts.map(money.parseUsd));
  assert.equal(places('12', '3.4'), 2);
  assert.equal(places('12', '0.0034'), 4);
  assert.equal(places('0.000000000001'), 6);
  assert.equal(places(), 2);
  assert.equal(places('0'), 2);
  assert.equal(money.placesForSum(money.parseUsd('1')), 2);
  assert.equal(money.placesForSum(money.parseUsd('0.00036')), 6);
  assert.equal(money.placesForSum(null), 2);
});

test('shares never round to all or nothing', () => {
  const share = (a, b) => money.shareOf(money.parseUsd(a), money.parseUsd(b));
  assert.equal(share('1', '3'), '33.3%');
  assert.equal(share('0.0001', '1'), '<0.1%');
  assert.equal(share('0.9999', '1'), '>99.9%');
  assert.equal(share('5', '5'), '100.0%');
  assert.equal(share('0', '5'), '0.0%');
  assert.equal(share('0', '0'), '–');
  assert.equal(money.shareOf(null, 1n), '–');
});

test('counts, compact counts, ratios and ticks', () => {
  assert.equal(format.formatCount(1234567), '1,234,567');
  assert.equal(format.formatCompact(9999), '9,999');
  assert.equal(format.formatCompact(10_000), '10.0K');
  assert.equal(format.formatCompact(482_113_004), '482M');
  assert.equal(format.formatRatio(0.1234), '12.3%');
  assert.equal(format.formatRatio(null), '–');
  assert.equal(format.plural(1, 'request'), '1 request');
  assert.equal(format.plural(2000, 'request'), '2,000 requests');
  assert.equal(format.tickFormat(0.25)(0.1), '0.10');
  assert.equal(format.tickFormat(0.0008)(0.0002), '0.00020');
  assert.equal(format.tickFormat(4000)(2000), '2K');
  assert.equal(format.tickFormat(0)(0), '0');
});

test('days are calendar days', () => {
  assert.equal(time.isDay('2024-02-29'), true);
  for (const text of ['2026-02-29', '2026-13-01', '2026-1-1', '', 'today',
    '2026-11-01T00:00:00Z']) {
    assert.equal(time.isDay(text), false, text);
  }
  assert.equal(time.addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(time.addDays('2026-03-01', -1), '2026-02-28');
  assert.equal(time.daysBetween('2026-03-28', '2026-03-30'), 2);
});

test('an instant falls on the day of the reporting time zone', () => {
  const instant = '2026-11-01T20:00:00Z';
  assert.equal(time.dayInZone(instant, 'UTC'), '2026-11-01');
  assert.equal(time.dayInZone(instant, 'Asia/Kolkata'), '2026-11-02');
  assert.equal(time.dayInZone('2026-11-01', 'Asia/Kolkata'), '2026-11-01');
});

test('the last day of a range is the one before its end', () => {
  const days = (from, to) => time.daysOf(from, to, 'Europe/Berlin');
  assert.deepEqual(days('2026-11-01', '2026-11-08'),
    { first: '2026-11-01', last: '2026-11-07' });
  assert.deepEqual(
    days('2026-11-01T00:00:00+01:00', '2026-11-08T00:00:00+01:00'),
    { first: '2026-11-01', last: '2026-11-07' });
  assert.deepEqual(
    days('2026-11-01T00:00:00+01:00', '2026-11-08T09:30:00+01:00'),
    { first: '2026-11-01', last: '2026-11-08' });
});

test('a range has all its periods, also the empty ones', () => {
  const periods = (interval, from, to, seen = []) =>
    time.periods(interval, from, to, 'UTC', seen);
  assert.deepEqual(periods('day', '2026-02-27', '2026-03-02'),
    ['2026-02-27', '2026-02-28', '2026-03-01']);
  assert.deepEqual(periods('week', '2026-11-04', '2026-11-17'),
    ['2026-11-02', '2026-11-09', '2026-11-16']);
  assert.deepEqual(periods('month', '2025-12-31', '2026-02-02'),
    ['2025-12-01', '2026-01-01', '2026-02-01']);
  assert.deepEqual(periods('day', '2026-11-02', '2026-11-04', ['2026-11-01']),
    ['2026-11-01', '2026-11-02', '2026-11-03']);
});

test('hours follow the clocks: 25, 23, and half past', () => {
  const hours = (from, to, zone, seen = []) =>
    time.periods('hour', from, to, zone, seen);
  const autumn = hours('2026-10-25T00:00:00+02:00',
    '2026-10-26T00:00:00+01:00', 'Europe/Berlin');
  assert.equal(autumn.length, 25);
  assert.deepEqual(autumn.slice(2, 4),
    ['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00']);
  const spring = hours('2026-03-29T00:00:00+01:00',
    '2026-03-30T00:00:00+02:00', 'Europe/Berlin');
  assert.equal(spring.length, 23);
  const half = hours('2026-11-01T00:00:00+05:30', '2026-11-02T00:00:00+05:30',
    'Asia/Kolkata', ['2026-11-01T09:00:00+05:30']);
  assert.equal(half.length, 24);
  assert.equal(half[9], '2026-11-01T09:00:00+05:30');
});

test('an interval fits its range', () => {
  assert.deepEqual([1, 2, 3, 92, 93, 400, 401].map(time.autoInterval),
    ['hour', 'hour', 'day', 'day', 'week', 'week', 'month']);
  assert.deepEqual(time.intervalsFor(1), ['hour', 'day']);
  assert.deepEqual(time.intervalsFor(30), ['day', 'week', 'month']);
  assert.equal(time.intervalOf('week', 30), 'week');
  assert.equal(time.intervalOf('hour', 30), 'day');
  assert.equal(time.intervalOf('auto', 30), 'day');
  for (let days = 1; days < 2000; days += 1) {
    assert.ok(time.intervalsFor(days).includes(time.autoInterval(days)),
      `${days} days`);
  }
});

test('days in words', () => {
  assert.equal(time.formatDays('2026-11-01', '2026-11-22'), '1 – 22 Nov 2026');
  assert.equal(time.formatDays('2026-10-24', '2026-11-22'),
    '24 Oct – 22 Nov 2026');
  assert.equal(time.formatDays('2025-12-24', '2026-01-02'),
    '24 Dec 2025 – 2 Jan 2026');
  assert.equal(time.formatDays('2026-11-22', '2026-11-22'), 'Sun 22 Nov 2026');
  assert.equal(time.longPeriod('hour', '2026-11-22T09:00:00+01:00'),
    'Sun 22 Nov 2026, 09:00');
  assert.equal(time.longPeriod('week', '2026-11-16'), 'Week of 16 Nov 2026');
  assert.equal(time.shortPeriod('month', '2026-11-01'), 'Nov 2026');
});

test('what all pages share and its address are the same thing', () => {
  const { sharedFrom, sharedParams, DEFAULT_SHARED } = shared;
  const written = (state) =>
    route.withParams(new URLSearchParams(), sharedParams(state));
  assert.equal(String(written(DEFAULT_SHARED)), '');
  assert.deepEqual(sharedFrom(new URLSearchParams()), DEFAULT_SHARED);
  for (const state of [
    { range: 'last-month', environment: '*' },
    { range: { from: '2026-11-01', to: '2026-11-08' },
      environment: 'staging & "more"' },
  ]) {
    assert.deepEqual(sharedFrom(written(state)), state);
  }
});

test('an address that is not understood opens at its defaults', () => {
  for (const search of ['range=bogus', 'from=2026-11-08&to=2026-11-01',
    'from=2026-02-30&to=2026-03-01', 'from=2026-11-01', '%%%']) {
    assert.deepEqual(shared.sharedFrom(new URLSearchParams(search)),
      shared.DEFAULT_SHARED, search);
  }
  const { by, then, interval, metric, compare } =
    view.viewFrom(new URLSearchParams(
      'by=fish&then=fowl&interval=minute&metric=x&compare=y'));
  assert.deepEqual({ by, then, interval, compare },
    { by: 'feature', then: null, interval: 'auto', compare: false });
  assert.equal(metric.name, 'cost');
});

test('only production counts, unless an environment is named', () => {
  assert.deepEqual(shared.environmentFilter('production'), []);
  assert.deepEqual(shared.environmentFilter('*'), ['environment:*']);
  assert.deepEqual(shared.environmentFilter('a|b'), ['environment:a\\|b']);
});

test('an address behind # is a path and parameters', () => {
  const { parseHash, hashOf } = route;
  for (const [hash, path, search] of [['', '/', ''], ['#', '/', ''],
    ['#/', '/', ''], ['#/explore', '/explore', ''], ['#why', '/why', ''],
    ['#/why?from=2026-11-01&where=feature%3Aa%3Fb', '/why',
      'from=2026-11-01&where=feature%3Aa%3Fb']]) {
    const at = parseHash(hash);
    assert.equal(at.path, path, hash);
    assert.equal(String(at.params), search, hash);
    assert.deepEqual(parseHash(hashOf(at.path, at.params)), at);
  }
});

test('any name fits into a path, the empty one too', () => {
  const { matchPath, pathOf, parseHash } = route;
  for (const name of ['search', '', 'a/b', '?x#y', '100 %', 'zürich–東京',
    '<b>', '..']) {
    const { path } = parseHash(`#${pathOf('features', name)}`);
    assert.deepEqual(matchPath('/features/:name', path), { name }, name);
    assert.equal(matchPath('/features', path), null, name);
  }
  assert.equal(matchPath('/features/:name', '/features'), null);
  assert.equal(matchPath('/features/:name', '/models/x'), null);
  assert.deepEqual(matchPath('/features/:name', '/features/%zz'),
    { name: '%zz' });
});

test('parameters are changed one by one', () => {
  const { withParams } = route;
  const before = new URLSearchParams('a=1&b=2&where=x&where=y');
  assert.equal(String(withParams(before,
    { a: null, b: '3', c: '', where: ['z', 'w'] })), 'b=3&where=z&where=w');
  assert.equal(String(before), 'a=1&b=2&where=x&where=y');
});

test('changes in words', () => {
  assert.deepEqual([0.123, -0.04, 0, 0.00001, 2.4, 199, 5e5].map(
    format.formatChange),
  ['+12.3%', '−4.0%', '0.0%', '0.0%', '3.4×', '200×', '>1,000×']);
  assert.deepEqual(['12.5', '-3', '0', '0.001', '-0.001'].map((text) =>
    money.formatUsdChange(money.parseUsd(text))),
  ['+$12.50', '−$3.00', '$0.00', '+<$0.01', '−<$0.01']);
});

test('sentences have their numbers as the page writes numbers', () => {
  assert.deepEqual([
    'search rose $3.20 (+5 %): prompts shrank 1.4 % (-$1.42), it is 36 %.',
    '-$834.28 a month (-93.9 %)',
    '5 % to 1,200 % more; -3 and a-$3',
    // Of names every letter stays, but for those that turn text around.
    'try/50 % and claude-haiku-4-5, x% of \u202eall',
    'Of -$0.042452, +$0.0609999 is $0.05; x$0.042452, $0.10.',
  ].map(written), [
    'search rose $3.20 (+5%): prompts shrank 1.4% (−$1.42), it is 36%.',
    '−$834.28 a month (−93.9%)',
    '5% to 1,200% more; -3 and a-$3',
    'try/50 % and claude-haiku-4-5, x% of all',
    'Of −$0.0425, +$0.0610 is $0.05; x$0.042452, $0.10.',
  ]);
});

test('what happened is found in its period', () => {
  const days = ['2026-11-01', '2026-11-02', '2026-11-04'];
  const at = (time, zone = 'UTC') => periodOf('day', days, time, zone);
  assert.equal(at('2026-11-02T23:30:00Z'), 1);
  assert.equal(at('2026-11-03T10:00:00Z'), 1);
  assert.equal(at('2026-11-01T20:00:00Z', 'Asia/Kolkata'), 1);
  assert.equal(at('2026-10-31T00:00:00Z'), -1);
  assert.equal(at('2026-11-05T00:00:00Z'), -1);
  assert.equal(periodOf('hour', ['2026-11-01T00:00:00+05:30',
    '2026-11-01T01:00:00+05:30'], '2026-10-31T19:45:00Z', 'Asia/Kolkata'), 1);
});

test('a question is asked in the words of the API', () => {
  assert.equal(queryPath({
    metrics: ['cost', 'requests'], by: ['feature'], interval: 'day',
    range: { from: '2026-11-01', to: '2026-11-08' },
    where: ['environment:*', 'feature:a&b|c=d'], order: '-cost', limit: 20,
  }), 'api/query?metrics=cost%2Crequests&by=feature&interval=day' +
    '&from=2026-11-01&to=2026-11-08&where=environment%3A*' +
    '&where=feature%3Aa%26b%7Cc%3Dd&order=-cost&limit=20');
});

test('a filter holds any name, and no name is taken for a sign', () => {
  assert.equal(anyOf('feature', ['a', '', 'b c']), 'feature:a||b c');
  assert.equal(anyOf('feature', ['a|b', '!c', '*', 'd:e', 'f\\g']),
    'feature:a\\|b|\\!c|\\*|d\\:e|f\\\\g');
});

test('filters are read as they are written', () => {
  const { parseFilter, filterSaid, oneName, withFilter } = filter;
  for (const names of [['a'], ['a', 'b'], [''], ['a|b', '!c', '*', 'd:e'],
    ['f\\g', '']]) {
    assert.deepEqual(parseFilter(anyOf('feature', names)),
      { dimension: 'feature', not: false, names });
  }
  assert.equal(parseFilter('nothing'), null);
  assert.equal(filterSaid('feature:!a|b'), 'Feature: not a or b');
  assert.equal(filterSaid('user:'), 'User: untagged');
  assert.equal(oneName(['user:u', 'feature:a\\|b'], 'feature'), 'a|b');
  assert.equal(oneName(['feature:!a', 'feature:b|c'], 'feature'), null);
  assert.deepEqual(withFilter(['user:u', 'feature:a'], 'feature:b'),
    ['user:u', 'feature:b']);
});

test('the period before one', () => {
  const before = (from, to, zone, now = Infinity) =>
    time.periodBefore(from, to, zone, now);
  assert.deepEqual(before('2026-11-09', '2026-11-16', 'UTC'),
    { from: '2026-11-02', to: '2026-11-09' });
  assert.deepEqual(before('2026-11-01', '2026-12-01', 'UTC'),
    { from: '2026-10-01', to: '2026-11-01' });
  assert.deepEqual(before('2026-01-01', '2026-04-01', 'UTC'),
    { from: '2025-10-01', to: '2026-01-01' });
  assert.deepEqual(before('2026-11-10T00:00:00+05:30',
    '2026-11-17T00:00:00+05:30', 'Asia/Kolkata',
    Date.parse('2026-11-12T06:30:00Z')),
  { from: '2026-11-03', to: '2026-11-05T06:30:00.000Z' });
});

test('a table as a file', () => {
  assert.equal(csvText([['a', 'b'], ['x,"y"', 3], ['=1+1', '-2.50']]),
    'a,b\r\n"x,""y""",3\r\n\'=1+1,-2.50\r\n');
});

test('a stack adds up to its whole in every period', () => {
  const part = (period, name, amount) => ({ period, name, amount });
  const layers = stack(['d1', 'd2', 'd3'], ['a', ''], [
    part('d1', 'a', 5n), part('d1', '', 2n), part('d2', 'a', 1n),
    part('d2', 'c', 9n), part('d3', 'a', null), part('other', 'a', 7n),
  ], [10n, 10n, null]);
  assert.deepEqual(layers, [
    { name: 'a', values: [5n, 1n, null], total: 6n },
    { name: '', values: [2n, null, null], total: 2n },
    { name: null, values: [3n, 9n, null], total: 12n },
  ]);
});

test('without a rest there is no layer of others', () => {
  const layers = stack(['d1'], ['a'],
    [{ period: 'd1', name: 'a', amount: 5n }], [5n]);
  assert.deepEqual(layers.map((layer) => layer.name), ['a']);
});

test('labels of a time axis fit and stand on round periods', () => {
  const labelled = (interval, periods, room) =>
    periods.filter((_, i) => ticks(interval, periods, room)[i]);
  const hours = time.periods('hour', '2026-11-01T00:00:00+00:00',
    '2026-11-02T00:00:00+00:00', 'UTC', []);
  assert.deepEqual(labelled('hour', hours, 5).map((hour) =>
    hour.slice(11, 13)), ['00', '06', '12', '18']);
  const days = time.periods('day', '2026-10-24', '2026-11-23', 'UTC', []);
  assert.deepEqual(labelled('day', days, 6),
    ['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16']);
  for (let room = 2; room < 40; room += 1) {
    assert.ok(labelled('day', days, room).length <= room, `room ${room}`);
    assert.ok(labelled('hour', hours, room).length <= room, `room ${room}`);
  }
});

test('Explore offers every metric and dimension that can be asked for',
  async () => {
    const docs = readFileSync('docs/query.md', 'utf8');
    const section = (title) => docs.split(`## ${title}\n`)[1].split('\n## ')[0];
    const words = (text) => [...text.matchAll(/`([a-z0-9_]+)`/g)]
      .map(([, word]) => word);
    const metrics = section('Metrics').split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => words(line.split('|')[1]));
    assert.ok(metrics.length > 30, String(metrics.length));
    const { METRICS } = await load('lib/metrics.ts');
    assert.deepEqual(METRICS.map(({ name }) => name).sort(), metrics.sort());
    const dimensions = words(section('Dimensions').split('and `tag')[0]);
    assert.deepEqual([...view.GROUPS].sort(), dimensions.sort());
    assert.equal(view.groupFrom('tag.team'), 'tag.team');
    for (const none of ['tag.', 'tag.a,b', 'team', 'toString', null]) {
      assert.equal(view.groupFrom(none), undefined);
    }
  });
