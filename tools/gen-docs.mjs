#!/usr/bin/env node
// Writes the pages of docs/ that are made from rows of the program.
//   node tools/gen-docs.mjs            write them
//   node tools/gen-docs.mjs --check    exit 1 when one is not up to date
import { existsSync, readFileSync, writeFileSync } from "node:fs";

process.chdir(new URL("..", import.meta.url).pathname);

// The rows of an X-macro file: its arguments, numbers reckoned, texts bare.
function rowsOf(path) {
  const text = readFileSync(path, "utf8").replace(/\/\*[^]*?\*\//g, "");
  const rows = text.split(/^X\(/m).slice(1);
  return rows.map((row) => {
    const args = row.slice(0, row.lastIndexOf(")"));
    return [...args.matchAll(/"(?:[^"\\]|\\.)*"|[^,"]+/g)]
      .map(([arg]) => arg.trim())
      .filter((arg) => arg !== "")
      .map((arg) => {
        if (arg.startsWith('"')) return JSON.parse(arg);
        if (/^[\d\s*]+$/.test(arg)) {
          return arg.split("*").reduce((product, n) => product * Number(n), 1);
        }
        return arg;
      });
  });
}

function inWords(value, unit) {
  if (unit !== "bytes") return `${value.toLocaleString("en-US")} ${unit}`;
  for (const [size, name] of [
    [1024 ** 3, "GiB"],
    [1024 ** 2, "MiB"],
    [1024, "KiB"],
  ]) {
    if (value >= size && value % size === 0) return `${value / size} ${name}`;
  }
  return `${value.toLocaleString("en-US")} bytes`;
}

function limits() {
  const rows = rowsOf("src/base/limits.def").map(([name, value, unit, why]) => {
    if (typeof value !== "number" || !unit || !why) {
      throw new Error(`limits.def: the row of ${name} is not understood`);
    }
    return `| \`${name}\` | ${inWords(value, unit)} | ${why} |`;
  });
  return `# Limits

Every buffer, queue, depth, list and pause of toll has a number. Input that passes
a ceiling is refused in words that name it. The numbers are rows of
\`src/base/limits.def\`, from which this page is made (\`tools/gen-docs.mjs\`).

| name | limit | of what |
|---|---|---|
${rows.join("\n")}
`;
}

const pages = { "docs/limits.md": limits() };
const old = Object.entries(pages).filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text,
);
if (process.argv.includes("--check")) {
  for (const [path] of old) {
    console.log(`${path} is not up to date: run node tools/gen-docs.mjs`);
  }
  process.exitCode = old.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of old) writeFileSync(path, text);
}
