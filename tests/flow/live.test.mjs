// Live alerts: found while the server runs, told once through restarts, kills
// and networks that fail, over when it is over.  TOLL_WATCH_TICK_MS makes the
// server look more often, TOLL_WATCH_AHEAD_S lets its watch's clock go ahead.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { httpReceiver, mailReceiver, readMail } from "./receivers.mjs";
import { freshDir, get, post, serve, toll, tollOk, until } from "./toll.mjs";

const HOUR = 3600e3;
const DAY = 24 * HOUR;
const tick = { TOLL_WATCH_TICK_MS: "100" };

/** Whole hours before now, as a time. */
const hoursAgo = (n) => Math.floor(Date.now() / HOUR) * HOUR - n * HOUR;

/**
 * `perHour` calls of a feature in each hour of [from, to), in ms; input is by
 * the time of the call.
 */
function calls(feature, from, to, { perHour = 12, input = () => 2000, ...more } = {}) {
  const list = [];
  for (let at = from; at < to; at += HOUR) {
    for (let i = 0; i < perHour; i++) {
      const ts = at + Math.floor(((i + 0.5) * HOUR) / perHour);
      list.push({
        id: `${feature}-${ts}`, ts: new Date(ts).toISOString(), model: "gpt-4o",
        feature, user: `u${i % 7}`, owner: "search-team", release: "v1",
        input_tokens: input(ts) + ((ts / 1000) % 97), output_tokens: 200 + ((ts / 1000) % 13), ...more,
      });
    }
  }
  return list;
}

async function send(url, list) {
  for (let i = 0; i < list.length; i += 10000) {
    const r = await post(url, list.slice(i, i + 10000).map((e) => JSON.stringify(e)).join("\n"),
      { "Content-Type": "application/x-ndjson" });
    assert.equal(r.status, 200, r.text);
    assert.deepEqual(r.json.rejected, []);
  }
}

function configured(t, text) {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  writeFileSync(file, text);
  const data = join(dir, "data");
  mkdirSync(data);
  return { dir: data, file, args: ["--config", file] };
}

const alerts = async (s, state = "all") => (await get(s.url, `/api/alerts?state=${state}`)).json.alerts;
const heard = (s) => until(async () => (await get(s.url, "/api/alerts")).json.watched_since, "the first look");
const looks = async (s) => Number(/^toll_watch_looks_total (\d+)$/m.exec((await get(s.url, "/metrics")).text)[1]);
/** Waits until the server has looked twice more: once wholly after this. */
async function lookedAgain(s) {
  const n = await looks(s);
  await until(async () => (await looks(s)) >= n + 2, "another look");
}
const phases = (taken) => taken.map((m) => JSON.parse(m.text)).map((m) => m.phase);

/** 28 days of two features; one's prompt is longer by 80 % for the last hours. */
function history(step = hoursAgo(9), to = hoursAgo(0)) {
  const from = hoursAgo(28 * 24);
  return [
    ...calls("search", from, to, { input: (ts) => (ts >= step ? 3600 : 2000) }),
    ...calls("chat", from, to),
  ];
}

test("a step is told once to every channel, with its cause, and once when it is over", async (t) => {
  const http = await httpReceiver(t);
  const mail = await mailReceiver(t);
  const c = configured(t, `
public_url: https://toll.example.com/
channels:
  ops: {slack: {url: "${http.url}/slack"}}
  pager: {pagerduty: {key_env: PD_KEY, url: "${http.url}/pd"}}
  hook: {webhook: {url: "${http.url}/hook"}}
  mail: {smtp: {url: "${mail.url}", from: t@example.com, to: a@example.com}}
features: {search: {owner: search-team}}
watch: {notify: [ops, pager, hook, mail]}
`);
  const vars = { ...tick, PD_KEY: "key" };
  const step = hoursAgo(9);
  const first = await serve(t, c.dir, c.args, undefined, vars);
  const release = await fetch(`${first.url}/v1/releases`, { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ts: new Date(step - HOUR).toISOString(), release: "2026.11.2", feature: "search" }) });
  assert.equal(release.status, 200);
  await send(first.url, history(step));
  const [alert] = await until(async () => {
    const list = await alerts(first, "open");
    return list[0]?.why && list; // a moment after it is there
  }, "the alert");
  assert.equal(alert.cause, "input_tokens");
  assert.equal(alert.scope.feature, "search");
  assert.equal(alert.scope.model, null);
  assert.equal(Date.parse(alert.since), step);
  assert.ok(Math.abs(alert.before - 2048) < 30, alert.before);
  assert.ok(Math.abs(alert.after - 3648) < 30, alert.after);
  // 1,600 tokens more, 12 times an hour, at 2.50 a million; the watch is
  // careful while a day is not full of them.
  const truth = 1600 * 12 * 24 * 2.5e-6;
  assert.ok(Number(alert.usd_per_day) > truth / 2 && Number(alert.usd_per_day) < truth * 1.2, alert.usd_per_day);
  assert.equal(alert.owner, "search-team");
  assert.equal(alert.release, "2026.11.2");
  assert.match(alert.why, /search rose .*: prompts grew 1.8x since release 2026.11.2/);
  assert.match(alert.unmoved, /output tokens/);
  await until(() => http.taken.length === 3 && mail.taken.length === 1, "four messages");

  const body = (path) => JSON.parse(http.taken.find((m) => m.path === path).text);
  const hook = body("/hook");
  assert.equal(hook.phase, "opened");
  assert.equal(hook.incident, `alert/${alert.id}`);
  assert.equal(hook.link, `https://toll.example.com/#/alerts/${alert.id}`);
  assert.match(hook.title, /^search: input tokens \+\d/);
  assert.equal(hook.text, alert.sentence);
  assert.equal(hook.report.owner, "search-team");
  assert.equal(hook.report.release, "2026.11.2");
  assert.match(hook.report.command, /^toll explain --from '.*' --vs '.*' --where 'feature:search'$/);
  const [largest] = hook.report.factors.toSorted((a, b) => Number(b.usd) - Number(a.usd));
  assert.equal(largest.name, "input_tokens");
  assert.equal(body("/pd").event_action, "trigger");
  assert.equal(body("/pd").dedup_key, hook.incident);
  const slack = JSON.stringify(body("/slack"));
  for (const words of ["search-team", "2026.11.2", `<${hook.link}|Open in toll>`, "toll explain"]) {
    assert.ok(slack.includes(words), words);
  }
  const { headers, parts } = readMail(mail.taken[0].text);
  assert.match(headers.subject, /search: input tokens/);
  assert.match(parts["text/plain"], /search-team/);
  assert.match(parts["text/html"], /search-team/);
  // The command that a message names says the same.
  const said = tollOk([...hook.report.command.split(" ").slice(1).map((w) => w.replaceAll("'", "")), "--data", c.dir]);
  assert.match(said, /prompts grew 1.8x/);

  // Whoever has it in hand is kept through a kill.
  tollOk(["alerts", "ack", alert.id, "--by", "ana", "--note", "rolling back", "--data", c.dir]);
  tollOk(["alerts", "snooze", alert.id, "--for", "2d", "--data", c.dir]);
  await first.kill();
  const second = await serve(t, c.dir, c.args, undefined, vars);
  await heard(second);
  await lookedAgain(second);
  const [again] = await alerts(second, "open");
  assert.equal(again.id, alert.id);
  assert.deepEqual([again.acknowledged.by, again.acknowledged.note], ["ana", "rolling back"]);
  assert.ok(Date.parse(again.snoozed_until) > Date.now() + 1.9 * DAY);
  await second.stop();
  assert.equal(http.seen.length, 3);
  assert.equal(mail.seen.length, 1);

  // Two days later there were no more such calls: over, told once.
  for (let i = 0; i < 2; i++) {
    const later = await serve(t, c.dir, c.args, undefined, { ...vars, TOLL_WATCH_AHEAD_S: "172800" });
    await until(async () => (await alerts(later, "open")).length === 0, "its end");
    await until(() => http.taken.length === 6 && mail.taken.length === 2, "four messages more");
    await lookedAgain(later);
    const [over] = await alerts(later, "closed");
    assert.equal(over.id, alert.id);
    await later.kill();
  }
  assert.deepEqual(phases(http.taken.filter((m) => m.path === "/hook")), ["opened", "closed"]);
  assert.deepEqual(http.taken.filter((m) => m.path === "/pd").map((m) => JSON.parse(m.text).event_action),
    ["trigger", "resolve"]);
  assert.match(readMail(mail.taken[1].text).headers.subject, /Over/);
  assert.equal(http.seen.length, 6);
});
