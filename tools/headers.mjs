#!/usr/bin/env node
// Every header of src/ compiles alone, as the files of its room do: whoever
// includes it need not know what it needs.
//   node tools/headers.mjs BUILD     exit 1 when one does not
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const build = process.argv[2];
if (!build) {
  console.error("usage: headers.mjs BUILD");
  process.exit(2);
}
process.chdir(new URL("..", import.meta.url).pathname);

const roomOf = (path) => /(?:^|\/)src\/(\w+)\//.exec(path)?.[1];

// How each room is compiled: the command of its first C file, up to its output.
const commands = new Map();
const units = readFileSync(join(build, "compile_commands.json"), "utf8");
for (const { file, command } of JSON.parse(units)) {
  // What the build itself made is compiled in another way.
  const room = file.startsWith("src/") ? undefined : roomOf(file);
  if (room && file.endsWith(".c") && !commands.has(room)) {
    commands.set(room, command.replace(/ -MD .*$/, ""));
  }
}

function trouble(header) {
  const command = commands.get(roomOf(header));
  if (!command) return "its room has no file in the build";
  const alone = spawnSync("sh", ["-c", `${command} -fsyntax-only -x c -`], {
    cwd: build,
    // A header of macros alone is no unit to the standard.
    input: `#include "${header.slice("src/".length)}"\ntypedef int unit;\n`,
    encoding: "utf8",
  });
  return alone.status === 0 ? null : alone.stderr;
}

let broken = 0;
for (const name of readdirSync("src", { recursive: true }).sort()) {
  if (!name.endsWith(".h")) continue;
  const words = trouble(`src/${name}`);
  if (words === null) continue;
  console.log(`src/${name} does not compile alone:\n${words}`);
  broken++;
}
process.exitCode = broken === 0 ? 0 : 1;
