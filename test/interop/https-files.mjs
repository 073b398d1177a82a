// Files by HTTPS, in ranges, as a web seed gives them: `node https-files.mjs CERT KEY HOST PORT FOLDER`.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { basename, join } from 'node:path';

const [cert, key, host, port, folder] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const bytes = readFileSync(join(folder, basename(request.url)));
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) {
    response.end(bytes);
    return;
  }
  const last = Math.min(Number(to), bytes.length - 1);
  response.writeHead(206, { 'content-range': `bytes ${from}-${last}/${bytes.length}` });
  response.end(bytes.subarray(Number(from), last + 1));
});
server.listen(Number(port), host, () => process.stdout.write('ready\n'));
