// Both ends of Message Stream Encryption, joined in memory: what one takes, the other is pushed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import { type Random, seededRandom } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import { type MseAnswerOptions, type MseDialOptions, MseHandshake, type MseResult } from './mse.ts';
import { torrentMark } from './mse-keys.ts';

const INFO_HASH = new Uint8Array(20).fill(7);
const MARK = torrentMark(INFO_HASH);
const infoHashOf = (mark: Uint8Array) => (equalBytes(mark, MARK) ? INFO_HASH : undefined);

describe('the two ends', () => {
  it.each([
    ['RC4 where the dialler offers that alone', ['rc4'], ['plaintext', 'rc4'], 'rc4'],
    ['plaintext where the dialler offers that alone', ['plaintext'], ['rc4', 'plaintext'], 'plaintext'],
    ['what the answerer likes better', ['plaintext', 'rc4'], ['rc4', 'plaintext'], 'rc4'],
    ['what the answerer likes better', ['rc4', 'plaintext'], ['plaintext', 'rc4'], 'plaintext'],
  ] as const)('agree on %s', (_, offered, taken, method) => {
    const { dialled, answered } = shake({ methods: offered }, { methods: taken });
    expect([dialled.method, answered.method]).toEqual([method, method]);
    expect(answered.infoHash).toEqual(INFO_HASH);
    expect(dialled.outgoing === undefined).toBe(method === 'plaintext');
  });

  it('understand each other however the bytes are cut and however long the padding is', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(0, 1, 512, undefined),
        fc.constantFrom(1, 7, 96, 600, 5000),
        fc.constantFrom('rc4' as const, 'plaintext' as const),
        (seed, padLength, most, method) => {
          const random = padLength === undefined ? seededRandom(seed) : paddedBy(padLength, seed);
          const ends = shake({ methods: [method], random }, { random }, most);
          expect(ends.heardFirst).toEqual(INITIAL);
          exchange(ends);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('hold the payload that comes in one chunk with the handshake', () => {
    const dialling = MseHandshake.dial(dialOptions());
    const answering = MseHandshake.answer(answerOptions());
    answering.push(dialling.take());
    dialling.push(answering.take());
    const answered = answering.push(concatBytes([dialling.take(), new Uint8Array(0)]))!;
    const payload = new Uint8Array(3000).fill(3);
    const sent = payload.slice();
    answered.outgoing!.apply(sent, sent);
    const dialled = dialling.push(concatBytes([answering.take(), sent]))!;
    const rest = dialled.rest.slice();
    dialled.incoming.decipher(rest);
    expect(rest).toEqual(payload);
  });

  it('say no word twice alike', () => {
    const random = seededRandom(3);
    const [first, second] = [1, 2].map(() => MseHandshake.dial(dialOptions({ random })).take());
    expect(equalBytes(first!.subarray(0, 96), second!.subarray(0, 96))).toBe(false);
  });
});

describe('the end that answers', () => {
  it('refuses a torrent that is not here', () => {
    expect(() => shake({ infoHash: new Uint8Array(20).fill(8) }, {})).toThrow(
      expect.objectContaining({ code: 'TORRENT_UNKNOWN' }),
    );
  });

  it('refuses what it does not take, and an end that offers nothing', () => {
    for (const methods of [['plaintext'], []] as const) {
      expect(() => shake({ methods }, { methods: ['rc4'] })).toThrow(
        expect.objectContaining({ code: 'ENCRYPTION_REFUSED' }),
      );
    }
  });

  it('says nothing before it has a key that is one', () => {
    const answering = MseHandshake.answer(answerOptions());
    expect(answering.push(new Uint8Array(95))).toBeUndefined();
    expect(() => answering.push(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'ENCRYPTION_INVALID' }),
    );
    expect(answering.take()).toHaveLength(0);
  });

  it('looks for the beginning in 512 bytes of padding and no further', () => {
    for (const [padLength, isFound] of [
      [512, true],
      [513, false],
    ] as const) {
      const dialling = MseHandshake.dial(dialOptions({ random: paddedBy(0, 1) }));
      const answering = MseHandshake.answer(answerOptions());
      answering.push(dialling.take());
      dialling.push(answering.take());
      const next = concatBytes([new Uint8Array(padLength), dialling.take()]);
      if (isFound) expect(answering.push(next)?.method).toBe('rc4');
      else expect(() => answering.push(next)).toThrow(ProtocolError);
    }
  });
});

describe('the end that dialled', () => {
  it('refuses a choice that it did not offer', () => {
    // The answering end is told that both were offered, by a bit that is flipped on the way: RC4 changes no place.
    const dialling = MseHandshake.dial(dialOptions({ methods: ['rc4'], random: paddedBy(0, 1) }));
    const answering = MseHandshake.answer(answerOptions({ methods: ['plaintext'], random: paddedBy(0, 2) }));
    answering.push(dialling.take());
    dialling.push(answering.take());
    const third = dialling.take();
    third[20 + 20 + 8 + 3]! ^= 1;
    answering.push(third);
    expect(() => dialling.push(answering.take())).toThrow(
      expect.objectContaining({ code: 'ENCRYPTION_REFUSED' }),
    );
  });

  it('looks for the beginning in 512 bytes of padding and no further', () => {
    const dialling = MseHandshake.dial(dialOptions());
    const answering = MseHandshake.answer(answerOptions({ random: paddedBy(0, 2) }));
    answering.push(dialling.take());
    dialling.push(answering.take());
    expect(dialling.push(new Uint8Array(519))).toBeUndefined();
    expect(() => dialling.push(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'ENCRYPTION_INVALID' }),
    );
  });
});

describe('hostile bytes', () => {
  it('in any place of a conversation let nothing but ProtocolError out', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(3),
        fc.nat(2000),
        fc.integer({ min: 1, max: 255 }),
        (seed, turn, at, flip) => {
          let turns = 0;
          const twisted = (bytes: Uint8Array) => {
            if (turns++ === turn && bytes.length > 0) bytes[at % bytes.length]! ^= flip;
            return bytes;
          };
          try {
            shake({ random: seededRandom(seed) }, { random: seededRandom(seed + 1) }, 5000, twisted);
          } catch (error) {
            if (error !== INCOMPLETE) expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

interface Ends {
  readonly dialled: MseResult;
  readonly answered: MseResult;
  /** What came of the payload with the answerer's last chunk and after. */
  readonly heardFirst: Uint8Array;
}

/** Lets both ends come to their end, in chunks of `most` bytes. */
function shake(
  dial: Partial<MseDialOptions>,
  answer: Partial<MseAnswerOptions>,
  most = 5000,
  onTheWay = (bytes: Uint8Array) => bytes,
): Ends {
  const dialling = MseHandshake.dial(dialOptions(dial));
  const answering = MseHandshake.answer(answerOptions(answer));
  let dialled: MseResult | undefined;
  let answered: MseResult | undefined;
  const heard: Uint8Array[] = [];
  const take = (result: MseResult, bytes: Uint8Array) => {
    const copy = bytes.slice();
    result.incoming.decipher(copy);
    heard.push(copy);
  };
  for (let round = 0; round < 3; round++) {
    for (const chunk of chunksOf(onTheWay(dialling.take()), most)) {
      if (answered === undefined) {
        answered = answering.push(chunk);
        if (answered !== undefined) take(answered, answered.rest);
      } else take(answered, chunk);
    }
    for (const chunk of chunksOf(onTheWay(answering.take()), most)) dialled = dialling.push(chunk);
  }
  if (dialled === undefined || answered === undefined) throw INCOMPLETE;
  return { dialled, answered, heardFirst: concatBytes(heard) };
}

/** Payload goes both ways, as it was. */
function exchange({ dialled, answered }: Ends): void {
  for (const [from, to] of [
    [dialled, answered],
    [answered, dialled],
  ] as const) {
    for (const length of [1, 100, 20_000]) {
      const bytes = new Uint8Array(length).fill(length);
      from.outgoing?.apply(bytes, bytes);
      to.incoming.decipher(bytes);
      expect(bytes.every(byte => byte === length % 256)).toBe(true);
    }
  }
}

function dialOptions(options: Partial<MseDialOptions> = {}): MseDialOptions {
  return {
    infoHash: INFO_HASH,
    methods: ['rc4'],
    initialPayload: INITIAL,
    random: seededRandom(1),
    ...options,
  };
}

function answerOptions(options: Partial<MseAnswerOptions> = {}): MseAnswerOptions {
  return { methods: ['rc4', 'plaintext'], infoHashOf, random: seededRandom(2), ...options };
}

/** Padding is always as long as that. */
function paddedBy(length: number, seed: number): Random {
  const random = seededRandom(seed);
  return { below: () => length, fill: bytes => random.fill(bytes) };
}

function chunksOf(bytes: Uint8Array, most: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += most) chunks.push(bytes.slice(at, at + most));
  return chunks;
}

const INITIAL = new Uint8Array(68).fill(0x42);
const INCOMPLETE = new Error('The handshake has not come to its end.');
