import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalBytes } from '../core/bytes/bytes.ts';
import { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import type { HttpStreamHandler, HttpStreamRequest } from '../host/http.ts';
import { type WantedBlock, type WebSeedFault, WebSeedFetch } from './web-seed-fetch.ts';

const BLOCK = 16_384;

/** Files one after the other, gaps between them where they are padded; byte `i` of file `f` is `f + i`. */
function setUp(lengths: readonly number[], padTo = 1) {
  let offset = 0;
  const files = lengths.map(length => {
    const file = { length, offset };
    offset = Math.ceil((offset + length) / padTo) * padTo;
    return file;
  });
  const layout = new Layout(files, 2 * BLOCK, { shortPieces: false, length: offset });
  const byteAt = (file: number, at: number) => (file + at + (at >> 8)) & 255;
  const space = new Uint8Array(offset);
  for (const [f, file] of files.entries())
    for (let i = 0; i < file.length; i++) space[file.offset + i] = byteAt(f, i);
  const requests: {
    request: HttpStreamRequest;
    handler: HttpStreamHandler;
    isClosed: boolean;
    isPaused: boolean;
  }[] = [];
  const blocks: { block: WantedBlock; bytes: Uint8Array }[] = [];
  const ends: (WebSeedFault | undefined)[] = [];
  const fetch = (from: number, to: number) => {
    const wanted: WantedBlock[] = [];
    for (let at = from; at < to; ) {
      const piece = Math.floor(at / (2 * BLOCK));
      const begin = at - piece * 2 * BLOCK;
      const length = layout.requestSize(piece, Math.floor(begin / BLOCK));
      // What is nothing but padding is asked of nobody.
      if (length > 0) wanted.push({ piece, begin, length, at });
      at = piece * 2 * BLOCK + begin + BLOCK;
    }
    const started = new WebSeedFetch(wanted, {
      stream: (request, handler) => {
        const asked = { request, handler, isClosed: false, isPaused: false };
        requests.push(asked);
        return {
          pause: () => {
            asked.isPaused = true;
          },
          resume: () => {
            asked.isPaused = false;
          },
          close: () => {
            asked.isClosed = true;
          },
        };
      },
      layout,
      fileLengths: lengths,
      urlOf: file => `http://seed/${file}`,
      publicOnly: false,
      userAgent: 'tester',
      onBlock: (block, bytes) => blocks.push({ block, bytes: bytes.slice() }),
      onEnd: fault => ends.push(fault),
    });
    started.start();
    return started;
  };
  /** Answers the last request as it should be, in parts of that length; `at` where it is to begin. */
  const answer = (partLength = 1e9, status = 206) => {
    const { request, handler } = requests.at(-1)!;
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers!['range']!)!;
    const file = Number(request.url.at(-1));
    const from = status === 206 ? Number(first) : 0;
    const to = status === 206 ? Number(last) : lengths[file]! - 1;
    const headers = status === 206 ? { 'content-range': `bytes ${first}-${last}/${lengths[file]}` } : {};
    handler.onHead(status, headers, request.url);
    const body = Uint8Array.from({ length: to - from + 1 }, (_, i) => byteAt(file, from + i));
    const asked = requests.at(-1);
    for (let at = 0; at < body.length && !asked!.isClosed; at += partLength)
      handler.onBytes(body.subarray(at, at + partLength));
    if (!asked!.isClosed) handler.onEnd();
  };
  const dataEnd = Math.max(...files.map(file => (file.length === 0 ? 0 : file.offset + file.length)));
  return { fetch, answer, requests, blocks, ends, space, dataEnd };
}

test('asks for one range, and cuts it into blocks as it comes', () => {
  const { fetch, answer, requests, blocks, ends, space } = setUp([100_000]);
  fetch(BLOCK, 4 * BLOCK);
  expect(requests).toMatchObject([
    { request: { headers: { range: 'bytes=16384-65535', 'user-agent': 'tester' } } },
  ]);
  answer(10_000);
  expect(blocks.map(({ block }) => [block.piece, block.begin])).toEqual([
    [0, BLOCK],
    [1, 0],
    [1, BLOCK],
  ]);
  for (const came of blocks) expect(isRight(came, space)).toBe(true);
  expect(ends).toEqual([undefined]);
});

test('asks each file for its part, one after the other', () => {
  const { fetch, answer, requests, blocks, ends } = setUp([10_000, 0, 3, 40_000]);
  fetch(0, 3 * BLOCK);
  answer();
  answer();
  answer();
  expect(requests.map(({ request }) => `${request.url} ${request.headers!['range']}`)).toEqual([
    'http://seed/0 bytes=0-9999',
    'http://seed/2 bytes=0-2',
    'http://seed/3 bytes=0-39148',
  ]);
  expect(blocks).toHaveLength(3);
  expect(ends).toEqual([undefined]);
});

test('padding between files is asked of nobody, and is zeros', () => {
  const { fetch, answer, requests, blocks, space } = setUp([10_000, 20_000], 2 * BLOCK);
  fetch(0, 2 * BLOCK);
  fetch(2 * BLOCK, 4 * BLOCK);
  expect(requests.map(({ request }) => request.url)).toEqual(['http://seed/0', 'http://seed/1']);
  answer();
  for (const came of blocks) expect(isRight(came, space)).toBe(true);
});

test('whatever parts the bytes come in, the blocks are the same', () => {
  const cases = fc.record({
    lengths: fc.array(fc.nat(50_000), { minLength: 1, maxLength: 6 }),
    padTo: fc.constantFrom(1, 2 * BLOCK),
    part: fc.integer({ min: 1, max: 40_000 }),
    from: fc.nat(3),
  });
  fc.assert(
    fc.property(cases, ({ lengths, padTo, part, from }) => {
      const { fetch, answer, requests, blocks, ends, space, dataEnd } = setUp(lengths, padTo);
      const end = Math.floor(space.length / BLOCK) * BLOCK;
      fc.pre(from * BLOCK < Math.min(end, dataEnd));
      const started = { blocksAsked: fetch(from * BLOCK, end).blocksLeft + blocks.length };
      for (let i = 0; i < lengths.length && ends.length === 0; i++) answer(Math.max(part, 500));
      expect(ends).toEqual([undefined]);
      expect(requests.every(({ isClosed }) => !isClosed)).toBe(true);
      for (const came of blocks) expect(isRight(came, space)).toBe(true);
      expect(blocks.length).toBe(started.blocksAsked);
    }),
    { numRuns: 40 },
  );
});

test('a whole file in place of the whole range is as good; in place of a part it says what the server is', () => {
  const all = setUp([4 * BLOCK]);
  all.fetch(0, 4 * BLOCK);
  all.answer(10_000, 200);
  expect(all.blocks).toHaveLength(4);
  expect(all.ends).toEqual([undefined]);

  const part = setUp([400_000]);
  part.fetch(2 * BLOCK, 4 * BLOCK);
  part.answer(10_000, 200);
  expect(part.requests[0]!.isClosed).toBe(true);
  expect(part.blocks).toEqual([]);
  expect(part.ends).toMatchObject([
    { kind: 'whole', sentence: 'http://seed/0: the server gives no ranges, only the whole file.' },
  ]);
});

test.each([
  [
    206,
    { 'content-range': 'bytes 0-16383/100001' },
    'wrong',
    'has 100001 bytes, not 100000: it is another one.',
  ],
  [206, { 'content-range': 'bytes 1-16384/100000' }, 'wrong', 'gives another range than it was asked for.'],
  [206, {}, 'wrong', 'gives another range than it was asked for.'],
  [200, { 'content-length': '5' }, 'wrong', 'has 5 bytes, not 100000: it is another one.'],
  [416, {}, 'wrong', 'has fewer bytes, not 100000: it is another one.'],
  [404, {}, 'missing', 'the file is not there (HTTP status 404).'],
  [403, {}, 'later', 'the server answers with HTTP status 403.'],
  [503, { 'retry-after': 'soon' }, 'later', 'the server answers with HTTP status 503.'],
])('an answer with status %i and %j is %s', (status, headers, kind, sentence) => {
  const { fetch, requests, ends } = setUp([100_000]);
  fetch(0, BLOCK);
  const { handler } = requests[0]!;
  handler.onHead(status, headers, 'http://seed/0');
  expect(ends).toMatchObject([{ kind, sentence: expect.stringContaining(sentence) }]);
  expect(requests[0]!.isClosed).toBe(true);
  handler.onBytes(new Uint8Array(BLOCK));
  handler.onEnd();
  expect(ends).toHaveLength(1);
});

test('says how long a busy server wants to be left alone', () => {
  const { fetch, requests, ends } = setUp([100_000]);
  fetch(0, BLOCK);
  requests[0]!.handler.onHead(429, { 'retry-after': '90' }, 'http://seed/0');
  expect(ends).toMatchObject([{ kind: 'later', retryAfterMs: 90_000 }]);
});

test('an answer that ends early, or is broken off, is to be tried again', () => {
  const short = setUp([100_000]);
  short.fetch(0, BLOCK);
  const { handler } = short.requests[0]!;
  handler.onHead(206, { 'content-range': 'bytes 0-16383/100000' }, '');
  handler.onBytes(new Uint8Array(10));
  handler.onEnd();
  expect(short.ends).toMatchObject([
    { kind: 'later', sentence: 'The web seed gives less than it was asked for.' },
  ]);

  const broken = setUp([100_000]);
  broken.fetch(0, BLOCK);
  broken.requests[0]!.handler.onEnd(new SwarmlineError('HTTP_FAILED', 'seed: the connection was refused.'));
  expect(broken.ends).toMatchObject([{ kind: 'later', sentence: 'seed: the connection was refused.' }]);
});

test('pauses and ends what is under way', () => {
  const { fetch, requests, ends } = setUp([100_000]);
  const started = fetch(0, BLOCK);
  started.pause();
  expect(requests[0]!.isPaused).toBe(true);
  started.resume();
  expect(requests[0]!.isPaused).toBe(false);
  started.close();
  expect(requests[0]!.isClosed).toBe(true);
  requests[0]!.handler.onEnd();
  expect(ends).toEqual([]);
});

function isRight({ block, bytes }: { block: WantedBlock; bytes: Uint8Array }, space: Uint8Array): boolean {
  return equalBytes(bytes, space.subarray(block.at, block.at + block.length));
}
