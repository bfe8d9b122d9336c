// Killed at random moments under load: every acknowledged event is there
// once, none twice.  TOLL_TORTURE=50 for the long run; a few kills in ./test.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { countAt, event, freshDir, get, post, serve, tollOk, until } from "./toll.mjs";

const kills = Number(process.env.TOLL_TORTURE ?? 6);
const clients = 8;

/** Posts batches until the server is gone; remembers what was acknowledged. */
async function client(url, k, state) {
  for (;;) {
    const batch = Array.from({ length: 1 + Math.floor(Math.random() * 40) }, () =>
      event(0, { id: `c${k}-${state.next++}` }));
    state.sent += batch.length;
    let r;
    try {
      r = await post(url, batch.map((e) => JSON.stringify(e)).join("\n"));
    } catch {
      // No answer: it may be there or not; sent again after the restart.
      state.unknown.push(...batch);
      return;
    }
    assert.equal(r.status, 200, r.text);
    for (const e of batch) state.acked.add(e.id);
  }
}

test(`${kills} kills with ${clients} clients posting`, async (t) => {
  const dir = freshDir(t);
  const states = Array.from({ length: clients }, () =>
    ({ next: 0, sent: 0, acked: new Set(), unknown: [] }));
  let slowest = 0;
  for (let i = 0; i < kills; i++) {
    const began = performance.now();
    const s = await serve(t, dir);
    assert.equal((await get(s.url, "/readyz")).status, 200);
    slowest = Math.max(slowest, performance.now() - began);
    // What had no answer is sent again: counted once, whether new or not.
    for (const st of states) {
      if (st.unknown.length === 0) continue;
      const again = st.unknown.splice(0);
      const r = await post(s.url, again.map((e) => JSON.stringify(e)).join("\n"));
      assert.equal(r.status, 200);
      assert.equal(r.json.accepted + r.json.duplicates, again.length);
      for (const e of again) st.acked.add(e.id);
    }
    const all = Promise.all(states.map((st, k) => client(s.url, k, st)));
    await new Promise((r) => setTimeout(r, 100 + Math.random() * 900));
    await s.kill();
    await all;
  }
  const s = await serve(t, dir);
  await until(async () => {
    const m = (await get(s.url, "/metrics")).text;
    return /^toll_journal_pending_bytes 0$/m.test(m);
  }, "the journal carried over");
  await s.stop();
  const out = tollOk(["export", "--data", dir, "--format", "ndjson", "--where", "environment:*"]);
  const ids = out.trim().split("\n").map((l) => JSON.parse(l).id);
  const unique = new Set(ids);
  assert.equal(unique.size, ids.length, "an event is there twice");
  const known = new Set(states.flatMap((st) => [...st.acked, ...st.unknown.map((e) => e.id)]));
  let acked = 0;
  for (const st of states) {
    for (const id of st.acked) {
      assert.ok(unique.has(id), `${id} was acknowledged and is gone`);
      acked++;
    }
  }
  for (const id of unique) assert.ok(known.has(id), `${id} was never sent`);
  t.diagnostic(`${acked} acknowledged events, ${ids.length} stored; ` +
    `ready ${(slowest / 1000).toFixed(2)} s after a start at most`);
  assert.ok(acked > 1000);
});

test("a full disk: 503, nothing acknowledged is lost, and it recovers", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "toll-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", dir], { stdio: "ignore" });
  } catch {
    rmSync(dir, { recursive: true, force: true });
    return t.skip("mounting a small file system is not allowed here");
  }
  t.after(() => {
    execFileSync("umount", ["-l", dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  const s = await serve(t, dir);
  const acked = [];
  let refused;
  for (let i = 0; i < 400 && !refused; i++) {
    const batch = Array.from({ length: 1000 }, (_, k) =>
      event(k, { id: `full-${i}-${k}`, tags: { filler: `${Math.random()}`.repeat(6) } }));
    const r = await post(s.url, batch.map((e) => JSON.stringify(e)).join("\n"));
    if (r.status === 200) acked.push(...batch.map((e) => e.id));
    else refused = r;
  }
  assert.ok(refused, "the disk never filled");
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.json.error.message, /space/i);
  assert.notEqual((await get(s.url, "/healthz")).status, 500);
  // Room again: it takes events without a restart.
  execFileSync("mount", ["-o", "remount,size=400m", dir]);
  await until(async () => {
    const r = await post(s.url, JSON.stringify(event(1, { id: "after" })));
    return r.status === 200;
  }, "events are taken again");
  await until(async () => (await countAt(s.url)) === acked.length + 1, "all that was acknowledged", 60);
});

test("a second server on the same data is told who holds it", async (t) => {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  await assert.rejects(serve(t, dir), (e) => {
    assert.match(e.message, new RegExp(s.url));
    assert.match(e.message, /held by/);
    return true;
  });
});
