// Receivers of messages, as far as toll speaks with them: one HTTP server that
// is Slack, Teams, PagerDuty and webhooks by its paths, and a mail server.
// What they took in, they keep in `taken`; what they do with a message is told
// by `act`, which gets the message and how many were seen before it.
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

function listening(server, port) {
  return new Promise((resolve) =>
    server.listen(port, "127.0.0.1", () => resolve(server.address().port)));
}

/**
 * act(message, n) gives {status, headers, text, ms (before the answer), cut
 * (hang up instead of answering, the message not taken)}; nothing: 200.
 */
export async function httpReceiver(t, { act = () => ({}), port = 0 } = {}) {
  const r = { taken: [], seen: [], act };
  const server = createServer((req, res) => {
    let text = "";
    req.setEncoding("utf8");
    req.on("data", (d) => (text += d));
    req.on("error", () => {});
    req.on("end", async () => {
      const m = { path: req.url, headers: req.headers, text };
      const { status = 200, headers = {}, text: says = "ok", ms = 0, cut } =
        r.act(m, r.seen.length) ?? {};
      r.seen.push(m);
      if (status < 300 && !cut) r.taken.push(m);
      await sleep(ms);
      if (cut) return req.socket.resetAndDestroy();
      res.writeHead(status, headers).end(says);
    });
  });
  server.on("clientError", () => {});
  r.port = await listening(server, port);
  r.url = `http://127.0.0.1:${r.port}`;
  r.close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  t.after(r.close);
  return r;
}

/** act(message, n) gives {code, ms, cut}; nothing: 250. */
export async function mailReceiver(t, { act = () => ({}), login } = {}) {
  const r = { taken: [], seen: [], act };
  const sockets = new Set();
  const server = createTcpServer((socket) => {
    const say = (line) => socket.writable && socket.write(`${line}\r\n`);
    let buffer = "";
    let mail = {};
    let data = null; // the lines of a message
    let authenticated = !login;
    let isLogin = false; // the next line is what AUTH asked for
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const ended = async () => {
      const m = { ...mail, text: data.join("\r\n") };
      data = null;
      const { code = 250, ms = 0, cut } = r.act(m, r.seen.length) ?? {};
      r.seen.push(m);
      if (code < 300 && !cut) r.taken.push(m);
      await sleep(ms);
      if (cut) socket.resetAndDestroy();
      else say(code === 250 ? "250 2.0.0 taken" : `${code} not now`);
    };
    const onLine = (line) => {
      if (data) {
        if (line === ".") return void ended();
        data.push(line.startsWith(".") ? line.slice(1) : line);
        return;
      }
      const word = line.slice(0, 4).toUpperCase();
      if (word === "EHLO") {
        say("250-mock");
        say(login ? "250 AUTH PLAIN" : "250 8BITMIME");
      } else if (word === "AUTH" && !line.includes(" ", 5)) {
        isLogin = true;
        say("334 ");
      } else if (word === "AUTH" || isLogin) {
        const given = Buffer.from(line.split(" ").at(-1), "base64").toString();
        isLogin = false;
        authenticated = given === `\0${login.user}\0${login.password}`;
        say(authenticated ? "235 welcome" : "535 5.7.8 who are you");
      } else if (word === "MAIL") {
        mail = { from: line, to: [] };
        say(authenticated ? "250 ok" : "530 log in first");
      } else if (word === "RCPT") {
        mail.to.push(line);
        say("250 ok");
      } else if (word === "DATA") {
        data = [];
        say("354 go on");
      } else if (word === "QUIT") {
        say("221 bye");
        socket.end();
      } else {
        say("250 ok");
      }
    };
    socket.on("data", (d) => {
      buffer += d.toString("latin1");
      for (let at = buffer.indexOf("\r\n"); at >= 0; at = buffer.indexOf("\r\n")) {
        const line = buffer.slice(0, at);
        buffer = buffer.slice(at + 2);
        onLine(line);
      }
    });
    say("220 mock ESMTP");
  });
  r.port = await listening(server, 0);
  r.url = `smtp://127.0.0.1:${r.port}`;
  r.close = () => {
    for (const s of sockets) s.destroy();
    return new Promise((done) => server.close(done));
  };
  t.after(r.close);
  return r;
}

/** The headers of a mail, unfolded, and its parts by type, decoded. */
export function readMail(text) {
  const [head, ...rest] = text.split("\r\n\r\n");
  const headers = Object.fromEntries(head.replace(/\r\n[ \t]/g, " ").split("\r\n")
    .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]));
  const boundary = /boundary="([^"]+)"/.exec(headers["content-type"])[1];
  const parts = {};
  for (const part of rest.join("\r\n\r\n").split(`--${boundary}`).slice(0, -1)) {
    const [about, body] = part.trim().split("\r\n\r\n");
    const type = /content-type: ([^;]+)/i.exec(about)?.[1];
    if (type) parts[type] = Buffer.from(body, "base64").toString();
  }
  return { headers, parts };
}

const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** `day` and `at` of a review, in UTC, that is due in `seconds` from now. */
export function dueIn(seconds) {
  const when = new Date(Date.now() + seconds * 1000);
  return `{day: ${days[when.getUTCDay()]}, at: "${when.toISOString().slice(11, 19)}"`;
}

/** "2026-W47", the last week that was complete at that moment. */
export function lastWeek(at = Date.now()) {
  const day = Math.floor(at / 864e5);
  const monday = day - ((day + 3) % 7) - 7;
  const thursday = new Date((monday + 3) * 864e5);
  const year = thursday.getUTCFullYear();
  const n = Math.floor((monday + 3 - Date.UTC(year, 0, 1) / 864e5) / 7) + 1;
  return `${year}-W${String(n).padStart(2, "0")}`;
}
