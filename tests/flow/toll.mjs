// What the flow tests share: a data directory that vanishes, a server on a
// free port that does not outlive its test, commands, and events to send.
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const bin =
  process.env.TOLL_BIN ?? new URL("../../build/toll", import.meta.url).pathname;

/** A fresh directory, removed after test `t`. */
export function freshDir(t) {
  const dir = mkdtempSync(join(tmpdir(), "toll-test-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

// Nothing of the caller's environment decides what toll does.
const env = { PATH: process.env.PATH, HOME: "/nonexistent", NO_COLOR: "1" };

/** Runs a command to its end: {code, out, err}. */
export function toll(args, { input, cwd = tmpdir(), uid, vars = {} } = {}) {
  const r = spawnSync(bin, args, {
    input, cwd, env: { ...env, ...vars }, uid, gid: uid, encoding: "utf8", maxBuffer: 1 << 30,
  });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** The same while this process goes on, as a command needs that speaks with it. */
export function tollSoon(args, { input, cwd = tmpdir(), vars = {} } = {}) {
  return new Promise((resolve) => {
    const child = execFile(bin, args, { cwd, env: { ...env, ...vars }, maxBuffer: 1 << 30 }, (e, out, err) =>
      resolve({ code: e ? e.code : 0, out, err }));
    child.stdin.on("error", () => {}); // a command that reads nothing
    child.stdin.end(input ?? "");
  });
}

/** A command that must go well; its output. */
export function tollOk(args, options) {
  const r = toll(args, options);
  if (r.code !== 0) {
    throw new Error(`toll ${args.join(" ")}: exit ${r.code}\n${r.err}${r.out}`);
  }
  return r.out;
}

/** A running server: {url, pid, log(), stop(), kill()}. */
export async function serve(t, dir, args = [], listen = "127.0.0.1:0", vars = {}) {
  const child = spawn(
    bin,
    ["serve", "--data", dir, "--listen", listen, ...args],
    { cwd: dir, env: { ...env, ...vars }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  const ended = new Promise((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? signal)));
  const url = await new Promise((resolve, reject) => {
    child.stderr.on("data", (d) => {
      log += d;
      const m = /listening on (http:\S+)/.exec(log);
      if (m) resolve(m[1]);
    });
    child.on("close", () => reject(new Error(`toll serve ended:\n${log}`)));
  });
  const server = {
    url,
    pid: child.pid,
    log: () => log,
    ended,
    signal: (s) => child.kill(s),
    stop: () => (child.kill("SIGTERM"), ended),
    kill: () => (child.kill("SIGKILL"), ended),
  };
  t.after(server.kill);
  return server;
}

export async function post(url, body, headers = {}) {
  const r = await fetch(`${url}/v1/events`, { method: "POST", body, headers });
  const text = await r.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: r.status, json, text, headers: r.headers };
}

export async function get(url, path) {
  const r = await fetch(url + path);
  const text = await r.text();
  return { status: r.status, text, json: text.startsWith("{") ? JSON.parse(text) : undefined };
}

/** Waits until `check` gives something true; what it gave. */
export async function until(check, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const x = await check();
    if (x) return x;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((r) => setTimeout(r, 25));
  }
}

/** The count of all events a server or a data directory holds. */
export async function countAt(url) {
  const r = await get(url, "/api/query?metrics=requests&range=all&where=environment:*");
  return r.json.totals.requests;
}

export function event(i, more = {}) {
  return {
    id: `e-${i}`, ts: "2026-11-01T12:00:00Z", model: "gpt-4o-mini",
    feature: ["search", "chat", "summary"][i % 3],
    input_tokens: 1000 + (i % 100), output_tokens: 50 + (i % 10), ...more,
  };
}
