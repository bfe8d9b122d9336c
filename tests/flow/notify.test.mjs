// Messages reach people once: through restarts, kills, networks that fail and
// a full disk.  TOLL_TORTURE=50 for the long run.  Reviews bring the messages:
// one that was due a minute ago is sent when the server starts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { dueIn, httpReceiver, lastWeek, mailReceiver, readMail } from "./receivers.mjs";
import { freshDir, get, serve, toll, tollOk, tollSoon, until } from "./toll.mjs";

const rounds = Number(process.env.TOLL_TORTURE ?? 6);

/** A directory with a toll.yaml of these channels and reviews. */
function configured(t, channels, review = `${dueIn(-60)}, notify: [${Object.keys(channels)}]}`) {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  const lines = Object.entries(channels).map(([name, kind]) => `  ${name}: ${kind}`);
  writeFileSync(file, `channels:\n${lines.join("\n")}\nreviews: [${review}]\n`);
  const data = join(dir, "data");
  mkdirSync(data);
  return { dir: data, file, args: ["--config", file] };
}

const metric = async (server, name) =>
  Number(new RegExp(`^toll_messages_${name} (\\d+)$`, "m").exec((await get(server.url, "/metrics")).text)[1]);
const messages = async (server) => (await get(server.url, "/api/messages")).json.messages;
const allDone = (server, n) => until(async () => {
  const list = await messages(server);
  return list.length === n && list.every((m) => m.state === "sent" || m.state === "failed");
}, `${n} messages sent or failed`, 60);
const byPath = (taken) => taken.map((m) => m.path).sort();

test("each kind of channel gets the review as its service takes it, once", async (t) => {
  const http = await httpReceiver(t);
  const mail = await mailReceiver(t, { login: { user: "toll", password: "hush-hush" } });
  const c = configured(t, {
    ops: "{slack: {url_env: SLACK}}",
    team: `{teams: {url_env: TEAMS}}`,
    pager: `{pagerduty: {key_env: PD_KEY, url: "${http.url}/pd"}}`,
    hook: `{webhook: {url: "${http.url}/hook", secret_env: HOOK_SECRET}}`,
    mail: `{smtp: {url: "${mail.url}", from: "toll <toll@example.com>", to: [a@example.com, b@example.com], user_env: MAIL_USER, password_env: MAIL_PASSWORD}}`,
  });
  const vars = { SLACK: `${http.url}/slack/s3cr3t`, TEAMS: `${http.url}/teams/s3cr3t`, PD_KEY: "pd-s3cr3t",
    HOOK_SECRET: "hook-s3cr3t", MAIL_USER: "toll", MAIL_PASSWORD: "hush-hush" };
  const s = await serve(t, c.dir, c.args, undefined, vars);
  await allDone(s, 5);
  assert.deepEqual(byPath(http.taken), ["/hook", "/pd", "/slack/s3cr3t", "/teams/s3cr3t"]);
  assert.equal(mail.taken.length, 1);
  assert.equal(await metric(s, "sent_total"), 5);
  assert.equal(await metric(s, "failed_total"), 0);
  assert.equal(await metric(s, "waiting"), 0);

  const body = (path) => JSON.parse(http.taken.find((m) => m.path.startsWith(path)).text);
  assert.ok(body("/slack").blocks.length > 0 && body("/slack").text.length > 0);
  const card = body("/teams").attachments[0];
  assert.equal(card.contentType, "application/vnd.microsoft.card.adaptive");
  assert.match(card.content.body[0].text, new RegExp(lastWeek()));
  const page = body("/pd");
  assert.equal(page.routing_key, "pd-s3cr3t");
  assert.equal(page.event_action, "trigger");
  assert.equal(page.dedup_key, `review/${lastWeek()}/pager`);
  assert.equal(page.payload.severity, "info");

  const hook = http.taken.find((m) => m.path === "/hook");
  const at = hook.headers["x-toll-timestamp"];
  assert.equal(hook.headers["x-toll-signature"],
    `v1=${createHmac("sha256", "hook-s3cr3t").update(`${at}.${hook.text}`).digest("hex")}`);
  assert.ok(Math.abs(Number(at) - Date.now() / 1000) < 120);
  assert.equal(hook.headers["idempotency-key"], `review/${lastWeek()}/hook`);
  assert.equal(JSON.parse(hook.text).key, `review/${lastWeek()}/hook`);
  const { json: review } = await get(s.url, `/api/review?week=${lastWeek()}`);
  assert.deepEqual(JSON.parse(hook.text).report, review);

  const { headers, parts } = readMail(mail.taken[0].text);
  assert.equal(mail.taken[0].from.split(" ")[1], "FROM:<toll@example.com>");
  assert.equal(mail.taken[0].to.length, 2);
  assert.match(headers.subject, new RegExp(lastWeek()));
  assert.equal(headers.from, "toll <toll@example.com>");
  assert.equal(headers.to, "a@example.com, b@example.com");
  assert.match(headers["message-id"], /^<[0-9a-f.]+@example\.com>$/);
  assert.ok(Math.abs(Date.parse(headers.date) - Date.now()) < 120e3);
  assert.match(parts["text/html"], /<!doctype html>/i);
  assert.ok(parts["text/plain"].length > 0);
  assert.ok(mail.taken[0].text.split("\r\n").every((line) => line.length <= 78));

  // Neither the log nor the disk has a secret.
  for (const secret of ["s3cr3t", "hush-hush"]) {
    assert.ok(!s.log().includes(secret));
    assert.throws(() => execFileSync("grep", ["-r", secret, join(c.dir, "outbox")]));
  }

  // Nothing is sent again, however often the server starts.
  await s.stop();
  const again = await serve(t, c.dir, c.args, undefined, vars);
  again.signal("SIGHUP");
  await until(() => /budgets reloaded/.test(again.log()), "the reload");
  await again.stop();
  assert.equal(http.seen.length, 4);
  assert.equal(mail.seen.length, 1);
});

test("what fails for a while arrives later, once; what is refused is listed as failed", async (t) => {
  const first = new Set(); // paths seen before
  const failures = {
    "/500": { status: 500, text: "oh no" },
    "/429": { status: 429, headers: { "Retry-After": "3" } },
    "/reset": { cut: true },
  };
  const times = {};
  const http = await httpReceiver(t, { act: (m) => {
    (times[m.path] ??= []).push(Date.now());
    if (m.path === "/slow") return { ms: 2500 };
    if (m.path === "/404") return { status: 404, text: "no_service s3cr3t-path" };
    if (first.has(m.path)) return {};
    first.add(m.path);
    return failures[m.path] ?? {};
  } });
  const mail = await mailReceiver(t, { act: (m, n) => n === 0 ? { code: 451 } : {} });
  const noMail = await mailReceiver(t, { act: () => ({ code: 554 }) });
  // A port at which nobody listens yet.
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const names = ["500", "429", "reset", "slow", "404"];
  const c = configured(t, {
    ...Object.fromEntries(names.map((n) => [`c${n}`, `{slack: {url: "${http.url}/${n}"}}`])),
    late: `{slack: {url: "http://127.0.0.1:${port}/late"}}`,
    mail: `{smtp: {url: "${mail.url}", from: t@example.com, to: a@example.com}}`,
    nomail: `{smtp: {url: "${noMail.url}", from: t@example.com, to: a@example.com}}`,
    unset: "{slack: {url_env: NOT_SET_ANYWHERE}}",
  });
  const s = await serve(t, c.dir, c.args);
  await until(() => /channel late will be tried again: .*connect/i.test(s.log()), "a refused connection");
  const late = await httpReceiver(t, { port });
  await until(async () => (await metric(s, "waiting")) === 1, "all but the unset one", 60);
  assert.deepEqual(byPath(http.taken), ["/429", "/500", "/reset", "/slow"]);
  assert.equal(late.taken.length, 1);
  assert.equal(mail.taken.length, 1);
  assert.equal(mail.seen.length, 2);
  assert.equal(noMail.seen.length, 1);
  assert.ok(times["/429"][1] - times["/429"][0] >= 2900, "Retry-After was not waited for");
  assert.equal(times["/404"].length, 1);
  const list = await messages(s);
  const of = (name) => list.find((m) => m.channel === name);
  assert.equal(of("c404").state, "failed");
  assert.match(of("c404").error, /404: no_service/);
  assert.equal(of("nomail").state, "failed");
  assert.match(of("nomail").error, /554/);
  assert.equal(of("unset").state, "waiting");
  assert.match(of("unset").error, /NOT_SET_ANYWHERE is not set/);
  assert.match(s.log(), /NOT_SET_ANYWHERE is not set/);
  assert.match(s.log(), /was not sent to channel c404/);
  assert.equal(await metric(s, "sent_total"), 6);
  assert.equal(await metric(s, "failed_total"), 2);
  // It waits through a restart, and goes out when the variable is there.
  await s.stop();
  const again = await serve(t, c.dir, c.args, undefined, { NOT_SET_ANYWHERE: `${http.url}/unset` });
  await allDone(again, 9);
  assert.equal((await messages(again)).filter((m) => m.state === "failed").length, 2);
  assert.equal(http.taken.filter((m) => m.path === "/unset").length, 1);
});

async function killedInBetween(t, kills) {
  // Whoever gets a message takes it, and answers after a while.
  const act = () => ({ ms: Math.random() * 150 });
  const http = await httpReceiver(t, { act });
  const mail = await mailReceiver(t, { act });
  const kinds = [
    (i) => `{slack: {url: "${http.url}/slack/${i}"}}`,
    (i) => `{smtp: {url: "${mail.url}", from: t@example.com, to: [c${i}@example.com]}}`,
    (i) => `{teams: {url: "${http.url}/teams/${i}"}}`,
    (i) => `{pagerduty: {key_env: KEY, url: "${http.url}/pd/${i}"}}`,
  ];
  const n = kills * 8;
  const c = configured(t, Object.fromEntries(
    Array.from({ length: n }, (_, i) => [`c${i}`, kinds[i % kinds.length](i)])));
  const vars = { KEY: "key" };
  for (let i = 0; i < kills; i++) {
    const s = await serve(t, c.dir, c.args, undefined, vars);
    await new Promise((r) => setTimeout(r, Math.random() * 400));
    await s.kill();
  }
  const s = await serve(t, c.dir, c.args, undefined, vars);
  await allDone(s, n);
  assert.equal((await messages(s)).filter((m) => m.state === "sent").length, n);
  const got = byPath(http.taken.filter((m) => !m.path.startsWith("/pd")));
  assert.deepEqual(got, [...new Set(got)], "a chat got a message twice");
  assert.equal(got.length, n / 2);
  const to = mail.taken.map((m) => m.to[0]).sort();
  assert.deepEqual(to, [...new Set(to)], "a mail came twice");
  assert.equal(to.length, n / 4);
  // PagerDuty may get one again, under the same key.
  const pages = http.taken.filter((m) => m.path.startsWith("/pd")).map((m) => JSON.parse(m.text).dedup_key);
  assert.equal(new Set(pages).size, n / 4);
  return pages.length - n / 4;
}

test(`${rounds} kills while messages are under way: each arrives exactly once`, async (t) => {
  let repeated = 0;
  for (let i = 0; i < rounds; i += 6) repeated += await killedInBetween(t, 6);
  t.diagnostic(`${repeated} pages repeated under their key`);
});

test("an end waits for an answer that is due, and sends nothing twice", async (t) => {
  const http = await httpReceiver(t, { act: () => ({ ms: 1500 }) });
  const c = configured(t, { ops: `{slack: {url: "${http.url}/ops"}}` });
  const s = await serve(t, c.dir, c.args);
  await until(() => http.seen.length === 1, "the message");
  assert.equal(await s.stop(), 0);
  const again = await serve(t, c.dir, c.args);
  assert.deepEqual((await messages(again)).map((m) => m.state), ["sent"]);
  assert.equal(http.seen.length, 1);
});

test("a full disk: nothing is sent that could not be noted, nothing twice", async (t) => {
  const n = 8;
  let fill = () => {};
  // Before the folder below it is removed.
  let mounted;
  t.after(() => mounted && execFileSync("umount", ["-l", mounted]));
  const http = await httpReceiver(t, { act: (m, before) => {
    if (before === n - 1) fill(); // between the last byte and the answer
    return {};
  } });
  const c = configured(t, Object.fromEntries(
    Array.from({ length: n }, (_, i) => [`c${i}`, `{slack: {url: "${http.url}/${i}"}}`])));
  const outbox = join(c.dir, "outbox");
  mkdirSync(outbox);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", outbox], { stdio: "ignore" });
  } catch {
    return t.skip("mounting a small file system is not allowed here");
  }
  mounted = outbox;
  const filler = join(outbox, "filler");
  // Room for the journal's head, some messages, and no more.
  writeFileSync(filler, Buffer.alloc(252 * 1024));
  const s = await serve(t, c.dir, c.args);
  await until(() => /the review of .* space/i.test(s.log()), "the refusal");
  assert.ok(http.seen.length < n);
  rmSync(filler);
  fill = () => {
    const { bavail, bsize } = statfsSync(outbox);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  };
  s.signal("SIGHUP"); // looks again at once
  await until(() => http.seen.length === n, "all messages");
  await s.kill();
  rmSync(filler, { force: true });
  const again = await serve(t, c.dir, c.args);
  await allDone(again, n);
  assert.ok((await messages(again)).every((m) => m.state === "sent"));
  const paths = byPath(http.seen);
  assert.deepEqual(paths, [...new Set(paths)]);
  assert.equal(paths.length, n);
});

test("a review is due at its time, later for a day, then no more", async (t) => {
  const http = await httpReceiver(t);
  const channels = { ops: `{slack: {url: "${http.url}/ops"}}` };
  const soon = configured(t, channels, `${dueIn(4)}, notify: ops}`);
  const s = await serve(t, soon.dir, soon.args);
  assert.equal(http.seen.length, 0);
  await until(() => http.seen.length === 1, "the review");
  await s.stop();
  // A day and a bit ago: too late.
  const late = configured(t, channels, `${dueIn(-24 * 3600 - 60)}, notify: ops}`);
  const l = await serve(t, late.dir, late.args);
  // Once a reload has come to its reviews, the start's have been looked at.
  l.signal("SIGHUP");
  await until(() => /budgets reloaded/.test(l.log()), "the reload");
  await new Promise((r) => setTimeout(r, 500));
  assert.deepEqual(await messages(l), []);
  await l.stop();
  // Half a day ago: it is made up for.
  const down = configured(t, channels, `${dueIn(-12 * 3600)}, notify: ops}`);
  const d = await serve(t, down.dir, down.args);
  await allDone(d, 1);
  assert.equal(http.seen.length, 2);
});

test("alerts test: through the server or without, with the channel's own error", async (t) => {
  const http = await httpReceiver(t, { act: (m) => m.path === "/bad" ? { status: 403, text: "invalid_token" } : {} });
  const mail = await mailReceiver(t, { login: { user: "u", password: "right" } });
  const c = configured(t, {
    good: "{slack: {url_env: GOOD}}",
    bad: `{slack: {url: "${http.url}/bad"}}`,
    mail: `{smtp: {url: "${mail.url}", from: t@example.com, to: a@example.com, user_env: U, password_env: P}}`,
  }, "");
  const vars = { GOOD: `${http.url}/good`, U: "u", P: "wrong" };
  const run = (channel, more = {}) =>
    tollSoon(["alerts", "test", channel, "--data", c.dir, ...c.args], { vars: more });
  const s = await serve(t, c.dir, c.args, undefined, vars);
  // The server has the variable, the command has not.
  assert.equal((await run("good")).code, 0);
  assert.match(JSON.parse(http.taken[0].text).text, /test message/);
  for (const [channel, words] of [["bad", /403: invalid_token/], ["mail", /535/], ["goood", /did you mean good/]]) {
    const r = await run(channel);
    assert.equal(r.code, 1, r.err);
    assert.match(r.err, words);
  }
  assert.ok(!s.log().includes("wrong"));
  assert.equal((await fetch(`${s.url}/api/alerts/test`, { method: "POST", body: '{"channel":"good"}' })).status, 415);
  assert.equal((await get(s.url, "/api/alerts/test")).status, 405);
  await s.stop();
  // In process, with the command's own environment.
  assert.match((await run("good")).err, /GOOD is not set/);
  assert.equal((await run("good", vars)).code, 0);
  assert.equal((await run("mail", { U: "u", P: "right" })).code, 0);
  assert.equal(mail.taken.length, 1);
  assert.equal((await run("bad")).code, 1);
  assert.equal(toll(["alerts", "tset", "good", "--data", c.dir, ...c.args]).code, 2);
});

test("toll.yaml: unknown keys, lacking settings, unset variables", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  const check = (text) => {
    writeFileSync(file, text);
    return toll(["check-config", file]);
  };
  for (const [text, words] of [
    ["channels:\n  ops: {slak: {url: http://x}}\n", /line 2: unknown key 'slak'; did you mean 'slack'\?/],
    ["channels:\n  ops:\n    slack: {url_evn: X}\n", /line 3: unknown key 'url_evn'; did you mean 'url_env'\?/],
    ["channels:\n  ops: {slack: {}}\n", /line 2: channel 'ops': it needs a url/],
    ["channels:\n  ops: {slack: {url: ftp://x}}\n", /line 2: .*http:\/\//],
    ["channels:\n  ops: {pagerduty: {}}\n", /line 2: channel 'ops': it needs its key/],
    ["channels:\n  m: {smtp: {url: smtp://x, from: nobody, to: a@b}}\n", /line 2: .*from must be an address/],
    ["channels:\n  m: {smtp: {url: smtp://x, from: a@b}}\n", /line 2: .*to whom/],
    ["channels:\n  m: {smtp: {url: smtp://x, from: a@b, to: [\"x\\r\\nBcc: y@z\"]}}\n", /line 2: .*no mail address/],
    ["channels:\n  ops: {slack: {url: http://x}, teams: {url: http://x}}\n", /line 2: .*one kind/],
    ["channels:\n  \"a b\": {slack: {url: http://x}}\n", /line 2: a channel's name/],
    ["reviews: [{day: monday, at: \"09:00\", notify: [osp]}]\nchannels: {ops: {slack: {url: http://x}}}\n", /line 1: there is no channel 'osp'; did you mean 'ops'\?|line 1: .*osp.*ops/],
    ["channels: {ops: {slack: {url: http://x}}}\nreviews: [{day: mondy, at: \"09:00\", notify: ops}]\n", /line 2: .*mondy.*monday/],
    ["channels: {ops: {slack: {url: http://x}}}\nreviews: [{day: monday, at: \"9\", notify: ops}]\n", /line 2: '9' is no time/],
    ["channels: {ops: {slack: {url: http://x}}}\nreviews: [{day: monday, notify: ops}]\n", /line 2: a review needs/],
  ]) {
    const r = check(text);
    assert.equal(r.code, 4, text);
    assert.match(r.err, words, text);
  }
  const r = check("channels: {ops: {slack: {url_env: NOT_SET}}}\nreviews: [{day: Monday, at: \"09:00\", notify: [ops]}]\n");
  assert.equal(r.code, 0);
  assert.match(r.err, /channel ops: the environment variable NOT_SET is not set here/);
  assert.match(JSON.parse(tollOk(["check-config", file, "--json"])).notes[0], /NOT_SET/);
});
