#!/usr/bin/env node
// Turns a folder of files into one C file with the table that
// src/face/web/web_asset.h declares.
//   node tools/embed.mjs DIR OUT.c
//   node tools/embed.mjs --build web/vite.config.ts --depfile D OUT.c
// The second form has Vite build the folder first, and tells ninja in D what
// the build read.
import { createHash } from "node:crypto";
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

// What lies in assets/ has a hash of its content in its name and never
// changes; all else is asked for again, and mostly answered with 304.
const FOREVER = "public, max-age=31536000, immutable";
const REVALIDATE = "no-cache";

function filesIn(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function asset(dir, file) {
  const name = file.slice(dir.length + 1).split(sep).join("/");
  const type = TYPES[extname(name)];
  if (!type) {
    throw new Error(`${file}: no content type is known for this ending`);
  }
  const body = readFileSync(file);
  const gzip = gzipSync(body, { level: 9 });
  const hash = createHash("sha256").update(body).digest("hex");
  return {
    path: name === "index.html" ? "/" : `/${name}`,
    type,
    cache: name.startsWith("assets/") ? FOREVER : REVALIDATE,
    // Weak, as the same tag stands for the plain and the compressed form.
    etag: `W/"${hash.slice(0, 16)}"`,
    body,
    gzip: gzip.length < body.length ? gzip : Buffer.alloc(0),
  };
}

const ESCAPES = new Map([
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x22, '\\"'],
  [0x3f, "\\?"], // no trigraphs
  [0x5c, "\\\\"],
]);
const WIDTH = 76;

// Bytes as C string literals.  Octal escapes always have three digits, so
// that a digit after one is not taken for a part of it.
function literal(bytes) {
  const lines = [];
  let line = "";
  for (const byte of bytes) {
    line +=
      ESCAPES.get(byte) ??
      (byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, "0")}`);
    if (line.length >= WIDTH) {
      lines.push(line);
      line = "";
    }
  }
  lines.push(line);
  return lines.map((text) => `    "${text}"`).join("\n");
}

function slice(text) {
  const bytes = Buffer.from(text);
  return `{${literal(bytes).trim()}, ${bytes.length}}`;
}

// The bytes stand in arrays of their own: as part of the table they would be
// unreadable, and one mistake in it a page of errors.
function source(assets) {
  const out = [
    "/* Made by tools/embed.mjs; do not edit. */",
    '#include "face/web/web_asset.h"',
    "",
    "/* C asks compilers for no more than 4095 bytes; ours take any number. */",
    '#pragma GCC diagnostic ignored "-Woverlength-strings"',
  ];
  assets.forEach(({ body, gzip }, i) => {
    out.push("", `static const char body_${i}[] =`, `${literal(body)};`);
    if (gzip.length > 0) {
      out.push("", `static const char gzip_${i}[] =`, `${literal(gzip)};`);
    }
  });
  out.push("", "const struct web_asset web_assets[] = {");
  assets.forEach((a, i) => {
    out.push(
      "    {",
      `        .path = ${slice(a.path)},`,
      `        .type = ${slice(a.type)},`,
      `        .cache = ${slice(a.cache)},`,
      `        .etag = ${slice(a.etag)},`,
      `        .body = {body_${i}, ${a.body.length}},`,
      a.gzip.length > 0
        ? `        .gzip = {gzip_${i}, ${a.gzip.length}},`
        : "        .gzip = {NULL, 0},",
      "    },",
    );
  });
  out.push("};", `const size_t web_assets_n = ${assets.length};`, "");
  return out.join("\n");
}

function embed(dir, out) {
  const assets = filesIn(dir).map((file) => asset(dir, file));
  if (!assets.some((a) => a.path === "/")) {
    throw new Error(`${dir}: no index.html`);
  }
  // In the order of str_cmp, by which the table is searched.
  assets.sort((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
  writeFileSync(out, source(assets));
}

async function build(config, dir) {
  const vite = await import("vite");
  await vite.build({
    configFile: config,
    logLevel: "warn",
    build: { outDir: dir },
  });
}

// Everything that the page is made from: its sources, the pinned versions of
// its libraries, and this file.
function depfile(config, out) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const read = [
    ...filesIn(dirname(config)),
    join(root, "package-lock.json"),
    fileURLToPath(import.meta.url),
  ];
  const escape = (path) =>
    path.replace(/[ #\\]/g, "\\$&").replace(/\$/g, "$$$$");
  return `${escape(out)}: ${read.map(escape).join(" ")}\n`;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { build: { type: "string" }, depfile: { type: "string" } },
  });
  const out = positionals.at(-1);
  if (positionals.length !== (values.build ? 1 : 2)) {
    throw new Error("usage: embed.mjs DIR OUT.c | --build CONFIG OUT.c");
  }
  if (!values.build) {
    embed(resolve(positionals[0]), out);
    return;
  }
  const config = resolve(values.build);
  const dir = mkdtempSync(join(tmpdir(), "toll-web-"));
  try {
    await build(config, dir);
    embed(dir, out);
  } finally {
    rmSync(dir, { recursive: true });
  }
  if (values.depfile) {
    writeFileSync(values.depfile, depfile(config, out));
  }
}

main().catch((error) => {
  console.error(`embed: ${error.message}`);
  process.exitCode = 1;
});
