#!/usr/bin/env node
// Writes data/prices.txt, toll's price catalogue, from the pinned npm package
// @pydantic/genai-prices (MIT): its facts in a form that a person can read in
// a diff and a C program can read without a library.
//
//   node tools/price-book.mjs            write data/prices.txt
//   node tools/price-book.mjs --check    exit 1 unless it is what would be
//                                        written
//
// Prices never pass through arithmetic here: a JavaScript number prints as
// the shortest decimal that reads back the same, and that text is the price.
// Everything in the package that this form has no words for stops the tool;
// a price is never left out in silence.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { waitForUpdate } from "@pydantic/genai-prices";

// The version that package.json pins and the day it was published.  A new
// version is a decision: change both, write the file, read the diff.
const PINNED = { version: "0.1.8", published: "2026-09-23" };
const NAME = "@pydantic/genai-prices";
const OUT = fileURLToPath(new URL("../data/prices.txt", import.meta.url));

// The package's word for a price -> toll's, in the order they are written.
// All are USD per million tokens, but the last two, which are per thousand.
export const CLASSES = new Map([
  ["input_mtok", "input"],
  ["cache_read_mtok", "cache_read"],
  ["cache_write_mtok", "cache_write"],
  ["cache_write_1h_mtok", "cache_write_1h"],
  ["input_audio_mtok", "input_audio"],
  ["input_image_mtok", "input_image"],
  ["output_mtok", "output"],
  ["output_reasoning_mtok", "reasoning"],
  ["output_audio_mtok", "output_audio"],
  ["output_image_mtok", "output_image"],
  ["web_searches_kcount", "web_search"],
  ["requests_kcount", "request"],
]);

// Prices of units that a usage event does not count.  They are facts of the
// row all the same, and toll says so when it prices a call by such a row.
export const UNCOUNTED = new Set([
  "audio_hours",
  "cache_audio_read_mtok",
  "cache_image_read_mtok",
  "input_annotated_document_kpages",
  "input_audio_hours",
  "input_document_kpages",
  "input_text_messages_kcount",
  "input_video_mtok",
  "output_citation_mtok",
  "output_video_mtok",
  "storage_searches_kcount",
]);

function fail(text) {
  throw new Error(`price-book: ${text}`);
}

// 0.0000005 prints as 5e-7; the file has plain decimals only.
export function decimal(number) {
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0) {
    fail(`not a price: ${number}`);
  }
  const text = String(number);
  const parts = /^(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!parts) {
    return text;
  }
  const digits = parts[1] + (parts[2] ?? "");
  const point = parts[1].length + Number(parts[3]);
  if (point <= 0) {
    return `0.${"0".repeat(-point)}${digits}`;
  }
  return digits.length > point
    ? `${digits.slice(0, point)}.${digits.slice(point)}`
    : digits.padEnd(point, "0");
}

// ---- names to patterns ----
//
// A pattern is a row of alternatives between blanks; an alternative is a row
// of terms joined by '&'; a term is an operator and lower-case text:
//   =text equals   ^text starts with   $text ends with   *text contains
// '#' in the text stands for one digit, '!' before the operator for "not".

const LITERAL = /^[a-z0-9._:/@~[\]=-]+$/;

function term(operator, text) {
  const lower = text.toLowerCase();
  if (!LITERAL.test(lower)) {
    fail(`cannot write the name "${text}"`);
  }
  return operator + lower;
}

// The package's regular expressions are of two simple shapes.  Names reach
// them in lower case, so upper case in one is a dead letter.
function regex(source) {
  const noTts = /^\^\(\?!\.\*([^()]+)\(\?:\$\|-\)\)$/.exec(source);
  if (noTts) {
    const word = noTts[1].replace(/\[([a-z])([A-Z])\]/g, (all, low, up) =>
      low.toUpperCase() === up ? low : fail(`cannot write /${source}/`));
    return `!${term("*", `${word}-`)}&!${term("$", word)}`;
  }
  const anchored = /^\^(.*?)(\$?)$/.exec(source) ?? fail(`/${source}/`);
  const text = anchored[1]
    .replace(/\\d(?:\{(\d)\})?/g, (all, n) => "#".repeat(Number(n ?? 1)))
    .replace(/\\([.[\]])/g, "\u0001$1");
  const unescaped = text.replace(/(\u0001?)([^\u0001])/g, (all, mark, c) =>
    mark || /[a-z0-9#:/@~=-]/.test(c) ? c : fail(`cannot write /${source}/`));
  return (anchored[2] ? "=" : "^") + unescaped;
}

export function pattern(match) {
  if (match.or) {
    return match.or.flatMap(pattern);
  }
  if (match.and) {
    const terms = match.and.map(pattern);
    if (terms.some((alternatives) => alternatives.length !== 1)) {
      fail(`"or" inside "and": ${JSON.stringify(match)}`);
    }
    return [terms.flat().join("&")];
  }
  const [[kind, text], ...more] = Object.entries(match);
  if (more.length > 0) {
    fail(`two matches in one: ${JSON.stringify(match)}`);
  }
  switch (kind) {
    case "equals":
      return [term("=", text)];
    case "starts_with":
      return [term("^", text)];
    case "ends_with":
      return [term("$", text)];
    case "contains":
      return [term("*", text)];
    case "regex":
      return [regex(text)];
    default:
      return fail(`unknown match ${kind}`);
  }
}

// ---- prices ----

function clock(text) {
  const parts = /^(\d\d:\d\d):00Z$/.exec(text);
  return parts ? parts[1] : fail(`cannot write the time ${text}`);
}

function constraint(c) {
  if (c === undefined) {
    return [];
  }
  if (c.type === "start_date" && /^\d{4}-\d\d-\d\d$/.test(c.start_date)) {
    return [`from=${c.start_date}`];
  }
  if (c.type === "time_of_date") {
    return [`daily=${clock(c.start_time)}-${clock(c.end_time)}`];
  }
  return fail(`unknown constraint ${JSON.stringify(c)}`);
}

// One dated entry: its line, a line for what is not counted, and one for
// each context size above which other prices hold.
function entry({ constraint: when, prices }) {
  const base = constraint(when);
  const also = [];
  const above = new Map();
  for (const key of Object.keys(prices)) {
    if (!CLASSES.has(key) && !UNCOUNTED.has(key)) {
      fail(`unknown price ${key}`);
    }
  }
  for (const key of [...UNCOUNTED].filter((k) => prices[k] !== undefined)) {
    also.push(`${key}=${decimal(prices[key])}`);
  }
  for (const [key, word] of CLASSES) {
    const price = prices[key];
    if (typeof price === "number") {
      base.push(`${word}=${decimal(price)}`);
    } else if (price !== undefined) {
      base.push(`${word}=${decimal(price.base)}`);
      for (const tier of price.tiers) {
        const line = above.get(tier.start) ?? [];
        line.push(`${word}=${decimal(tier.price)}`);
        above.set(tier.start, line);
      }
    }
  }
  const lines = [["  price", ...base].join(" ")];
  if (also.length > 0) {
    lines.push(["  also", ...also].join(" "));
  }
  for (const start of [...above.keys()].sort((a, b) => a - b)) {
    lines.push(["  above", start, ...above.get(start)].join(" "));
  }
  return lines;
}

function model(m) {
  const entries = Array.isArray(m.prices) ? m.prices : [{ prices: m.prices }];
  if (entries.length === 0 || /\s/.test(m.id)) {
    fail(`cannot write the model ${m.id}`);
  }
  return {
    n_rows: entries.length,
    lines: [
      `model ${m.id}`,
      `  match ${pattern(m.match).join(" ")}`,
      ...entries.flatMap(entry),
    ],
  };
}

export function catalogue(providers) {
  const body = [];
  let n_models = 0;
  let n_rows = 0;
  for (const provider of providers) {
    body.push("", `provider ${provider.id}`);
    if (provider.fallback_model_providers?.length > 0) {
      body.push(`hosts ${provider.fallback_model_providers.join(" ")}`);
    }
    for (const m of provider.models) {
      const written = model(m);
      body.push(...written.lines);
      n_models += 1;
      n_rows += written.n_rows;
    }
  }
  return `${[
    "toll prices 1",
    "# Written by tools/price-book.mjs; read by src/price/book_read.c, which",
    "# says what each line means.  USD per million tokens; web_search and",
    "# request: USD per thousand.  Not to be edited: data/price-rules.txt is.",
    `source ${NAME} ${PINNED.version}`,
    `published ${PINNED.published}`,
    `count providers=${providers.length} models=${n_models} rows=${n_rows}`,
    ...body,
  ].join("\n")}\n`;
}

// The package exports no data, but its bundled array is what waitForUpdate()
// resolves to as long as nobody has set other data.
export async function providers() {
  const found = await waitForUpdate();
  if (!Array.isArray(found) || found.length === 0 || !found[0].models) {
    fail(`${NAME} no longer hands out its data by waitForUpdate()`);
  }
  return found;
}

async function main(args) {
  const require = createRequire(import.meta.url);
  const entry_point = require.resolve(NAME);
  const package_json = entry_point.replace(/dist[/\\].*$/, "package.json");
  const { version } = JSON.parse(readFileSync(package_json, "utf8"));
  if (version !== PINNED.version) {
    fail(`${NAME} ${version} is installed, ${PINNED.version} is pinned here`);
  }
  const text = catalogue(await providers());
  if (!args.includes("--check")) {
    writeFileSync(OUT, text);
    return 0;
  }
  if (readFileSync(OUT, "utf8") === text) {
    return 0;
  }
  console.error("data/prices.txt is not what tools/price-book.mjs writes");
  return 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await main(process.argv.slice(2));
}
