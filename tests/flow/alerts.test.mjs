// Alerts over the demo's history: what would have been raised.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDir, toll, tollOk } from "./toll.mjs";

const DAY = 24 * 3600 * 1000;
const HOUR = 3600 * 1000;

test("the demo's incidents are found with their causes, the launch as healthy", (t) => {
  const dir = freshDir(t);
  const at = ["--data", dir];
  tollOk(["demo", ...at, "--end", "2026-11-23", "--events", "300000"]);
  const alerts = JSON.parse(tollOk(["alerts", "replay", "--json", ...at]));
  const last = Date.parse("2026-11-22");
  const find = (cause, feature) =>
    alerts.filter((a) => a.cause === cause && a.scope.feature === feature);
  const after = (a, days, hours) => Date.parse(a.time) - (last - days * DAY + hours * HOUR);

  const [launch] = find("new_feature", "shop-copilot");
  assert.equal(launch.severity, "info");
  const [mix, more] = find("model_mix", "ticket-summary");
  assert.equal(more, undefined);
  assert.equal(mix.scope.model, "claude-sonnet-4-5");
  assert.ok(after(mix, 16, 13) > 0 && after(mix, 16, 13) <= 3 * HOUR, mix.time);
  const [prompt] = find("input_tokens", "reply-draft");
  assert.ok(after(prompt, 8, 9) > 0 && after(prompt, 8, 9) <= 3 * HOUR, prompt.time);
  assert.ok(prompt.after / prompt.before > 1.6);
  const [loop] = find("requests_per_workflow", "support-agent");
  assert.equal(loop.severity, "page");
  assert.equal(loop.scope.customer, "bergamot-retail");
  assert.ok(after(loop, 5, 1) > 0 && after(loop, 5, 1) <= 0.5 * HOUR, loop.time);
  const loud = alerts.filter((a) => a.severity !== "info");
  assert.equal(loud.length, 3, JSON.stringify(loud.map((a) => [a.time, a.cause])));

  // --from tells less and knows as much.
  const late = JSON.parse(
    tollOk(["alerts", "replay", "--json", "--from", "2026-11-10", ...at]));
  assert.deepEqual(late.map((a) => a.cause), ["input_tokens", "requests_per_workflow"]);
  const text = tollOk(["alerts", "replay", ...at]);
  assert.match(text, /page {2}requests_per_workflow +A run of support-agent/);
});

test("an empty ledger raises nothing; what is misspelt is told", (t) => {
  const at = ["--data", freshDir(t)];
  assert.deepEqual(JSON.parse(tollOk(["alerts", "replay", "--json", ...at])), []);
  assert.equal(tollOk(["alerts", "replay", ...at]), "Nothing would have been raised.\n");
  const r = toll(["alerts", "repaly", ...at]);
  assert.equal(r.code, 2);
  assert.match(r.err, /replay/);
});
