// The price book as a list: every row once, what the ledger used in front, what
// has no price before all of it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, get, serve, toll, tollOk } from "./toll.mjs";

const day = 86_400_000;
const ago = (days) => new Date(Date.now() - days * day).toISOString();

const calls = [
  // 1,000,000 tokens of input at 0.15 dollars a million, twice, once long ago.
  event(1, { provider: "openai", model: "gpt-4o-mini-2024-07-18", input_tokens: 1_000_000, output_tokens: 0, ts: ago(2) }),
  event(2, { provider: "openai", model: "gpt-4o-mini", input_tokens: 1_000_000, output_tokens: 0, ts: ago(60) }),
  event(3, { provider: "openai", model: "gpt-4o", input_tokens: 1_000_000, output_tokens: 0, ts: ago(2), environment: "test" }),
  event(4, { provider: "openai", model: "nobody-knows-1", ts: ago(3) }),
  event(5, { provider: "inhouse", model: "own-2", ts: ago(80) }),
  event(6, { provider: "ollama", model: "llama3", ts: ago(3) }),
];

function ledger(t, conf = "") {
  const dir = freshDir(t);
  const file = join(dir, "calls.ndjson");
  writeFileSync(file, calls.map((c) => JSON.stringify(c)).join("\n"));
  writeFileSync(join(dir, "toll.yaml"), conf);
  const own = ["--data", join(dir, "data"), "--config", join(dir, "toll.yaml")];
  tollOk(["import", ...own, file]);
  return { dir, own, list: (...args) => JSON.parse(tollOk(["prices", ...own, "--json", ...args])) };
}

test("what was used comes first, without a price before all", (t) => {
  const { list, own } = ledger(t);
  const all = list();
  assert.ok(all.total > 1700);
  assert.equal(all.rows.length, 200);
  assert.ok(all.truncated);
  assert.equal(all.unpriced, 2);
  assert.ok(all.book.age_days >= 0);
  const [first, second, gpt4o, mini, llama] = all.rows;
  assert.deepEqual([first.model, first.priced, first.used["30d"].unpriced_requests], ["nobody-knows-1", false, 1]);
  assert.match(first.unpriced, /nobody-knows-1/);
  assert.deepEqual([second.provider, second.used["30d"].requests, second.used["90d"].requests], ["inhouse", 0, 1]);
  assert.deepEqual([gpt4o.model, gpt4o.used["30d"].cost], ["gpt-4o", "2.500000000000"]);
  assert.equal(mini.model, "gpt-4o-mini");
  assert.equal(mini.prices.input, "0.15");
  assert.ok(mini.in_force);
  assert.equal(mini.used["30d"].cost, "0.150000000000");
  assert.equal(mini.used["90d"].cost, "0.300000000000");
  assert.deepEqual(mini.used.as.map((a) => a.model).sort(), ["gpt-4o-mini", "gpt-4o-mini-2024-07-18"]);
  assert.deepEqual([llama.provider, llama.priced, llama.prices.input], ["ollama", true, "0"]);
  assert.equal(all.rows[5].used, null);
  assert.equal(list("--used").total, 5);
  assert.match(tollOk(["prices", ...own, "--used"]), /nobody-knows-1 .*no price/);
  assert.match(tollOk(["prices", ...own, "--used", "--csv"]), /^provider,model,tier,input/);
});

test("pages follow upon each other and end; filters narrow", (t) => {
  const { list, own } = ledger(t);
  const seen = [];
  for (let offset = 0; ; offset += 500) {
    const page = list("--limit", "500", "--offset", String(offset));
    seen.push(...page.rows.map((r) => r.id ?? `${r.provider}/${r.model}`));
    if (!page.truncated) {
      assert.equal(seen.length, page.total);
      break;
    }
  }
  assert.equal(new Set(seen).size, seen.length);
  const opus = list("--provider", "anthropic", "--search", "OPUS");
  assert.ok(opus.total > 1);
  assert.ok(opus.rows.every((r) => r.provider === "anthropic" && r.model.includes("opus")));
  // A row is found by what calls call it, a list by who sells from it.
  assert.deepEqual(list("--search", "mini-2024-07-18", "--used").rows.map((r) => r.model), ["gpt-4o-mini"]);
  assert.ok(list("--provider", "bedrock").rows.every((r) => r.provider === "aws"));
  const o3 = list("--provider", "openai", "--search", "o3").rows.filter((r) => r.model === "o3" && r.service_tier === "standard");
  assert.ok(o3.length > 1);
  assert.equal(o3.filter((r) => r.in_force).length, 1);
  assert.ok(list("--current", "--limit", "9999").rows.every((r) => r.in_force !== false));
  assert.match(tollOk(["prices", ...own, "--search", "no such model"]), /No row/);
  assert.equal(toll(["prices", ...own, "--limit", "x"]).code, 2);
});

test("stated prices and discounts are marked", (t) => {
  const { list, own } = ledger(t, `prices:
  overrides: [{provider: openai, model: gpt-4o, input: 2.00, output: 8.00, from: 2020-01-01}]
  discounts: [{provider: anthropic, percent: 12, from: 2020-01-01}, {provider: anthropic, percent: 20, from: 2199-01-01}]
`);
  const rows = list("--provider", "openai", "--search", "gpt-4o").rows;
  const stated = rows.find((r) => r.source === "override");
  assert.ok(stated.in_force);
  assert.equal(stated.used["30d"].requests, 1);
  const listed = rows.find((r) => r.model === "gpt-4o" && r.source !== "override" && r.service_tier === "standard");
  assert.equal(listed.overridden_by, stated.id);
  assert.equal(listed.used, null);
  assert.deepEqual(list().discounts.map((d) => [d.percent, d.in_force]), [["12", true], ["20", false]]);
  assert.match(tollOk(["prices", ...own, "--used"]), /anthropic: 12 % off/);
});

test("an empty ledger has a list, and one call needs no ledger", async (t) => {
  const dir = freshDir(t);
  const server = await serve(t, dir);
  const { json } = await get(server.url, "/api/prices?limit=1");
  assert.equal(json.unpriced, 0);
  assert.equal(json.rows[0].used, null);
  assert.equal((await get(server.url, "/api/prices?model=gpt-4o&input=10")).json.priced, true);
  const twice = await get(server.url, "/api/prices?model=gpt-4o&%6dodel=");
  assert.equal(twice.status, 400);
  assert.match(twice.json.error.message, /more than once/);
});
