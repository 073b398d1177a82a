import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import { ProtocolError } from '../errors.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import type { Message } from './message.ts';

describe('the decoder', () => {
  it('keeps the bytes of a message that straddles chunks from other decoders as long as they are lent', () => {
    const halves = [1, 2].map(value => {
      const encoder = new Encoder();
      encoder.piece(value, 0, new Uint8Array(16_384).fill(value));
      encoder.have(value);
      const bytes = concatBytes(encoder.take());
      return { value, decoder: new Decoder(), first: bytes.slice(0, 9000), second: bytes.slice(9000) };
    });
    for (let round = 0; round < 3; round++) {
      for (const { decoder, first } of halves) {
        decoder.push(first);
        expect(decoder.next()).toBeUndefined();
      }
      const lent = halves.map(({ decoder, second }) => {
        decoder.push(second);
        return decoder.next();
      });
      for (const [i, { value, decoder }] of halves.entries()) {
        const block = new Uint8Array(16_384).fill(value);
        const message = lent[i];
        expect(message?.type === 'piece' && equalBytes(message.block, block)).toBe(true);
        expect([decoder.next(), decoder.next()]).toEqual([{ type: 'have', piece: value }, undefined]);
      }
    }
  });

  it('reads back every message that the encoder writes', () => {
    const encoder = new Encoder();
    encoder.keepAlive();
    encoder.choke();
    encoder.unchoke();
    encoder.interested();
    encoder.notInterested();
    encoder.have(7);
    encoder.bitfield(new Uint8Array([0xa0, 1]));
    encoder.request(1, 16_384, 16_384);
    encoder.piece(1, 16_384, new Uint8Array([1, 2, 3]));
    encoder.cancel(1, 16_384, 16_384);
    encoder.reject(0xffff_ffff, 0, 5);
    encoder.port(6881);
    encoder.suggest(2);
    encoder.haveAll();
    encoder.haveNone();
    encoder.allowedFast(3);
    encoder.extended(1, new Uint8Array([9]));
    encoder.hashRequest(RANGE);
    encoder.hashReject(RANGE);
    encoder.hashes(RANGE, new Uint8Array(5 * 32).fill(3));
    expect(messagesOf(encoder.take())).toEqual([
      { type: 'keep-alive' },
      { type: 'choke' },
      { type: 'unchoke' },
      { type: 'interested' },
      { type: 'not-interested' },
      { type: 'have', piece: 7 },
      { type: 'bitfield', bytes: new Uint8Array([0xa0, 1]) },
      { type: 'request', piece: 1, begin: 16_384, length: 16_384 },
      { type: 'piece', piece: 1, begin: 16_384, block: new Uint8Array([1, 2, 3]) },
      { type: 'cancel', piece: 1, begin: 16_384, length: 16_384 },
      { type: 'reject', piece: 0xffff_ffff, begin: 0, length: 5 },
      { type: 'port', port: 6881 },
      { type: 'suggest', piece: 2 },
      { type: 'have-all' },
      { type: 'have-none' },
      { type: 'allowed-fast', piece: 3 },
      { type: 'extended', id: 1, payload: new Uint8Array([9]) },
      { type: 'hash-request', ...RANGE },
      { type: 'hash-reject', ...RANGE },
      { type: 'hashes', ...RANGE, hashes: new Uint8Array(5 * 32).fill(3) },
    ]);
  });

  it('gives the same messages however the bytes are split', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(400), { maxLength: 40 }), (encode, cuts) => {
        const encoder = new Encoder();
        for (const write of encode) write(encoder);
        const bytes = concatBytes(encoder.take());
        const positions = [...new Set(cuts.filter(cut => cut < bytes.length))].sort((a, b) => a - b);
        const chunks = [0, ...positions].map((from, i) => bytes.slice(from, positions[i] ?? bytes.length));
        expect(messagesOf(chunks)).toEqual(messagesOf([bytes]));
        expect(messagesOf(Array.from(bytes, byte => new Uint8Array([byte])))).toEqual(messagesOf([bytes]));
      }),
    );
  });

  it('lets nothing but ProtocolError out, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), chunks => {
        const short = chunks.map(chunk => {
          // Often a length that can be: otherwise nearly all input is refused at its first four bytes.
          const bytes = chunk.slice();
          if (bytes.length > 4) bytes.set([0, 0, 0, bytes[3]! & 31]);
          return bytes;
        });
        try {
          messagesOf(short);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives a block that lies whole in its chunk as a view of it', () => {
    const encoder = new Encoder();
    encoder.piece(0, 0, new Uint8Array(16_384));
    const chunk = concatBytes(encoder.take());
    const decoder = new Decoder();
    decoder.push(chunk);
    const message = decoder.next();
    expect(message?.type === 'piece' && message.block.buffer).toBe(chunk.buffer);
  });

  it.each([
    ['a length that no message has', [0x7f, 0, 0, 0], 'MESSAGE_TOO_LONG'],
    ['a request of a kilobyte and more', [0, 0, 8, 0, 6], 'MESSAGE_TOO_LONG'],
    ['a block longer than 128 KiB', [0, 2, 0, 10, 7], 'MESSAGE_TOO_LONG'],
    ['an extension message longer than 128 KiB', [0, 2, 0, 1, 20], 'MESSAGE_TOO_LONG'],
    ['a bitfield of more pieces than any torrent has', [0, 4, 0, 2, 5], 'MESSAGE_TOO_LONG'],
    ['a choke with a payload', [0, 0, 0, 2, 0, 0], 'MESSAGE_INVALID'],
    ['a have without a piece', [0, 0, 0, 1, 4], 'MESSAGE_INVALID'],
    ['a hash request without its numbers', [0, 0, 0, 33, 21, ...Array(32).fill(1)], 'MESSAGE_INVALID'],
    ['a hash request for no hashes', hashMessage(21, [0, 0, 0, 0]), 'HASHES_INVALID'],
    ['a hash request for three hashes', hashMessage(21, [0, 0, 3, 0]), 'HASHES_INVALID'],
    ['a hash request for 2^32 - 1 hashes', hashMessage(21, [0, 0, 0xffff_ffff, 0]), 'HASHES_INVALID'],
    ['a hash request that begins within its run', hashMessage(21, [0, 2, 4, 0]), 'HASHES_INVALID'],
    ['a hash request for a layer above all trees', hashMessage(21, [65, 0, 2, 0]), 'HASHES_INVALID'],
    ['a hash reject with more proof than trees are high', hashMessage(23, [0, 0, 2, 65]), 'HASHES_INVALID'],
    ['hashes that are none', hashMessage(22, [0, 0, 2, 0]), 'MESSAGE_INVALID'],
    ['hashes of which one is missing', hashMessage(22, [0, 0, 2, 0], 32), 'HASHES_INVALID'],
    ['hashes with an uncle too many', hashMessage(22, [0, 0, 4, 2], 6 * 32), 'HASHES_INVALID'],
    ['more hashes than are ever asked for', [0, 0, 0x80, 0, 22], 'MESSAGE_TOO_LONG'],
    ['a block without bytes', [0, 0, 0, 9, 7, 0, 0, 0, 0, 0, 0, 0, 0], 'MESSAGE_INVALID'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => messagesOf([new Uint8Array(bytes)])).toThrow(expect.objectContaining({ code }));
    expect(() => messagesOf(bytes.map(byte => new Uint8Array([byte])))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('takes no bitfield that is longer than the torrent has pieces, once they are known', () => {
    const decoder = new Decoder();
    decoder.piecesKnown(100_000);
    decoder.push(Uint8Array.of(0, 0, 0x30, 0xd5, 5));
    expect(decoder.next()).toBeUndefined();
    decoder.push(new Uint8Array(12_500));
    expect(decoder.next()?.type).toBe('bitfield');
    decoder.push(Uint8Array.of(0, 0, 0x30, 0xd6, 5));
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LONG' }));
  });

  it('skips kinds that it does not know', () => {
    expect(messagesOf([new Uint8Array([0, 0, 0, 3, 99, 1, 2, 0, 0, 0, 1, 1])])).toEqual([
      { type: 'unknown', id: 99, length: 3 },
      { type: 'unchoke' },
    ]);
  });
});

/** Copies what is lent. */
function messagesOf(chunks: readonly Uint8Array[]): Message[] {
  const decoder = new Decoder();
  const messages: Message[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
      if (message.type === 'piece') messages.push({ ...message, block: message.block.slice() });
      else if (message.type === 'bitfield') messages.push({ ...message, bytes: message.bytes.slice() });
      else if (message.type === 'hashes') messages.push({ ...message, hashes: message.hashes.slice() });
      else if (message.type === 'extended') messages.push({ ...message, payload: message.payload.slice() });
      else messages.push(message);
    }
  }
  return messages;
}

/** Pieces root, base layer, index, length, proof layers, and so many bytes of hashes. */
function hashMessage(id: number, numbers: readonly number[], hashes = 0): number[] {
  const bytes = Buffer.alloc(53 + hashes);
  bytes.writeUInt32BE(49 + hashes);
  bytes[4] = id;
  for (const [i, value] of numbers.entries()) bytes.writeUInt32BE(value, 37 + 4 * i);
  return [...bytes];
}

const RANGE = {
  piecesRoot: new Uint8Array(32).fill(7),
  baseLayer: 4,
  index: 512,
  length: 4,
  proofLayers: 2,
};
const number = fc.nat(0xffff);
const messages = fc.array(
  fc.oneof(
    fc.constant((encoder: Encoder) => encoder.keepAlive()),
    fc.constant((encoder: Encoder) => encoder.unchoke()),
    number.map(piece => (encoder: Encoder) => encoder.have(piece)),
    fc.tuple(number, number).map(
      ([piece, begin]) =>
        (encoder: Encoder) =>
          encoder.request(piece, begin, 16_384),
    ),
    fc.tuple(number, fc.uint8Array({ minLength: 1, maxLength: 200 })).map(
      ([piece, block]) =>
        (encoder: Encoder) =>
          encoder.piece(piece, 0, block),
    ),
    fc.tuple(fc.nat(6), fc.nat(9)).map(([power, proofLayers]) => (encoder: Encoder) => {
      const length = 2 ** power;
      const uncles = Math.max(0, proofLayers - power + 1);
      encoder.hashes({ ...RANGE, length, proofLayers }, new Uint8Array(32 * (length + uncles)));
    }),
    fc.uint8Array({ maxLength: 100 }).map(payload => (encoder: Encoder) => encoder.extended(3, payload)),
  ),
  { maxLength: 12 },
);
