import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import { FrameReader } from './ws-frames.ts';

/** A client's frame, with its mask. */
function frame(
  first: number,
  payload: Uint8Array | string,
  key: readonly number[] = [1, 2, 3, 4],
): Uint8Array {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const { length } = bytes;
  const head =
    length < 126
      ? [first, 0x80 | length]
      : length < 65_536
        ? [first, 0xfe, length >> 8, length & 255]
        : [first, 0xff, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  return new Uint8Array([...head, ...key, ...bytes.map((byte, i) => byte ^ key[i & 3]!)]);
}

function read(pieces: readonly Uint8Array[], maxMessage = 100_000): string[] {
  const reader = new FrameReader(maxMessage);
  const said: string[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const sink = {
    message: (bytes: Uint8Array, isText: boolean) => said.push(`${isText ? 'text' : 'bytes'} ${text(bytes)}`),
    ping: (bytes: Uint8Array) => said.push(`ping ${text(bytes)}`),
    pong: () => said.push('pong'),
    closed: (status: number | undefined) => said.push(`closed ${status}`),
  };
  for (const piece of pieces) reader.read(piece.slice(), sink);
  return said;
}

const conversation = concatBytes([
  frame(0x81, 'one'),
  frame(0x82, 'two', [0, 255, 7, 9]),
  frame(0x01, 'a message '),
  frame(0x89, 'still there?'),
  frame(0x00, 'in three '),
  frame(0x8a, ''),
  frame(0x80, 'parts'),
  frame(0x81, 'x'.repeat(300)),
  frame(0x81, 'y'.repeat(70_000)),
  frame(0x81, ''),
  frame(0x88, new Uint8Array([3, 232])),
  frame(0x81, 'too late'),
]);
const told = [
  ...['text one', 'bytes two', 'ping still there?', 'pong', 'text a message in three parts'],
  ...[`text ${'x'.repeat(300)}`, `text ${'y'.repeat(70_000)}`, 'text ', 'closed 1000'],
];

test('reads messages, whole and in parts, with control frames between', () => {
  expect(read([conversation])).toEqual(told);
});

test('any cut gives the same', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(conversation.length), { maxLength: 12 }), cuts => {
      const places = [0, ...cuts.sort((a, b) => a - b), conversation.length];
      const pieces = places.slice(1).map((end, i) => conversation.subarray(places[i]!, end));
      expect(read(pieces)).toEqual(told);
    }),
    { numRuns: 40 },
  );
  const short = conversation.subarray(0, 120);
  expect(read([...short].map(byte => new Uint8Array([byte])))).toEqual(read([short]));
});

test.each([
  ['no mask', new Uint8Array([0x81, 1, 65])],
  ['an extension', frame(0xc1, 'x')],
  ['an unknown kind', frame(0x83, 'x')],
  ['an unknown control frame', frame(0x8b, 'x')],
  ['a control frame in parts', frame(0x09, 'x')],
  ['a long control frame', frame(0x89, 'x'.repeat(126))],
  ['the rest of nothing', frame(0x80, 'x')],
  ['a message within a message', concatBytes([frame(0x01, 'x'), frame(0x81, 'y')])],
  ['a length in too many bytes', new Uint8Array([0x81, 0xfe, 0, 5, 0, 0, 0, 0])],
  ['a length in far too many bytes', new Uint8Array([0x81, 0xff, 0, 0, 0, 0, 0, 0, 1, 0])],
  ['half a status', frame(0x88, 'x')],
])('refuses %s', (_, bytes) => {
  expect(() => read([bytes])).toThrow(expect.objectContaining({ code: 'WS_FRAME_INVALID' }));
});

test.each([
  ['a message', [frame(0x81, 'x'.repeat(200)).subarray(0, 8)]],
  ['parts of one', [frame(0x01, 'x'.repeat(60)), frame(0x80, 'x'.repeat(60))]],
  ['parts without end', Array.from({ length: 300 }, (_, i) => frame(i === 0 ? 0x01 : 0x00, ''))],
  ['a length of another world', [new Uint8Array([0x81, 0xff, 1, 0, 0, 0, 0, 0, 0, 0])]],
])('refuses %s beyond the limit as soon as it is known', (_, pieces) => {
  expect(() => read(pieces, 100)).toThrow(expect.objectContaining({ code: 'WS_MESSAGE_TOO_LONG' }));
});

test('any length is unmasked, wherever it lies', () => {
  for (let length = 0; length < 300; length += 1) {
    const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(12).slice(0, length);
    const before = frame(0x81, 'x'.repeat(length % 7), [9, 8, 7, 6]);
    expect(read([concatBytes([before, frame(0x81, text, [0x80, 0xff, 3, 200])])])).toEqual([
      `text ${'x'.repeat(length % 7)}`,
      `text ${text}`,
    ]);
  }
});

test("reads a server's frames, which have no mask, and refuses a client's there", () => {
  const said: string[] = [];
  const sink = {
    message: (bytes: Uint8Array) => said.push(new TextDecoder().decode(bytes)),
    ping: (bytes: Uint8Array) => said.push(`ping ${bytes.length}`),
    pong: () => {},
    closed: () => {},
  };
  const long = 'y'.repeat(300);
  const frames = [0x81, 3, ...Buffer.from('one'), 0x89, 0, 0x81, 126, 1, 44, ...Buffer.from(long)];
  const reader = new FrameReader(1_000, 'server');
  for (const byte of frames) reader.read(new Uint8Array([byte]), sink);
  expect(said).toEqual(['one', 'ping 0', long]);
  expect(() => reader.read(frame(0x81, 'masked'), sink)).toThrow(
    expect.objectContaining({ code: 'WS_FRAME_INVALID' }),
  );
});
