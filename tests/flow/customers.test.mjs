// toll customers: cost against revenue, reckoned to the last digit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countAt, event, freshDir, get, post, serve, tollOk, until } from "./toll.mjs";

// November 2026 has 30 days. gpt-4o-mini: 0.15 dollars a million of input.
const call = (i, customer, dollars, more) => event(i, {
  provider: "openai", model: "gpt-4o-mini", output_tokens: 0, customer,
  input_tokens: Math.round(dollars / 0.15 * 1e6), ts: "2026-11-10T00:00:00Z", ...more,
});
const range = "from=2026-11-01&to=2026-11-16"; // half of the month
const csv = `customer,segment,tier,revenue,from
acme,enterprise,gold,100,2026-10
bolt,smb,free,0,2026-11
coda,smb,gold,40,2026-10
coda,smb,gold,60,2026-11
late,smb,gold,999,2026-12
idle,smb,free,10,2026-11
`;

async function world(t, customers = csv) {
  const server = await serve(t, freshDir(t));
  await post(server.url, JSON.stringify([
    call(1, "acme", 15), call(2, "acme", 15), call(3, "bolt", 6), call(4, "coda", 45),
    call(5, "", 3), call(6, "dusk", 1.5, { segment: "trial" }),
  ]));
  if (customers) {
    const r = await fetch(`${server.url}/v1/customers`, { method: "PUT", body: customers, headers: { "content-type": "text/csv" } });
    assert.equal(r.status, 200, await r.text());
  }
  await until(async () => (await countAt(server.url)) === 6, "six events");
  return server;
}
const ask = async (server, more = "") => (await get(server.url, `/api/customers?${range}${more}`)).json;
const row = (rows, name) => rows.find((r) => (r.customer ?? r.name) === name);

test("revenue is counted for the part of the month, by the row that holds", async (t) => {
  const server = await world(t);
  const c = await until(async () => {
    const x = await ask(server);
    return x.revenue && x;
  }, "revenue");
  // (100 + 0 + 60 + 10) / 2; late begins in December.
  assert.equal(c.revenue, "85.000000000000");
  assert.equal(c.cost, "85.500000000000");
  assert.equal(c.margin, "-0.500000000000");
  assert.deepEqual(row(c.customers, "acme"), {
    customer: "acme", segment: "enterprise", tier: "gold", requests: 2, users: 0,
    cost: "30.000000000000", revenue: "50.000000000000", margin: "20.000000000000", cost_of_revenue: 0.6,
  });
  assert.equal(row(c.customers, "coda").revenue, "30.000000000000");
  assert.equal(row(c.customers, "dusk").revenue, null);
  assert.equal(row(c.customers, "dusk").segment, "trial");
  assert.equal(row(c.customers, "idle").cost, "0.000000000000");
  assert.equal(row(c.customers, "late"), undefined);
  assert.deepEqual(c.dear.map((d) => d.customer), ["coda", "bolt", "acme"]);
  const gold = row(c.tiers, "gold");
  assert.deepEqual([gold.customers, gold.cost, gold.revenue], [2, "75.000000000000", "80.000000000000"]);
  assert.equal(row(c.segments, "trial").revenue, null);
  assert.match(c.sentence, /^5 customers cost \$85\.50 and bring \$85\.00; 2 cost more than they bring\.$/);
  assert.deepEqual([c.n_customers, c.n_losing], [5, 2]);
  assert.ok(c.notes.some((n) => n.includes("$3.00 was spent for no named customer")));
  const sum = c.customers.reduce((s, r) => s + Number(r.cost), 0);
  assert.equal(sum, 85.5);
});

test("a cap and a price are reckoned for whom they are meant", async (t) => {
  const server = await world(t);
  await until(async () => (await ask(server)).revenue, "revenue");
  const c = await ask(server, "&cap=40&price=30&tier=gold");
  // Half a month: calls end at 20, everybody of gold pays 15.
  const [cap, price] = c.what_if;
  assert.deepEqual([cap.customers, cap.cost, cap.margin_change], [2, "50.500000000000", "35.000000000000"]);
  assert.deepEqual([price.customers, price.revenue, price.margin_change], [2, "35.000000000000", "-50.000000000000"]);
  const wrong = await get(server.url, `/api/customers?${range}&cap=lots`);
  assert.equal(wrong.status, 400);
  assert.match(wrong.json.error.message, /cap must be an amount/);
});

test("a cap is a customer's: calls for nobody go on", async (t) => {
  const server = await world(t);
  const c = await ask(server, "&cap=1"); // half a dollar in half a month
  const [cap] = c.what_if;
  assert.deepEqual([cap.customers, cap.cost], [4, "5.000000000000"]); // 4 x 0.50 + 3.00
});

test("what has no price has no known cost", async (t) => {
  const server = await serve(t, freshDir(t));
  await post(server.url, JSON.stringify([1, 2].map((i) =>
    event(i, { provider: "inhouse", model: "own", customer: "acme", ts: "2026-11-10T00:00:00Z" }))));
  await until(async () => (await countAt(server.url)) === 2, "two events");
  const c = await ask(server);
  assert.match(c.sentence, /^None of the calls has a price, so what customers cost is not known/);
  assert.match(c.notes.join(" "), /2 of 2 calls have no price/);
  assert.deepEqual([c.cost, c.customers[0].cost, c.tiers[0].cost], [null, null, null]);
});

test("of more customers than fit the dearest are told, and the cost of all", (t) => {
  const dir = freshDir(t);
  const lines = Array.from({ length: 100002 }, (_, i) => // the dearest is the last by name
    JSON.stringify(call(i, `c${String(i).padStart(6, "0")}`, i === 100001 ? 9 : 0.0003))).join("\n");
  tollOk(["import", "--data", dir, "-"], { input: lines });
  const c = JSON.parse(tollOk(["customers", "--data", dir, "--json", "--from", "2026-11-01", "--to", "2026-11-16"]));
  assert.equal(c.customers[0].customer, "c100001");
  assert.equal(c.cost, "39.000300000000");
  assert.match(c.notes.join(" "), /Only the 100000 dearest customers/);
});

test("without revenue, and without anything, it says what it lacks", async (t) => {
  const server = await world(t, null);
  const c = await ask(server);
  assert.equal(c.revenue, null);
  assert.match(c.notes.join(" "), /PUT \/v1\/customers/);
  const none = await get(server.url, "/api/customers?from=2026-01-01&to=2026-02-01");
  assert.match(none.json.sentence, /no calls and no customers/);
});

test("the command answers what the route does", async (t) => {
  const dir = freshDir(t);
  const c = JSON.parse(tollOk(["customers", "--data", dir, "--json"]));
  assert.match(c.sentence, /no calls and no customers/);
});
