#!/usr/bin/env node
// Runs every test there is and ends with one line, "N passed, N failed".
//   node tools/run-tests.mjs [WORD...]   only the tests whose name has a word
//   node tools/run-tests.mjs --build DIR [WORD...]
//       the tests of that build: its C tests, and the others with its toll
// Without --build that is build/, and the C tests of build-asan/ as well.
// What a test prints is shown only when it failed.
import { spawn, execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
process.chdir(root);
const args = process.argv.slice(2);
const chosen = args[0] === "--build" ? args[1] : null;
const build = chosen ?? "build";
const words = chosen ? args.slice(2) : args;
const wanted = (name) =>
  words.length === 0 || words.some((w) => name.includes(w));

// A suite: name, command, and how its output is counted.  `alone` suites run
// one at a time, after the rest: they need the machine's cores.  Those in a
// browser come last, together again: they mostly wait.
const suites = [];

// A build without sanitizers does not look at these.
const sanitizerEnv = {
  ASAN_OPTIONS: "strict_string_checks=1:detect_stack_use_after_return=1",
  UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
  TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1",
};

function builtTests(dir, prefix) {
  if (!existsSync(join(dir, "build.ninja"))) return;
  const list = JSON.parse(
    execFileSync("meson", ["introspect", "--tests", dir], { encoding: "utf8" }),
  );
  for (const t of list) {
    suites.push({
      name: prefix + t.name,
      cmd: t.cmd,
      env: { ...sanitizerEnv, ...t.env },
      kind: t.protocol === "tap" ? "tap" : "exit",
      timeout: 600,
    });
  }
}

function find(dir, suffix) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .sort()
    .flatMap((f) => {
      const path = join(dir, f);
      if (f === "node_modules") return [];
      if (statSync(path).isDirectory()) return find(path, suffix);
      return f.endsWith(suffix) ? [path] : [];
    });
}

builtTests(build, "");
if (!chosen) builtTests("build-asan", "asan/");
for (const file of find("tests", ".test.mjs")) {
  suites.push({
    name: file.replace(/^tests\//, "").replace(/\.test\.mjs$/, ""),
    cmd: [process.execPath, "--test", "--test-reporter=tap", file],
    env: {
      ...sanitizerEnv,
      TOLL_BIN: join(root, build, "toll"),
      TOLL_BUILD: join(root, build),
    },
    kind: "tap",
    alone: !file.startsWith("tests/web/"),
    isLast: file.startsWith("tests/web/"),
    timeout: 600,
  });
}
const lints = {
  rooms: ["tools/rooms"],
  windows: ["tools/windows", build],
  headers: [process.execPath, "tools/headers.mjs", build],
  text: ["tools/text"],
  docs: [process.execPath, "tools/gen-docs.mjs", "--check"],
};
for (const [name, cmd] of Object.entries(chosen ? {} : lints)) {
  suites.push({ name: `lint/${name}`, cmd, kind: "exit", timeout: 300 });
}

function count(kind, code, out) {
  if (kind === "exit") return code === 0 ? [1, 0] : [0, 1];
  // Only leaf results of TAP count: a suite line repeats its children.
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const lines = out.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const m = /^\s*(not )?ok \d+/.exec(lines[i]);
    if (!m) continue;
    if (/# (SKIP|skip)/.test(lines[i])) {
      skipped++;
      continue;
    }
    const detail = lines.slice(i + 1, i + 4).join("\n");
    if (/type: '(suite)'/.test(detail)) continue;
    if (m[1]) failed++;
    else passed++;
  }
  // cmocka exits with 1 when a test was skipped; a crash has no exit code.
  const trouble = skipped > 0 ? code === null : code !== 0;
  if (failed === 0 && (trouble || passed + skipped === 0)) failed = 1;
  return [passed, failed];
}

function runSuite(suite) {
  return new Promise((resolve) => {
    const child = spawn(suite.cmd[0], suite.cmd.slice(1), {
      env: { ...process.env, ...suite.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let out = "";
    child.stdout.on("data", (d) => (out += d));
    child.stderr.on("data", (d) => (out += d));
    const timer = setTimeout(() => {
      out += `\n(stopped after ${suite.timeout} s)\n`;
      endGroup(child.pid);
    }, suite.timeout * 1000);
    child.on("error", (e) => resolve([0, 1, String(e)]));
    child.on("close", (code) => {
      clearTimeout(timer);
      endGroup(child.pid); // nothing a test starts survives it
      resolve([...count(suite.kind, code, out), out]);
    });
  });
}

function endGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

let passed = 0;
let failed = 0;
const failures = [];

async function work(queue) {
  for (let suite = queue.shift(); suite; suite = queue.shift()) {
    const start = Date.now();
    const [p, f, out] = await runSuite(suite);
    passed += p;
    failed += f;
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    console.log(
      `${f === 0 ? "ok  " : "FAIL"} ${suite.name} (${p} passed${f ? `, ${f} failed` : ""}, ${seconds} s)`,
    );
    if (f > 0) {
      failures.push(suite.name);
      console.log(out.replace(/^/gm, "    "));
    }
  }
}

function workTogether(queue) {
  return Promise.all(
    Array.from({ length: Math.max(1, cpus().length) }, () => work(queue)),
  );
}

const chosenOnes = suites.filter((s) => wanted(s.name));
await workTogether(chosenOnes.filter((s) => !s.alone && !s.isLast));
await work(chosenOnes.filter((s) => s.alone));
await workTogether(chosenOnes.filter((s) => s.isLast));
if (failures.length > 0) console.log(`failed: ${failures.join(" ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
