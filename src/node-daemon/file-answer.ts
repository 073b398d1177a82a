// A file of a torrent as the answer to a request: whole or in part, as its bytes come. What is missing is fetched first, in
// order; who asks waits.

import { once } from 'node:events';
import { SwarmlineError } from '../core/errors.ts';
import type { LibraryTorrent } from '../daemon/library.ts';
import { rangeOf } from '../rpc/byte-range.ts';
import { entityTag, httpDate } from '../rpc/dav.ts';
import { mediaTypeOf } from '../rpc/media-type.ts';
import type { SessionFile } from '../session/session-file.ts';
import { fileSkipped } from '../session/torrent-streams.ts';
import type { Asked } from './http.ts';

/** @throws SwarmlineError `METHOD_NOT_ALLOWED`, `RANGE_NOT_SATISFIABLE`, `TORRENT_STOPPED`, `FILE_SKIPPED` */
export async function sendFile(asked: Asked, entry: LibraryTorrent, file: SessionFile): Promise<void> {
  const { method, fields, response } = asked;
  if (method !== 'GET' && method !== 'HEAD')
    throw new SwarmlineError('METHOD_NOT_ALLOWED', 'Files can be read, and nothing else: GET or HEAD.');
  const tag = entityTag(entry, file);
  const mayBePart = fields['if-range'] === undefined || fields['if-range'] === tag;
  const range = mayBePart ? rangeOf(fields['range'], file.length) : undefined;
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('etag', tag);
  response.setHeader('last-modified', httpDate(entry.torrent.totals().addedAt));
  response.setHeader('x-content-type-options', 'nosniff');
  // Nothing in it may run as a page of ours.
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; media-src 'self'; img-src 'self'; sandbox",
  );
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  if (fields['if-none-match']?.split(/\s*,\s*/).includes(tag)) {
    response.writeHead(304).end();
    return;
  }
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${file.length}`);
    throw new SwarmlineError(
      'RANGE_NOT_SATISFIABLE',
      `The file has ${file.length} bytes, and none of those that were asked for.`,
    );
  }
  const { start, end } = range ?? { start: 0, end: file.length };
  refuseWhatNeverComes(entry, file);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': mediaTypeOf(file.path.at(-1)!),
    'content-length': end - start,
    ...(range !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${file.length}` }),
  });
  if (method === 'HEAD' || start === end) response.end();
  else await stream(asked, file, start, end);
}

async function stream({ response }: Asked, file: SessionFile, start: number, end: number): Promise<void> {
  const controller = new AbortController();
  response.once('close', () => controller.abort(GONE));
  try {
    for await (const chunk of file.stream({ start, end, signal: controller.signal })) {
      if (response.write(chunk)) continue;
      await once(response, 'drain', { signal: controller.signal });
    }
    response.end();
  } catch (error) {
    // The head is sent: whoever reads must see that this is not the end of the file.
    response.destroy();
    if (!controller.signal.aborted && !(error instanceof SwarmlineError)) throw error;
  }
}

function refuseWhatNeverComes({ torrent }: LibraryTorrent, file: SessionFile): void {
  if (torrent.filePriorities?.[file.index] === 'skip' && !file.isComplete) throw fileSkipped();
  if (torrent.state !== 'paused' && torrent.state !== 'failed') return;
  if (torrent.state === 'paused' && file.isComplete) return;
  throw new SwarmlineError(
    'TORRENT_STOPPED',
    torrent.error?.message ?? 'The torrent is paused, and not all of this file is here: start it first.',
  );
}

const GONE = new Error('Whoever asked is gone.');
