#!/usr/bin/env node
// Puts a text file into the program: writes C that defines
// `const struct str NAME` with the bytes of the file.
//
//   node tools/embed-text.mjs NAME FILE OUT.c
//
// As numbers, because a string literal may have no more than 4,095 bytes in
// portable C.  ASCII only, so that a char holds each of them on any machine.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const PER_LINE = 20;

const [name, file, out] = process.argv.slice(2);
if (!out || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error("usage: embed-text.mjs NAME FILE OUT.c");
  process.exit(2);
}
const bytes = readFileSync(file);
const odd = bytes.findIndex((byte) => byte === 0 || byte > 126);
if (odd >= 0) {
  console.error(`${file}: byte ${odd} is no ASCII text`);
  process.exit(1);
}
const lines = [];
for (let at = 0; at < bytes.length; at += PER_LINE) {
  lines.push(`    ${[...bytes.subarray(at, at + PER_LINE)].join(",")},`);
}
writeFileSync(out, `/* Written by tools/embed-text.mjs from ${basename(file)}. */
#include "base/str.h"

extern const struct str ${name};

static const char bytes[${bytes.length}] = {
${lines.join("\n")}
};

const struct str ${name} = {.p = bytes, .n = ${bytes.length}};
`);
