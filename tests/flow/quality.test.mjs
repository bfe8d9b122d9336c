// toll quality: what is untagged, unpriced or guessed, and how to mend it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { countAt, event, freshDir, get, post, serve, tollOk, toll, until } from "./toll.mjs";

const quality = (dir, args = []) =>
  JSON.parse(tollOk(["quality", "--data", dir, "--range", "all", "--json", ...args]));

// Ten calls of one cent each: two without a feature, one without a price, one
// estimated, one of a test.
const some = () => Array.from({ length: 10 }, (_, i) =>
  event(i, {
    provider: "openai", model: i === 3 ? "nobody-knows-1" : "gpt-4o-mini",
    input_tokens: 100000, output_tokens: 0, // at 0.15 a million: 1.5 cents
    feature: i < 2 ? "" : "search", user: `u${i}`,
    ...(i === 4 ? { tags: { estimated: "true" } } : {}),
    ...(i === 5 ? { environment: "test" } : {}),
  }));

test("every share is reckoned, every fault has an example and a remedy", async (t) => {
  const dir = freshDir(t);
  const server = await serve(t, dir);
  await post(server.url, JSON.stringify(some()));
  await post(server.url, JSON.stringify([some()[0], { model: 7 }]));
  await until(async () => (await countAt(server.url)) === 10, "ten events");
  const { json: q } = await get(server.url, "/api/quality?range=all");
  assert.equal(q.requests, 9);
  assert.equal(q.unpriced_requests, 1);
  assert.equal(q.estimated_requests, 1);
  assert.equal(q.late_requests, 9); // made on the first of the month
  assert.equal(q.cost, "0.120000000000");
  const feature = q.coverage.find((c) => c.dimension === "feature");
  assert.equal(feature.untagged_requests, 2);
  assert.equal(feature.untagged_cost, "0.030000000000");
  assert.equal(feature.share_of_cost, 0.75);
  assert.match(feature.mend, /X-Toll-Feature/);
  assert.equal(q.coverage.find((c) => c.dimension === "user").mend, null);
  assert.deepEqual(q.unpriced.map((u) => [u.model, u.unpriced_requests]), [["nobody-knows-1", 1]]);
  assert.deepEqual(q.environments.map((e) => [e.name, e.requests]).sort(), [["production", 9], ["test", 1]]);
  assert.deepEqual(q.sources.map((s) => [s.name, s.requests, s.untagged_share]), [["api", 9, 2 / 9]]);
  const calls = q.calls.map((c) => c.what);
  assert.deepEqual(calls, ["feature", "feature", "estimated", "unpriced"]);
  assert.equal(q.calls.find((c) => c.what === "unpriced").id, some()[3].id);
  assert.deepEqual([q.duplicate_events, q.refused_events], [1, 1]);
  assert.match(q.sentence, /75\.0 % of \$0\.12 names its feature; 1 call has no price .*; 1 is estimated/);
});

test("without a server the counters are said to be missing; forms and filters work", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "e.ndjson");
  const data = join(dir, "data");
  writeFileSync(file, some().map((e) => JSON.stringify(e)).join("\n"));
  tollOk(["import", "--data", data, file]);
  const q = quality(data);
  assert.match(q.notes.join(" "), /running server/);
  assert.equal(quality(data, ["--where", "environment:*"]).requests, 10);
  assert.equal(quality(data, ["--where", "feature:search"]).coverage[0].untagged_requests, 0);
  assert.match(tollOk(["quality", "--data", data, "--range", "all"]), /Models without a price/);
  assert.match(tollOk(["quality", "--data", data, "--range", "all", "--csv"]), /^dimension,share_of_cost/);
  const wrong = toll(["quality", "--data", data, "--format", "pdf"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /markdown/);
});

test("an empty ledger says so", (t) => {
  const dir = freshDir(t);
  const q = quality(join(dir, "data"));
  assert.match(q.sentence, /no calls in this range/);
  assert.equal(q.coverage, undefined);
});

test("a share of nothing is not known, rather than none", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "e.ndjson");
  writeFileSync(file, JSON.stringify(event(1, { provider: "inhouse", model: "own" })));
  tollOk(["import", "--data", join(dir, "data"), file]);
  const q = quality(join(dir, "data"));
  assert.equal(q.coverage[0].share_of_cost, null);
  assert.equal(q.coverage[0].share_of_requests, 1);
  assert.equal(q.sources[0].share_of_cost, null);
  assert.equal(q.sources[0].untagged_share, 0);
});
