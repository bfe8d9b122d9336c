// A provider over TLS, with HTTP/2 as they have it, whose streams say one event
// and then nothing:
//   gateway-tls.mjs PORT KEY CERT

import fs from 'node:fs';
import http2 from 'node:http2';

const EVENT = {
    object: 'chat.completion.chunk',
    model: 'gpt-4o-mini-2024-07-18',
    sent: 0,
    choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }],
    usage: null,
};

const [port, key, cert] = process.argv.slice(2);
let n = 0;

const server = http2.createSecureServer(
    { key: fs.readFileSync(key), cert: fs.readFileSync(cert) },
    (request, response) => {
        request.resume();
        request.once('end', () => {
            const event = { id: `chatcmpl-${n++}`, ...EVENT };
            response.writeHead(200, { 'Content-Type': 'text/event-stream' });
            response.write(`data: ${JSON.stringify(event)}\n\n`);
        });
    }
);
server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 }, () =>
    console.log('ready')
);
