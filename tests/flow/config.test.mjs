// toll.yaml: refused whole with line and nearest name; reloaded by SIGHUP.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, get, post, serve, toll, tollOk, until } from "./toll.mjs";

test("a misspelt key is refused with its line and the nearest right name", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  writeFileSync(file, "timezone: UTC\nattribution:\n  alisaes: {}\n");
  for (const args of [["check-config", file], ["top", "--config", file, "--data", dir],
    ["serve", "--config", file, "--data", dir]]) {
    const r = toll(args);
    assert.notEqual(r.code, 0);
    assert.match(r.err, /line 3: unknown key 'alisaes'; did you mean 'aliases'\?/);
  }
  assert.equal(toll(["check-config", file]).code, 4);
  writeFileSync(file, "timezone: Europe/Berlin\n");
  assert.match(tollOk(["check-config", file]), /good/);
  assert.notEqual(toll(["check-config", join(dir, "nowhere.yaml")]).code, 0);
});

test("attribution, owners and negotiated prices of toll.yaml count", async (t) => {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  writeFileSync(file, `
timezone: Asia/Kolkata
attribution:
  aliases: {feature: {"Ticket Summary": ticket-summary}}
  rules:
    - when: {"tag.service": "sum*"}
      set: {feature: ticket-summary}
features: {ticket-summary: {owner: support-ai}}
prices:
  overrides:
    - {provider: openai, model: gpt-4o-mini, input: 1.00, output: 2.00, from: 2026-01-01}
`);
  const s = await serve(t, dir, ["--config", file]);
  await post(s.url, JSON.stringify([
    event(1, { feature: "Ticket Summary", input_tokens: 1000000, output_tokens: 0 }),
    event(2, { feature: undefined, tags: { service: "summarizer" }, input_tokens: 0, output_tokens: 1000000 }),
  ]));
  const r = await until(async () => {
    const a = (await get(s.url, "/api/query?metrics=cost,requests&by=feature,owner&range=all&interval=day")).json;
    return a.totals.requests === 2 && a;
  }, "both events");
  assert.equal(r.timezone, "Asia/Kolkata");
  assert.deepEqual(r.rows, [["2026-11-01", "ticket-summary", "support-ai", "3.000000000000", 2]]);

  // A reload changes prices for what comes after; history stays.
  writeFileSync(file, "prices: {overrides: [{provider: openai, model: gpt-4o-mini, input: 5.00, output: 5.00}]}\n");
  s.signal("SIGHUP");
  await until(() => /reloaded/.test(s.log()), "the reload");
  await post(s.url, JSON.stringify(event(3, { input_tokens: 1000000, output_tokens: 0 })));
  await until(async () => (await get(s.url, "/api/query?metrics=cost&range=all")).json.totals.cost === "8.000000000000",
    "the new price");
  // A wrong file is refused whole; the old one stays in force.
  writeFileSync(file, "prcies: {}\n");
  s.signal("SIGHUP");
  await until(() => /not reloaded: .*prcies/.test(s.log()), "the refusal");
  await post(s.url, JSON.stringify(event(4, { input_tokens: 1000000, output_tokens: 0 })));
  await until(async () => (await get(s.url, "/api/query?metrics=cost&range=all")).json.totals.cost === "13.000000000000",
    "the old price");
});
