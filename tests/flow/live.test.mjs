// Live alerts: found while the server runs, told once through restarts, kills
// and networks that fail, over when it is over.  TOLL_WATCH_TICK_MS makes the
// server look more often, TOLL_WATCH_AHEAD_S lets its watch's clock go ahead.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { httpReceiver, mailReceiver, readMail } from "./receivers.mjs";
import { countAt, freshDir, get, post, serve, toll, tollOk, until } from "./toll.mjs";

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

/** In order of time, so that the watch never sees one feature without the others. */
async function send(url, list) {
  list = list.toSorted((a, b) => Date.parse(a.ts) - Date.parse(b.ts));
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
  // 1,600 tokens more, 12 times an hour, at 2.50 a million; of the hour that is
  // going on there are no calls yet.
  const truth = 1600 * 12 * 24 * 2.5e-6;
  assert.ok(Number(alert.usd_per_day) > truth * 0.85 && Number(alert.usd_per_day) < truth * 1.05, alert.usd_per_day);
  assert.match(alert.sentence, /; \$(0\.9|1\.)\d+ a day more\.$/);
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

  // Three days later there were no more such calls: over, told once.
  for (let i = 0; i < 2; i++) {
    const later = await serve(t, c.dir, c.args, undefined, { ...vars, TOLL_WATCH_AHEAD_S: "259200" });
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

const histories = async (s) =>
  Number(/^toll_watch_histories_total (\d+)$/m.exec((await get(s.url, "/metrics")).text)[1]);

/** Waits until `n` calls are stored and the watch has heard all of them. */
async function settled(s, n) {
  await until(async () => (await countAt(s.url)) >= n, `${n} calls`);
  for (let last = -1; last !== (await histories(s));) {
    last = await histories(s);
    await lookedAgain(s);
  }
}

/** Runs of six calls each, a day and more of them, then one that goes in circles. */
function runs(from, to) {
  return calls("agent", from, to, { perHour: 60 }).map((e, i) =>
    ({ ...e, workflow: "solve", run: `r${Math.floor(i / 6)}`, customer: "bergamot" }));
}

test("a run that goes in circles is told in the hour that is going on, and its end", async (t) => {
  const http = await httpReceiver(t);
  const c = configured(t, `
channels: {hook: {webhook: {url: "${http.url}/hook"}}}
watch: {notify: hook}
`);
  const s = await serve(t, c.dir, c.args, undefined, tick);
  const usual = runs(hoursAgo(10 * 24), hoursAgo(0));
  await send(s.url, usual);
  await settled(s, usual.length);
  assert.deepEqual(await alerts(s), []);
  // Of the hour that is not heard yet: until two minutes after its end.
  const hour = Math.floor((Date.now() - 120e3) / HOUR) * HOUR;
  const at = Math.min(Date.now() - 1000, hour + HOUR - 1000);
  const before = await histories(s);
  const loop = Array.from({ length: 90 }, (_, i) => ({
    id: `loop-${i}`, ts: new Date(at + i).toISOString(), model: "gpt-4o", feature: "agent",
    workflow: "solve", run: "endless", customer: "bergamot", input_tokens: 4000, output_tokens: 300,
  }));
  await send(s.url, loop);
  await until(() => http.taken.length === 1, "the message");
  assert.equal(await histories(s), before, "all was heard anew for it");
  const [alert] = await alerts(s);
  assert.deepEqual([alert.cause, alert.severity, alert.run], ["requests_per_workflow", "page", "endless"]);
  assert.deepEqual([alert.scope.feature, alert.scope.workflow, alert.scope.customer], ["agent", "solve", "bergamot"]);
  assert.equal(alert.after, 90);
  assert.ok(Date.parse(alert.opened) <= Date.now());
  assert.match(JSON.parse(http.taken[0].text).title, /agent: a run goes in circles/);
  assert.equal(JSON.parse(http.taken[0].text).severity, "page");
  // As more of it comes, and as its hour ends: nothing more.
  await send(s.url, loop.map((e, i) => ({ ...e, id: `more-${i}` })));
  await lookedAgain(s);
  await s.kill();
  const later = await serve(t, c.dir, c.args, undefined, { ...tick, TOLL_WATCH_AHEAD_S: "32400" });
  const own = () => http.seen.filter((m) => JSON.parse(m.text).incident === `alert/${alert.id}`);
  await until(() => own().length === 2, "its end");
  assert.deepEqual(phases(own()), ["opened", "closed"]);
  await lookedAgain(later);
  assert.equal(own().length, 2);
});

test("kills and a network that fails: each message once, whatever the moment", async (t) => {
  const rounds = Number(process.env.TOLL_TORTURE ?? 6);
  // What is refused in the moment of a kill counts as sent to a chat or a
  // mailbox (docs/alerts.md); so connections break before they take it.
  let isDown = true;
  const slow = () => ({ ms: Math.random() * 80 });
  const http = await httpReceiver(t, { act: slow });
  const mail = await mailReceiver(t, { act: slow });
  const gate = createServer((socket) => {
    socket.on("error", () => {});
    if (isDown) return socket.resetAndDestroy();
    const to = connect(mail.port, "127.0.0.1").on("error", () => {});
    socket.pipe(to).pipe(socket);
  });
  const port = await new Promise((r) => gate.listen(0, "127.0.0.1", () => r(gate.address().port)));
  t.after(() => gate.close());
  const c = configured(t, `
channels:
  a: {slack: {url: "${http.url}/a"}}
  b: {teams: {url: "${http.url}/b"}}
  m: {smtp: {url: "smtp://127.0.0.1:${port}", from: t@example.com, to: a@example.com}}
watch: {notify: [a, b, m]}
`);
  const quiet = await serve(t, c.dir, [], undefined, { TOLL_WATCH_TICK_MS: "3600000" });
  await send(quiet.url, history());
  await quiet.stop();
  for (let i = 0; i < rounds; i++) {
    const s = await serve(t, c.dir, c.args, undefined, tick);
    await new Promise((r) => setTimeout(r, Math.random() * 1200));
    await s.kill();
    isDown = i < rounds / 2;
  }
  const s = await serve(t, c.dir, c.args, undefined, tick);
  await heard(s);
  await lookedAgain(s);
  await until(async () => (await get(s.url, "/api/messages")).json.messages.every((m) => m.state === "sent"), "all sent", 60);
  assert.equal((await alerts(s)).length, 1);
  assert.deepEqual(http.taken.map((m) => m.path).sort(), ["/a", "/b"]);
  assert.equal(mail.taken.length, 1);
  // The watch that looked before there were channels owes nothing twice.
  assert.equal((await get(s.url, "/api/messages")).json.messages.length, 3);
});

test("of an old ledger past alerts are listed, and told what is open", async (t) => {
  const http = await httpReceiver(t);
  const c = configured(t, `
channels: {hook: {webhook: {url: "${http.url}/hook"}}}
watch: {notify: [hook]}
`);
  tollOk(["demo", "--data", c.dir]);
  const s = await serve(t, c.dir, c.args, undefined, tick);
  await heard(s);
  const list = await alerts(s);
  const found = list.map((a) => `${a.cause} ${a.scope.feature}`).sort();
  for (const planted of ["input_tokens reply-draft", "model_mix ticket-summary", "new_feature shop-copilot",
    "requests_per_workflow support-agent"]) {
    assert.ok(found.includes(planted), `${planted} is not among ${found}`);
  }
  // What is not over comes first and is told, and what began within a day; a
  // feature that is new is told then only, and never that it is over.
  const passing = (a) => /^(new_|price)/.test(a.cause);
  const open = await alerts(s, "open");
  assert.deepEqual(list.slice(0, open.length).map((a) => a.id), open.map((a) => a.id));
  for (const a of list) {
    const isFresh = Date.now() - Date.parse(a.opened) < DAY;
    assert.equal(a.told, isFresh || (a.state === "open" && !passing(a)), a.sentence);
  }
  const told = list.filter((a) => a.told);
  const n = told.length + told.filter((a) => a.state === "closed" && !passing(a)).length;
  await until(() => http.taken.length === n, `${n} messages`);
  await lookedAgain(s);
  assert.equal(http.seen.length, n);
  await s.stop();
  // The command without a server finds the same.
  const here = JSON.parse(tollOk(["alerts", "--all", "--json", "--data", c.dir])).alerts;
  assert.deepEqual(here.map((a) => a.id), list.map((a) => a.id));
  assert.match(tollOk(["alerts", "--all", "--data", c.dir]), /^[0-9a-f]{12} +\S+ +warn +\S+ +reply-draft: input tokens/m);
});

test("quiet hours hold back what is no page, until they are over", async (t) => {
  const http = await httpReceiver(t);
  const text = (quiet) => `
channels: {hook: {webhook: {url: "${http.url}/hook"}}}
watch: {notify: [hook]${quiet}}
`;
  const week = "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]";
  const c = configured(t, text(`, quiet: {days: ${week}}`));
  const s = await serve(t, c.dir, c.args, undefined, tick);
  // Cheap beside the rest: no tenth of the day.
  await send(s.url, [...history(hoursAgo(9)), ...calls("reports", hoursAgo(28 * 24), hoursAgo(0), { perHour: 90 })]);
  await until(async () => (await alerts(s)).length === 1, "the alert");
  assert.equal((await alerts(s))[0].severity, "warn");
  await lookedAgain(s);
  assert.equal(http.seen.length, 0);
  writeFileSync(c.file, text(""));
  s.signal("SIGHUP");
  await until(() => http.taken.length === 1, "what was held back");
});

test("ack and snooze: what is refused, with and without a server", async (t) => {
  const c = configured(t, "timezone: Europe/Berlin\n");
  const s = await serve(t, c.dir, c.args, undefined, tick);
  await send(s.url, history());
  const [alert] = await until(async () => {
    const list = await alerts(s);
    return list.length > 0 && list;
  }, "the alert");
  const at = `/api/alerts/${alert.id}`;
  const ask = (path, body, type = "application/json") =>
    fetch(s.url + path, { method: "POST", body, headers: { "Content-Type": type } });
  for (const [path, body, status, type] of [
    [`${at}/ack`, "{}", 415, "text/plain"], [`${at}/ack`, "{", 400], [`${at}/ack`, "[]", 400],
    [`${at}/ack`, '{"by":7}', 400], [`${at}/ack`, JSON.stringify({ note: "x".repeat(1025) }), 400],
    [`${at}/ak`, "{}", 404], ["/api/alerts/000000000000/ack", "{}", 404],
    [`${at}/snooze`, "{}", 400], [`${at}/snooze`, '{"for":"4"}', 400], [`${at}/snooze`, '{"for":"0h"}', 400],
    [`${at}/snooze`, '{"for":"91d"}', 400], [`${at}/snooze`, '{"until":"2020-01-01"}', 400],
    [`${at}/snooze`, '{"until":"2099-01-01","for":"1h"}', 400],
  ]) {
    const r = await ask(path, body, type);
    assert.equal(r.status, status, `${path} ${body}`);
    assert.ok((await r.json()).error.message.length > 0);
  }
  assert.equal((await get(s.url, `${at}/ack`)).status, 405);
  assert.equal((await get(s.url, "/api/alerts/nothing")).status, 404);
  assert.equal((await get(s.url, "/api/alerts?state=opne")).status, 400);
  assert.equal((await get(s.url, "/api/alerts?limit=0")).status, 400);
  const acked = await (await ask(`${at}/ack`, '{"by":"ana","note":"x"}')).json();
  assert.deepEqual([acked.id, acked.acknowledged.by], [alert.id, "ana"]);
  const r = toll(["alerts", "ack", "nothing", "--data", c.dir, ...c.args]);
  assert.equal(r.code, 1);
  assert.match(r.err, /there is no alert nothing/);
  assert.equal(toll(["alerts", "snooze", alert.id, "--data", c.dir, ...c.args]).code, 2);
  assert.equal(toll(["alerts", "ack", "--data", c.dir, ...c.args]).code, 2);
  assert.equal(toll(["alerts", "snoze", alert.id, "--data", c.dir, ...c.args]).code, 2);
  await s.stop();
  // In process; a date is of the reporting time zone.
  const day = new Date(Date.now() + 10 * DAY).toISOString().slice(0, 10);
  const out = tollOk(["alerts", "snooze", alert.id, "--until", day, "--data", c.dir, ...c.args]);
  assert.match(out, /snoozed until +\S+T2[23]:00:00Z/);
  assert.match(out, /acknowledged +\S+ by ana: x/);
  assert.equal(toll(["alerts", "show", "nothing", "--data", c.dir, ...c.args]).code, 1);
  // An empty ledger has nothing to tell.
  assert.match(tollOk(["alerts", "--data", freshDir(t)]), /Nothing yet|No alert/);
});

test("toll.yaml: what is wrong of watch and public_url is told with its line", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  for (const [text, words] of [
    ["watch:\n  notfy: ops\n", /line 2: unknown key 'notfy'; did you mean 'notify'\?/],
    ["watch: {notify: [osp]}\nchannels: {ops: {slack: {url: http://x}}}\n", /line 1: .*osp.*ops/],
    ["watch: {minimum: -1}\n", /line 1: '-1' is no amount of dollars/],
    ["watch: {minimum: lots}\n", /line 1: 'lots' is no amount of dollars/],
    ["watch: {quiet: {from: \"20:00\"}}\n", /line 1: quiet needs both from and to/],
    ["watch: {quiet: {from: \"20\", to: \"08:00\"}}\n", /line 1: '20' is no time of day/],
    ["watch: {quiet: {days: [sunnday]}}\n", /line 1: .*sunnday.*sunday/],
    ["watch: {quiet: {day: sunday}}\n", /line 1: unknown key 'day'; did you mean 'days'\?/],
    ["watch: [ops]\n", /line 1: watch must be/],
    ["public_url: toll.example.com\n", /line 1: 'toll.example.com' is no address of the dashboard/],
  ]) {
    writeFileSync(file, text);
    const r = toll(["check-config", file]);
    assert.equal(r.code, 4, text);
    assert.match(r.err, words, text);
  }
});

test("rules of toll.yaml: told to their own channel, grouped, over the day after", async (t) => {
  const http = await httpReceiver(t);
  const rules = `
alerts:
  - {name: dear-calls, metric: cost_per_request, by: segment, where: "feature:search|chat", than: baseline, percent: 30, window: hour, notify: own}
  - {name: spend, metric: cost, than: 1000000}
  - {name: errors, metric: error_share, than: yesterday, percent: 10}
`;
  const text = (alerts) => `
channels:
  own: {webhook: {url: "${http.url}/own"}}
  all: {webhook: {url: "${http.url}/all"}}
watch: {notify: all, minimum: 1000000}
${alerts}`;
  const c = configured(t, text(rules));
  const s = await serve(t, c.dir, c.args, undefined, tick);
  // Twice as dear in the last whole hour, for one of two segments.
  const last = hoursAgo(1);
  await send(s.url, [
    ...calls("search", hoursAgo(9 * 24), hoursAgo(0), { segment: "free" }),
    ...calls("chat", hoursAgo(9 * 24), hoursAgo(0), { segment: "big", input: (ts) => (ts >= last ? 6000 : 2000) }),
  ]);
  const [alert] = await until(async () => {
    const list = (await alerts(s, "open")).filter((a) => a.cause === "rule" && a.why);
    return list.length > 0 && list;
  }, "the rule's alert");
  assert.deepEqual([alert.rule, alert.unit, alert.scope.group], ["dear-calls", "cost_per_request", "segment:big"]);
  assert.ok(alert.after > 2 * alert.before, `${alert.before} to ${alert.after}`);
  assert.equal(Date.parse(alert.since), last);
  assert.match(alert.sentence, /^big: cost per request of the last hour is \$0.017\d*, the usual \$0.00\d+ \(\+1\d\d/);
  await until(() => http.taken.length === 1, "its message");
  assert.equal(http.taken[0].path, "/own");
  const { report, title } = JSON.parse(http.taken[0].text);
  assert.match(title, /^segment:big: dear-calls \+/);
  assert.match(report.command, /--where 'feature:search\|chat' --where 'segment:big'/);
  await lookedAgain(s);
  assert.equal((await alerts(s)).length, 1);
  // Two hours later the hour before has no such calls: over.
  await s.kill();
  const later = await serve(t, c.dir, c.args, undefined, { ...tick, TOLL_WATCH_AHEAD_S: "7200" });
  const own = () => http.taken.filter((m) => JSON.parse(m.text).incident === `alert/${alert.id}`);
  await until(() => own().length === 2, "its end");
  assert.deepEqual(own().map((m) => m.path), ["/own", "/own"]);
  assert.deepEqual(phases(own()), ["opened", "closed"]);
  // A reload without rules, then with one: in force at once.
  writeFileSync(c.file, text("alerts: [{name: some, metric: requests, than: 1}]"));
  later.signal("SIGHUP");
  await until(async () => (await alerts(later)).some((a) => a.rule === "some"), "the new rule");
  writeFileSync(c.file, text("alerts: [{name: some, metric: requests, tham: 1}]"));
  later.signal("SIGHUP");
  await until(() => /was not reloaded: .*tham.*than/.test(later.log()), "the refusal");
  writeFileSync(c.file, text(""));
  later.signal("SIGHUP");
  await until(async () => !(await alerts(later, "open")).some((a) => a.rule === "some"), "the end of a rule that is gone");
});

test("without configuration: calls that lose their tags, and no calls at all", async (t) => {
  const http = await httpReceiver(t);
  const c = configured(t, `
channels: {hook: {webhook: {url: "${http.url}/hook"}}}
watch: {notify: hook}
`);
  const s = await serve(t, c.dir, c.args, undefined, tick);
  const today = Math.floor(Date.now() / DAY) * DAY;
  const from = today - 28 * DAY;
  const to = Math.max(hoursAgo(0), today + HOUR);
  // Dear enough for a dollar in an hour; a quarter without its feature today.
  const dear = { perHour: 40, input: () => 40000 };
  const usual = calls("search", from, to, dear);
  const lost = usual.map((e, i) => (Date.parse(e.ts) >= today && i % 4 === 0 ? { ...e, feature: "" } : e));
  if (hoursAgo(0) <= today) return t.skip("the day has just begun");
  await send(s.url, lost);
  await until(async () => (await alerts(s)).some((a) => a.cause === "untagged"), "untagged calls");
  const untagged = (await alerts(s)).find((a) => a.cause === "untagged");
  assert.ok(Math.abs(untagged.after - 0.25) < 0.02, untagged.after);
  assert.match(untagged.next, /attribution/);
  assert.ok(!(await alerts(s)).some((a) => a.cause === "no_data"));
  await s.kill();
  // Six hours without a call.
  const later = await serve(t, c.dir, c.args, undefined, { ...tick, TOLL_WATCH_AHEAD_S: String(6 * 3600) });
  await until(async () => (await alerts(later, "open")).some((a) => a.cause === "no_data"), "the silence");
  const silence = (await alerts(later)).find((a) => a.cause === "no_data");
  assert.equal(Date.parse(silence.since), to);
  assert.match(silence.sentence, /^No calls for \d hours/);
  // Calls again: over.
  await later.kill();
  const again = await serve(t, c.dir, c.args, undefined, tick);
  await until(async () => !(await alerts(again, "open")).some((a) => a.cause === "no_data"), "its end");
});

test("toll.yaml: what is wrong of a rule is told with its line", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  const rule = (more) => `alerts:\n  - {name: a, metric: cost, than: 5${more}}\n`;
  for (const [text, words] of [
    ["alerts: {name: a}\n", /line 1: alerts must be/],
    ["alerts:\n  - a\n", /line 2: a rule must be/],
    ["alerts:\n  - {name: a, metric: cost}\n", /line 2: a rule needs all of/],
    ["alerts:\n  - {metric: cost, than: 5}\n", /line 2: a rule needs all of/],
    [rule(", nam: b"), /line 2: unknown key 'nam'; did you mean 'name'\?/],
    [rule(", percent: 5"), /line 2: percent is of a change/],
    ["alerts:\n  - {name: a, metric: cost, than: yesterday}\n", /line 2: .*needs percent/],
    ["alerts:\n  - {name: a, metric: cost, than: yesterdy, percent: 5}\n", /line 2: than is a number, yesterday/],
    ["alerts:\n  - {name: a, metric: cost, than: baseline, percent: -100}\n", /line 2: '-100' is no change/],
    ["alerts:\n  - {name: a, metric: cots, than: 5}\n", /line 2: .*cots.*cost/],
    [rule(", by: featur"), /line 2: .*featur.*feature/],
    [rule(", where: \"featur:a\""), /line 2: .*featur.*feature/],
    [rule(", window: week"), /line 2: window is day or hour/],
    [rule(", minimum: -2"), /line 2: '-2' is no amount/],
    [rule(", notify: [osp]") + "channels: {ops: {slack: {url: http://x}}}\n", /line 2: .*osp.*ops/],
    [rule("") + "  - {name: a, metric: cost, than: 6}\n", /line 3: there is a rule 'a' already/],
  ]) {
    writeFileSync(file, text);
    const r = toll(["check-config", file]);
    assert.equal(r.code, 4, text + r.err);
    assert.match(r.err, words, text);
  }
  writeFileSync(file, "alerts:\n  - {name: a, metric: untagged_share, by: tag.team, where: [\"model:x\", \"feature:!y\"], than: same-weekday, percent: -5, minimum: 2.5, window: hour}\n");
  assert.equal(toll(["check-config", file]).code, 0);
});
