// Plain series: rows with the column anomaly_score, from a file and a pipe,
// and what is refused.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freshDir, toll, tollOk } from "./toll.mjs";

const stamp = (i) =>
  new Date(Date.UTC(2026, 0, 5) + i * 300_000).toISOString().slice(0, 19).replace("T", " ");

/** A daily wave in `n` rows, with a spike at row `at`. */
function wave(n, at) {
  return Array.from({ length: n }, (_, i) => {
    const x = 50 + 10 * Math.sin(i / 46) + (i * 7919 % 101) / 100 + (i === at ? 40 : 0);
    return `${stamp(i)},${x.toFixed(3)}`;
  });
}
const csv = (rows, head = "timestamp,value") => [head, ...rows, ""].join("\n");

test("rows come back with their score, from a file and a pipe, as CSV and JSON", (t) => {
  const rows = wave(1000, 700);
  const file = join(freshDir(t), "series.csv");
  writeFileSync(file, csv(rows));
  const out = tollOk(["detect", file]);
  const lines = out.trimEnd().split("\n");
  assert.equal(lines[0], "timestamp,value,anomaly_score");
  assert.deepEqual(lines.slice(1).map((line) => line.slice(0, line.lastIndexOf(","))), rows);
  const scores = lines.slice(1).map((line) => Number(line.split(",")[2]));
  assert.ok(scores.every((s) => s >= 0 && s <= 1));
  assert.equal(scores.indexOf(Math.max(...scores)), 700);
  assert.equal(tollOk(["detect", "--csv", file]), out);
  assert.equal(tollOk(["detect", "-"], { input: csv(rows).replaceAll("\n", "\r\n") }), out);

  const { rows: objects } = JSON.parse(tollOk(["detect", "--json", file]));
  assert.equal(objects.length, 1000);
  assert.deepEqual(Object.keys(objects[0]), ["timestamp", "value", "anomaly_score"]);
  assert.equal(objects[700].timestamp, stamp(700));
  assert.ok(Math.abs(objects[700].anomaly_score - scores[700]) < 1e-6);
});

test("other columns pass through, and the last line needs no end", () => {
  const input = 'note,Value,timestamp\n"a, b",1,2026-01-05\n\n,2.5e0,2026-01-06T00:00:00+01:00';
  assert.equal(
    tollOk(["detect", "-"], { input }),
    'note,Value,timestamp,anomaly_score\n"a, b",1,2026-01-05,0.000000\n' +
      ",2.5e0,2026-01-06T00:00:00+01:00,0.000000\n",
  );
  const { rows } = JSON.parse(tollOk(["detect", "--json", "-"], { input }));
  assert.deepEqual(rows[0], { note: "a, b", Value: 1, timestamp: "2026-01-05", anomaly_score: 0 });
});

test("a clock put back an hour is taken, more is not", () => {
  const at = (time) => toll(["detect", "-"], {
    input: csv(["2026-10-25 02:59:00,1", `2026-10-25 ${time},1`]),
  });
  assert.equal(at("01:59:00").code, 0);
  assert.match(at("01:58:59").err, /line 3: .* more than an hour before/);
});

test("what cannot be read is refused with its line and the reason", (t) => {
  const long = "1".repeat(65 * 1024);
  const cases = [
    ["", /standard input is empty/],
    ["timestamp,value\n", /no rows below the names/],
    ["2026-01-05,1\n", /line 1: .*"timestamp" is not among them/],
    ["timestamp;value\n", /line 1: .*"timestamp"/],
    ["timestamp,price\n", /line 1: .*"value" is not among/],
    ["timestamp,value,anomaly_score\n", /line 1: .*already/],
    [csv(["2026-01-05,1", "2026-01-06,n/a"]), /line 3: "n\/a" is not a number/],
    [csv(["2026-01-05,"]), /line 2: "" is not a number/],
    [csv(["2026-01-05,nan"]), /line 2: "nan" is not a number/],
    [csv(["2026-01-05,1e101"]), /line 2: 1e101 is too large/],
    [csv(["2026-01-05,1,2"]), /line 2 has 3 cells, and the first line 2/],
    [csv(["2026-01-05"]), /line 2 has 1 cells/],
    [csv(["5/1/2026,1"]), /line 2: "5\/1\/2026" is no timestamp/],
    [csv(["", '"2026-01-05,1']), /line 3: a quote is not closed/],
    [csv([`2026-01-05,${long}`]), /line 2 is longer than 65536 bytes/],
    [csv([`2026-01-05,${long}${long}${long}${long}`]), /line 2 is longer than 65536 bytes/],
  ];
  for (const [input, reason] of cases) {
    const r = toll(["detect", "-"], { input });
    assert.match(r.err, reason);
    assert.equal(r.code, 1);
  }
  const dir = freshDir(t);
  assert.match(toll(["detect", join(dir, "none.csv")]).err, /none\.csv/);
  assert.equal(toll(["detect", dir]).code, 1);
  assert.equal(toll(["detect"]).code, 2);
});
