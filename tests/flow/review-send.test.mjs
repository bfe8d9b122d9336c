// A review that somebody sends: POST /api/review/send and toll review --send,
// to receivers that stand for Slack, a webhook and a mailbox; once, through
// double clicks, retries, kills and a server's end.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { dueIn, httpReceiver, lastWeek, mailReceiver, readMail } from "./receivers.mjs";
import { event, freshDir, get, post as postEvents, serve, toll, tollSoon, until } from "./toll.mjs";

const week = "2026-W47"; // 16 to 22 November 2026

/** A directory with a toll.yaml of these channels. */
function configured(t, channels, more = "") {
  const home = freshDir(t);
  const file = join(home, "toll.yaml");
  const lines = Object.entries(channels).map(([name, kind]) => `  ${name}: ${kind}\n`);
  writeFileSync(file, (lines.length > 0 ? `channels:\n${lines.join("")}` : "") + more);
  const dir = join(home, "data");
  mkdirSync(dir);
  return { dir, file, args: ["--config", file] };
}

async function post(server, body, query = `week=${week}`, headers = {}) {
  const r = await fetch(`${server.url}/api/review/send?${query}`, {
    method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
  return { status: r.status, json: await r.json() };
}

async function sent(server, body, query) {
  const r = await post(server, body, query);
  assert.equal(r.status, 200, JSON.stringify(r.json));
  return r.json;
}

const messages = async (server) => (await get(server.url, "/api/messages")).json.messages;
const fate = (server, { see }) => until(async () => {
  const { json } = await get(server.url, see);
  return (json.state === "sent" || json.state === "failed") && json;
}, "the message's end");

/** Some calls of that week, one of which bears HTML in its name. */
async function filled(server) {
  const r = await postEvents(server.url, [1, 2, 3, 4].map((i) => JSON.stringify(
    event(i, { ts: "2026-11-18T12:00:00Z", feature: i % 2 ? "search" : "<b>chat</b>" }))).join("\n"));
  assert.equal(r.json.accepted, 4);
  await until(async () => (await get(server.url, `/api/review?week=${week}`)).json.features?.length === 2, "the calls");
}

test("each kind of channel gets the review with the note, and its fate can be looked up", async (t) => {
  const http = await httpReceiver(t);
  const mail = await mailReceiver(t);
  const c = configured(t, {
    ops: "{slack: {url_env: SLACK}}",
    team: `{teams: {url: "${http.url}/teams/hidden"}}`,
    hook: `{webhook: {url: "${http.url}/hook/hidden", secret_env: HOOK}}`,
    mail: `{smtp: {url: "${mail.url}", from: t@example.com, to: [a@example.com]}}`,
    unset: "{slack: {url_env: NOT_SET_ANYWHERE}}",
  });
  const s = await serve(t, c.dir, c.args, undefined, { SLACK: `${http.url}/slack/hidden`, HOOK: "hidden-key" });
  await filled(s);
  const before = (await get(s.url, "/api/channels")).json.channels;
  assert.deepEqual(before.map((x) => [x.name, x.kind, x.last]),
    [["ops", "slack", null], ["team", "teams", null], ["hook", "webhook", null], ["mail", "smtp", null], ["unset", "slack", null]]);
  assert.deepEqual(before.map((x) => x.problem !== null), [false, false, false, false, true]);
  assert.match(before[4].problem, /NOT_SET_ANYWHERE is not set/);

  const note = "Look at search & <b>chat</b>.\nAna";
  for (const channel of ["ops", "team", "hook", "mail"]) {
    const answer = await sent(s, { channel, note });
    assert.equal(answer.queued, true);
    assert.equal(answer.review, week);
    assert.equal(answer.message.channel, channel);
    assert.equal(answer.message.title, `LLM spending, week ${week}`);
    assert.equal((await fate(s, answer)).state, "sent");
  }
  const body = (path) => JSON.parse(http.taken.find((m) => m.path.startsWith(path)).text);
  const { json: review } = await get(s.url, `/api/review?week=${week}`);
  assert.equal(body("/slack").blocks[0].text.text, review.title);
  assert.equal(body("/slack").blocks[1].text.text, "> Look at search &amp; &lt;b&gt;chat&lt;/b&gt;.\n> Ana");
  assert.equal(body("/teams").attachments[0].content.body[1].text, "Look at search & <b>chat</b>.\n\nAna");
  assert.equal(body("/hook").note, note);
  assert.deepEqual(body("/hook").report, review);
  const { headers, parts } = readMail(mail.taken[0].text);
  assert.match(headers.subject, new RegExp(week));
  assert.ok(parts["text/plain"].startsWith(`${note}\n\n${review.sentence.slice(0, 20)}`));
  assert.match(parts["text/html"], /<blockquote>\n<p>Look at search &amp; &lt;b&gt;chat&lt;\/b&gt;\.<\/p>/);

  const { text, json } = await get(s.url, "/api/channels");
  assert.equal(json.channels[0].last.state, "sent");
  assert.ok(Date.parse(json.channels[0].last.changed) > Date.now() - 60000);
  assert.ok(!(text + (await get(s.url, "/api/messages")).text + s.log()).match(/hidden|127\.0\.0\.1:\d+\/|@example/), "a secret");
});

test("twice asked for is once sent, and again on purpose", async (t) => {
  const http = await httpReceiver(t, { act: () => ({ ms: 300 }) });
  const c = configured(t, { ops: `{slack: {url: "${http.url}/ops"}}`, hook: `{webhook: {url: "${http.url}/hook"}}` });
  const s = await serve(t, c.dir, c.args);
  // A double click: the same id.
  const both = await Promise.all([1, 2, 3].map(() => sent(s, { channel: "ops", id: "click-1" })));
  assert.deepEqual(both.map((a) => a.queued).sort(), [false, false, true]);
  assert.equal(new Set(both.map((a) => a.message.id)).size, 1);
  assert.equal((await fate(s, both[0])).state, "sent");
  // Two people, and a request without an id that is made again.
  const told = await post(s, { channel: "ops", id: "click-2" });
  assert.equal(told.status, 409);
  assert.match(told.json.error.message, /channel ops has had this review: it was sent at \d{4}-\d\d-\d\d \d\d:\d\d/);
  assert.match(told.json.error.hint, /"again": true/);
  const two = await Promise.all([post(s, { channel: "hook" }), post(s, { channel: "hook" })]);
  assert.deepEqual(two.map((r) => r.status).sort(), [200, 409]);
  // Other filters and another week are another review.
  assert.equal((await sent(s, { channel: "ops" }, `week=${week}&where=feature:search`)).queued, true);
  assert.equal((await sent(s, { channel: "ops" }, "week=2026-W46")).queued, true);
  assert.equal((await post(s, { channel: "ops", id: "click-1" }, "week=2026-W46")).status, 409);
  // On purpose, once a request.
  const again = await Promise.all([1, 2].map(() => sent(s, { channel: "ops", id: "click-3", again: true })));
  assert.deepEqual(again.map((a) => a.queued).sort(), [false, true]);
  for (const m of await messages(s)) await fate(s, { see: `/api/messages/${m.id}` });
  assert.equal(http.taken.filter((m) => m.path === "/ops").length, 4);
  const keys = http.taken.filter((m) => m.path === "/hook").map((m) => m.headers["idempotency-key"]);
  assert.equal(keys.length, 1);
  assert.match(keys[0], /^review\/sent\/hook\/[0-9a-f]{16}$/);
});

test("one that came by itself is had as well; one that failed is not", async (t) => {
  const http = await httpReceiver(t, { act: (m) => m.path === "/gone" && http.seen.length < 2 ? { status: 404, text: "no_service" } : {} });
  const c = configured(t, { ops: `{slack: {url: "${http.url}/ops"}}`, gone: `{slack: {url: "${http.url}/gone"}}` },
    `reviews: [${dueIn(-60)}, notify: [ops]}]\n`);
  const s = await serve(t, c.dir, c.args);
  await until(() => http.seen.length === 1, "the review that was due");
  await fate(s, { see: "/api/messages/1" });
  assert.equal((await post(s, { channel: "ops" }, `week=${lastWeek()}`)).status, 409);
  assert.equal((await post(s, { channel: "ops" }, "")).status, 409, "the last week unless said");
  const failed = await fate(s, await sent(s, { channel: "gone" }));
  assert.equal(failed.state, "failed");
  assert.match(failed.error, /404: no_service/);
  assert.equal((await fate(s, await sent(s, { channel: "gone" }))).state, "sent");
});

/** A port at which nobody listens yet. */
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

test("killed between the answer and the sending: it arrives after the start, once", async (t) => {
  const port = await freePort();
  const c = configured(t, { ops: `{slack: {url: "http://127.0.0.1:${port}/ops"}}` });
  const s = await serve(t, c.dir, c.args);
  const answer = await sent(s, { channel: "ops", id: "a", note: "kept" });
  await s.kill();
  const http = await httpReceiver(t, { port });
  const again = await serve(t, c.dir, c.args);
  // The asker did not hear the answer, and asks again.
  const repeated = await sent(again, { channel: "ops", id: "a", note: "kept" });
  assert.equal(repeated.queued, false);
  assert.equal(repeated.message.id, answer.message.id);
  assert.equal((await fate(again, answer)).state, "sent");
  assert.equal(http.taken.length, 1);
  assert.match(JSON.parse(http.taken[0].text).blocks[1].text.text, /^> kept$/);
});

test("killed at any moment, and asked again under the same id: once", async (t) => {
  const http = await httpReceiver(t, { act: () => ({ ms: Math.random() * 50 }) });
  const c = configured(t, { ops: `{slack: {url: "${http.url}/ops"}}` });
  const rounds = Number(process.env.TOLL_TORTURE ?? 6);
  for (let i = 0; i < rounds; i++) {
    const ask = { channel: "ops", id: `round-${i}`, note: `round ${i}`, again: true };
    const s = await serve(t, c.dir, c.args);
    const lost = post(s, ask).catch(() => null);
    await new Promise((r) => setTimeout(r, Math.random() * 60));
    await s.kill();
    await lost;
    const next = await serve(t, c.dir, c.args);
    await fate(next, await sent(next, ask));
    await next.kill();
  }
  const got = http.taken.map((m) => JSON.parse(m.text).blocks[1].text.text);
  assert.deepEqual(got.sort(), Array.from({ length: rounds }, (_, i) => `> round ${i}`).sort());
});

test("a server that ends answers each: what it took stands, the rest was not taken", async (t) => {
  const port = await freePort();
  const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const c = configured(t, Object.fromEntries(names.map((n) => [n, `{slack: {url: "http://127.0.0.1:${port}/${n}"}}`])));
  const s = await serve(t, c.dir, c.args);
  const all = names.map((channel) => post(s, { channel }).catch(() => null));
  await Promise.race(all);
  assert.equal(await s.stop(), 0);
  const answers = await Promise.all(all);
  for (const a of answers) {
    assert.ok(a === null || a.status === 200 || a.status === 503, JSON.stringify(a));
    if (a?.status === 503) assert.match(a.json.error.message, /ending; nothing was sent/);
  }
  const again = await serve(t, c.dir, c.args);
  const taken = (await messages(again)).map((m) => m.channel).sort();
  const told = names.filter((_, i) => answers[i]?.status === 200).sort();
  assert.ok(told.length > 0);
  for (const name of told) assert.ok(taken.includes(name), `${name} was answered and is lost`);
  names.forEach((name, i) => answers[i]?.status === 503 && assert.ok(!taken.includes(name), `${name} was refused and taken`));
});

test("what cannot be sent says what to do", async (t) => {
  const bare = configured(t, {});
  const b = await serve(t, bare.dir, bare.args);
  assert.deepEqual((await get(b.url, "/api/channels")).json, { channels: [] });
  const none = await post(b, { channel: "ops" });
  assert.equal(none.status, 404);
  assert.match(none.json.error.message, /no channel is configured/);
  assert.match(none.json.error.hint, /toll.yaml.*channels:/);
  await b.stop();

  const http = await httpReceiver(t);
  const c = configured(t, { ops: `{slack: {url: "${http.url}/ops"}}`, unset: "{slack: {url_env: NOT_SET_ANYWHERE}}" });
  const s = await serve(t, c.dir, c.args);
  for (const [body, query, status, said] of [
    [{ channel: "opz" }, "", 404, /no channel opz; did you mean ops|opz.*did you mean ops/],
    [{ channel: "unset" }, "", 503, /NOT_SET_ANYWHERE is not set .*; set it/],
    [{}, "", 400, /channel must be/],
    [{ channel: "ops", agin: true }, "", 400, /did you mean again/],
    [{ channel: "ops" }, "week=2026-47", 400, /like 2026-W47/],
    [{ channel: "ops" }, "wek=2026-W47", 400, /did you mean week/],
    [{ channel: "ops", note: "x".repeat(1025) }, "", 400, /note has over 1024 bytes/],
  ]) {
    const r = await post(s, body, query);
    assert.equal(r.status, status, JSON.stringify(r.json));
    assert.match(r.json.error.message, said);
    assert.ok(r.json.error.hint || status === 503);
  }
  const plain = await fetch(`${s.url}/api/review/send`, { method: "POST", body: '{"channel":"ops"}' });
  assert.equal(plain.status, 415, "another page in a browser could send this");
  assert.equal((await get(s.url, "/api/review/send")).status, 405);
  assert.equal((await get(s.url, "/api/messages/7")).status, 404);
  assert.equal((await get(s.url, "/api/messages/seven")).status, 404);
  // Who has a share's token reads what it opens, and nothing else.
  const share = await (await fetch(`${s.url}/api/shares`, { method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ address: "/review", opens: [`/api/review?week=${week}`] }) })).json();
  const token = { "x-toll-share": share.token };
  const denied = await post(s, { channel: "ops" }, `week=${week}`, token);
  assert.equal(denied.status, 403);
  assert.match(denied.json.error.message, /a share only reads/);
  assert.equal((await fetch(`${s.url}/api/review?week=${week}`, { headers: token })).status, 200);
  assert.equal((await fetch(`${s.url}/api/channels`, { headers: token })).status, 403);
  assert.equal((await fetch(`${s.url}/api/messages/1`, { headers: token })).status, 403);
  assert.deepEqual(await messages(s), []);
  assert.equal(http.seen.length, 0);
});

test("a full outbox takes no more, says so, and takes again when there is room", async (t) => {
  const port = await freePort();
  const c = configured(t, { ops: `{slack: {url: "http://127.0.0.1:${port}/ops"}}` });
  const s = await serve(t, c.dir, c.args);
  let n = 0;
  let full;
  while (!full && n <= 1000) {
    const r = await post(s, { channel: "ops", id: `m${n}`, again: true }, "week=2027-W05"); // soon made
    if (r.status === 200) n++;
    else full = r;
  }
  assert.equal(n, 1000);
  assert.equal(full.status, 503);
  assert.match(full.json.error.message, /1000 messages wait already/);
  assert.match(full.json.error.hint, /GET \/api\/messages/);
  await httpReceiver(t, { port });
  await until(async () => (await post(s, { channel: "ops", id: "late", again: true })).status === 200, "room", 60);
});

test("toll review --send: by the server, with its fate", async (t) => {
  const http = await httpReceiver(t, { act: (m) => m.path === "/bad" ? { status: 403, text: "invalid_token" } : {} });
  const port = await freePort();
  const c = configured(t, { ops: `{slack: {url: "${http.url}/ops"}}`, bad: `{slack: {url: "${http.url}/bad"}}`,
    late: `{slack: {url: "http://127.0.0.1:${port}/late"}}` });
  const run = (...args) => tollSoon(["review", "--data", c.dir, ...c.args, ...args]);
  const alone = await run("--send", "ops");
  assert.equal(alone.code, 1);
  assert.match(alone.err, /no server runs on .*; start one: toll serve/);
  const s = await serve(t, c.dir, c.args);
  await filled(s);
  const one = await run("--week", week, "--where", "feature:search", "--send", "ops", "--note", "Look.");
  assert.equal(one.code, 0, one.err);
  assert.equal(one.out, `The review of ${week} was sent to channel ops.\n`);
  const blocks = JSON.parse(http.taken[0].text).blocks.map((b) => b.text.text);
  assert.equal(blocks[1], "> Look.");
  assert.ok(blocks.join().includes("search") && !blocks.join().includes("chat"), "the filter holds");
  const twice = await run("--week", week, "--where", "feature:search", "--send", "ops");
  assert.equal(twice.code, 1);
  assert.match(twice.err, /has had this review: it was sent at/);
  assert.match(twice.err, /toll review --again/);
  const again = JSON.parse((await run("--week", week, "--where", "feature:search", "--send", "ops", "--again", "--id", "k", "--json")).out);
  assert.deepEqual([again.queued, again.message.key], [true, "review/sent/ops/k"]);
  const bad = await run("--send", "bad");
  assert.equal(bad.code, 1);
  assert.match(bad.err, /was not sent to channel bad: .*403: invalid_token/);
  const late = await run("--send", "late");
  assert.equal(late.code, 0);
  assert.match(late.out, /waits for channel late, which will be tried again: .*; GET \/api\/messages\/\d+ tells/);
  for (const [args, code, said] of [
    [["--send", "opz"], 1, /did you mean ops/],
    [["--note", "x"], 2, /--note comes with --send/],
    [["--again"], 2, /--again comes with --send/],
    [["--send", "ops", "--format", "slack"], 2, /leave --format/],
    [["--send", "ops", "--week", "47"], 2, /like 2026-W47/],
  ]) {
    const r = await run(...args);
    assert.equal(r.code, code, r.err);
    assert.match(r.err, said);
  }
  assert.match(toll(["review", "--help"]).out, /--send CHANNEL/);
  await until(() => http.taken.length === 2, "the second");
});
