// The HTTP server of the field, as a process of its own: one file, ranges of it too (BEP 19 asks for them). As fast as its
// line; counts the bytes of the file that it has sent.

import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { obey, tell } from './line-protocol.ts';
import { type OriginServerWish, readWish } from './peer-wish.ts';

const { path, address, port } = readWish() as OriginServerWish;
const { size } = statSync(path);
let uploaded = 0;

const server = createServer((request, response) => {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(size - 1, range?.[2] ? Number(range[2]) : size - 1);
  if (from > to) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  response.writeHead(range === null ? 200 : 206, {
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Length': to + 1 - from,
    ...(range !== null && { 'Content-Range': `bytes ${from}-${to}/${size}` }),
  });
  if (request.method === 'HEAD') response.end();
  else send(response, from, to);
});
server.keepAliveTimeout = 60_000;
server.listen(port, address, () => tell('ready'));
obey({ go: () => {}, leave: async () => ({ uploaded, downloaded: 0, wasted: 0, share: 1 }) });

function send(response: ServerResponse, start: number, end: number): void {
  const file = createReadStream(path, { start, end, highWaterMark: CHUNK });
  file.on('data', chunk => {
    uploaded += chunk.length;
  });
  response.once('close', () => file.destroy());
  file.pipe(response);
}

const CHUNK = 65_536;
