// A store that cannot write delays no call and loses none, whether its disk is
// full or no longer answers.  TOLL_TORTURE=60 keeps it so for 60 seconds under
// load; a few in ./test.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { provider, tollBefore } from "./provider.mjs";
import { bin, countAt, freshDir, get, until } from "./toll.mjs";

const SECONDS = Number(process.env.TOLL_TORTURE ?? 3);
const AT_ONCE = 24;
const NOT_ALLOWED = 77; // what hold.c ends with then

function mount(dir, size) {
  mkdirSync(dir, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir], { stdio: "ignore" });
}

/** A disk for the store, and another for the journal. */
function disks(t) {
  const dir = mkdtempSync(join(tmpdir(), "toll-two-disks-"));
  const journal = join(dir, "journal");
  t.after(() => {
    for (const mounted of [journal, dir]) {
      spawnSync("umount", ["-l", mounted]);
    }
    rmSync(dir, { recursive: true, force: true });
  });
  mount(dir, "12m");
  mount(journal, "1g");
  return dir;
}

/** Takes what is left, however fast others take of it. */
function fill(dir) {
  try {
    for (;;) appendFileSync(join(dir, "filler"), Buffer.alloc(4096));
  } catch (e) {
    assert.equal(e.code, "ENOSPC");
  }
}

/** One call: its status, and whether the answer came whole. */
function call(agent, url, i) {
  const body = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: `${i}` }] });
  return new Promise((resolve, reject) => {
    const req = http.request(`${url}/openai/v1/chat/completions`, {
      method: "POST", agent, headers: { "Content-Type": "application/json", "Content-Length": body.length },
    }, (res) => {
      let text = "";
      res.on("data", (d) => (text += d));
      res.on("end", () => resolve(res.statusCode === 200 && text.includes(`"answer ${i}"`)));
    });
    req.on("error", reject);
    req.end(body);
  });
}

/** Calls without a pause until it is over, numbered from `from`: {made, good}. */
async function load(url, from, isOver) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let made = 0;
  let good = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (!isOver()) {
      if (await call(agent, url, from + made++)) good++;
    }
  }));
  agent.destroy();
  return { made, good };
}

function after(seconds) {
  const end = Date.now() + seconds * 1000;
  return () => Date.now() > end;
}

const metric = async (url, name) =>
  Number(new RegExp(`^${name} (\\d+)$`, "m").exec((await get(url, "/metrics")).text)[1]);

/** toll in `dir` before a provider that answers at once. */
async function start(t, dir) {
  let n = 0;
  const p = await provider(t, (req, res, call) => {
    const { content } = JSON.parse(call.body).messages[0];
    p.calls.length = 0; // not kept: there are many
    res.writeHead(200, { "Content-Type": "application/json" });
    res.end(JSON.stringify({
      id: `chatcmpl-${n++}`, object: "chat.completion", model: "gpt-4o-mini",
      choices: [{ index: 0, message: { role: "assistant", content: `answer ${content}` } }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    }));
  });
  return tollBefore(t, dir, { openai: { url: p.url } });
}

/** Load before, while and after the store is stopped; the ledger has it all. */
async function outlive(t, dir, { stop, check, mend }) {
  const toll = await start(t, dir);
  const before = await load(toll.url, 0, after(0.2));
  await until(async () => (await countAt(toll.url)) === before.made, "the first calls");

  let isStopped = false;
  const first = load(toll.url, before.made, () => isStopped);
  const stopped = await stop(toll).finally(() => (isStopped = true));
  const meanwhile = await first;
  if (stopped === null) return t.skip("holding a thread is not allowed here");
  const stored = await metric(toll.url, "toll_store_position_bytes");
  const during = await load(toll.url, before.made + meanwhile.made, after(SECONDS));
  await check(toll);
  assert.equal(await metric(toll.url, "toll_store_position_bytes"), stored, "the store took nothing");
  assert.ok((await metric(toll.url, "toll_journal_pending_bytes")) > 0);
  assert.equal((await get(toll.url, "/readyz")).status, 200, "it takes events");

  await mend(stopped);
  const then = await load(toll.url, before.made + meanwhile.made + during.made, after(0.2));
  const parts = [before, meanwhile, during, then];
  const sum = (key) => parts.reduce((n, part) => n + part[key], 0);
  assert.equal(sum("good"), sum("made"), "every call is forwarded");
  assert.equal(await metric(toll.url, "toll_gateway_unrecorded_total"), 0);
  await until(async () => (await countAt(toll.url).catch(() => 0)) === sum("made"),
    "every call in the ledger", 60 + SECONDS);
  t.diagnostic(`${during.made} calls in ${SECONDS} s without a store`);
}

test("while the store's disk is full every call is forwarded, and counted later", async (t) => {
  let dir;
  try {
    dir = disks(t);
  } catch {
    return t.skip("mounting small file systems is not allowed here");
  }
  await outlive(t, dir, {
    stop: async (toll) => {
      fill(dir);
      await until(async () => (await metric(toll.url, "toll_store_failures_total")) > 0,
        "the store's failure");
    },
    check: async () => {},
    mend: () => execFileSync("mount", ["-o", "remount,size=1g", dir]),
  });
});

/** The thread of that name. */
function threadOf(pid, name) {
  const dir = `/proc/${pid}/task`;
  return readdirSync(dir).find((tid) => readFileSync(`${dir}/${tid}/comm`, "utf8").trim() === name);
}

test("while the store's disk does not answer every call is forwarded, and counted later", async (t) => {
  const hold = join(process.env.TOLL_BUILD ?? join(bin, ".."), "tests/flow/hold");
  await outlive(t, freshDir(t), {
    stop: async ({ pid }) => {
      const holder = spawn(hold, [threadOf(pid, "toll-writer")], { stdio: ["pipe", "pipe", "inherit"] });
      const ended = once(holder, "exit");
      t.after(() => holder.kill("SIGKILL"));
      const [said] = await Promise.race([once(holder.stdout, "data"), ended]);
      assert.ok(said === NOT_ALLOWED || String(said) === "held\n", `hold: ${said}`);
      return said === NOT_ALLOWED ? null : { holder, ended };
    },
    check: async (toll) => assert.equal(await metric(toll.url, "toll_store_failures_total"), 0),
    mend: async ({ holder, ended }) => (holder.stdin.end(), assert.equal((await ended)[0], 0)),
  });
});
