// One that fetches the whole file from the field's HTTP server, as a process of its own, and gives nothing.

import { createWriteStream } from 'node:fs';
import { get } from 'node:http';
import { fail, obey, tell } from './line-protocol.ts';
import { type OriginClientWish, readWish } from './peer-wish.ts';

const { url, path, length, pieceLength } = readWish() as OriginClientWish;
let downloaded = 0;

obey({ go, leave: async () => ({ uploaded: 0, downloaded, wasted: 0, share: downloaded / length }) });
tell('ready');

function go(): void {
  const request = get(url, response => {
    if (response.statusCode !== 200) fail(`${url} answers with ${response.statusCode}`);
    const file = createWriteStream(path);
    response.on('data', (chunk: Buffer) => {
      if (downloaded < pieceLength && downloaded + chunk.length >= pieceLength) tell('first');
      downloaded += chunk.length;
    });
    response.on('error', error => fail(error.message));
    file.on('error', error => fail(error.message));
    file.on('finish', () => {
      if (downloaded === length) tell('done');
      else fail(`${url} ended after ${downloaded} of ${length} bytes`);
    });
    response.pipe(file);
  });
  request.on('error', error => fail(error.message));
}
