// A provider that is not one: an HTTP server on loopback that answers as the
// test says and remembers what it was asked, byte for byte.
import { once } from "node:events";
import http from "node:http";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { get, serve, until } from "./toll.mjs";

/** A running server: {url, port, calls}.  `answer(req, res, body)` answers. */
export async function provider(t, answer) {
  const calls = [];
  const server = http.createServer(async (req, res) => {
    const pieces = [];
    try {
      for await (const piece of req) pieces.push(piece);
    } catch {
      return; // toll hung up
    }
    const body = Buffer.concat(pieces);
    const call = {
      method: req.method, url: req.url, raw: req.rawHeaders,
      headers: req.headers, body: body.toString(), ended: false,
    };
    res.on("close", () => (call.ended = true));
    calls.push(call);
    await answer(req, res, call);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => (server.closeAllConnections(), server.close()));
  const { port } = server.address();
  return { port, url: `http://127.0.0.1:${port}`, calls, server };
}

/** toll with these upstreams, {name: {url, ...}}, in a directory of its own. */
export async function tollBefore(t, dir, upstreams, listen) {
  const file = join(dir, "toll.yaml");
  writeFileSync(file, JSON.stringify({ upstreams }));
  return serve(t, dir, ["--config", file], listen);
}

/** The ledger's events, oldest first, once there are `n`. */
export async function events(toll, n) {
  const all = () => get(toll.url, "/api/events?range=all&where=environment:*&limit=1000");
  let last;
  await until(async () => {
    last = await all();
    return last.json.events.length >= n;
  }, `${n} events`).catch((e) => {
    throw new Error(`${e.message}: ${last.text}\n${toll.log()}`);
  });
  return last.json.events.toReversed();
}
