// A store that cannot write delays no call and loses none.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { provider, tollBefore } from "./provider.mjs";
import { countAt, get, until } from "./toll.mjs";

const CALLS = 3000;
const AT_ONCE = 24;

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
  mount(journal, "200m");
  return dir;
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

async function manyCalls(url, n, from) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let next = from;
  let good = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < from + n) {
      if (await call(agent, url, next++)) good++;
    }
  }));
  agent.destroy();
  return good;
}

const metric = async (url, name) =>
  Number(new RegExp(`^${name} (\\d+)$`, "m").exec((await get(url, "/metrics")).text)[1]);

test("while the store's disk is full every call is forwarded, and counted later", async (t) => {
  let dir;
  try {
    dir = disks(t);
  } catch {
    return t.skip("mounting small file systems is not allowed here");
  }
  let n = 0;
  const p = await provider(t, (req, res, { body }) => {
    res.writeHead(200, { "Content-Type": "application/json" });
    res.end(JSON.stringify({
      id: `chatcmpl-${n++}`, object: "chat.completion", model: "gpt-4o-mini",
      choices: [{ index: 0, message: { role: "assistant", content: `answer ${JSON.parse(body).messages[0].content}` } }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    }));
  });
  const toll = await tollBefore(t, dir, { openai: { url: p.url } });
  assert.equal(await manyCalls(toll.url, 100, 0), 100);
  await until(async () => (await countAt(toll.url)) === 100, "the first calls");

  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(join(dir, "filler"), Buffer.alloc(bavail * bsize));
  assert.equal(await manyCalls(toll.url, CALLS, 100), CALLS);
  await until(async () => (await metric(toll.url, "toll_store_failures_total")) > 0,
    "the store's failure");
  assert.equal(await metric(toll.url, "toll_gateway_unrecorded_total"), 0);
  assert.ok((await metric(toll.url, "toll_journal_pending_bytes")) > 0);
  assert.equal((await get(toll.url, "/readyz")).status, 200, "it takes events");

  execFileSync("mount", ["-o", "remount,size=200m", dir]);
  await until(async () => (await countAt(toll.url).catch(() => 0)) === 100 + CALLS,
    "every call in the ledger", 60);
});
