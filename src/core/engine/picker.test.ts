import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../bytes/bitfield.ts';
import { seededRandom } from '../bytes/prng.ts';
import { Layout } from '../metainfo/layout.ts';
import { NOT_FRUITLESS, Picker, type PickingPeer } from './picker.ts';
import { RECEIVED } from './piece-buffer.ts';

const BLOCK = 16_384;

interface TestPeer extends PickingPeer {
  outstandingCount: number;
}

/** `availability`: a digit a piece. `have`: `*` what we have, `-` what we do not want. Pieces of four blocks. */
function setUp(
  availability: string,
  have = '',
  options: { randomFirstPieces?: number; buffers?: number; maxPartialBytes?: number } = {},
): Picker {
  const count = availability.length;
  const layout = new Layout([{ length: count * 4 * BLOCK, offset: 0 }], 4 * BLOCK, { shortPieces: false });
  const field = new Bitfield(count);
  const wanted = Bitfield.full(count);
  for (const [piece, letter] of [...have].entries()) {
    if (letter === '*') field.add(piece);
    if (letter === '-') wanted.delete(piece);
  }
  const priorities = Uint8Array.from({ length: count }, (_, piece) => (wanted.has(piece) ? 2 : 0));
  let buffers = options.buffers ?? 100;
  const picker = new Picker(
    { layout, have: field, priorities, randomFirstPieces: 0, ...options },
    {
      random: seededRandom(7),
      lend: () => (buffers-- > 0 ? new Uint8Array(4 * BLOCK) : undefined),
      giveBack: () => void buffers++,
    },
  );
  picker.peerCount = 100;
  for (const [piece, digit] of [...availability].entries()) {
    for (let i = 0; i < Number(digit); i++) picker.rarity.rose(piece);
  }
  return picker;
}

function peer(number: number, pieces = '********************'): TestPeer {
  return {
    number,
    canGive: piece => pieces[piece] === '*',
    outstandingCount: 0,
    isOnParole: false,
    isFast: true,
    isSnubbed: false,
    suggested: [],
    blockMs: 100,
    pieces: { bytes: bitsOf(pieces) },
    current: undefined,
    fruitlessAt: NOT_FRUITLESS,
  };
}

function bitsOf(pieces: string): Uint8Array {
  const field = new Bitfield(pieces.length);
  for (const [piece, letter] of [...pieces].entries()) if (letter === '*') field.add(piece);
  return field.bytes;
}

/** Picks up to `count` blocks: `piece.block` each. */
function pick(picker: Picker, from: TestPeer, count: number): string {
  const found: string[] = [];
  const picked = { piece: -1, block: -1 };
  while (found.length < count && picker.pick(from, picked)) {
    found.push(`${picked.piece}.${picked.block}`);
    from.outstandingCount++;
  }
  return found.join(' ');
}

function give(picker: Picker, from: TestPeer, blocks: string): number | undefined {
  let whole: number | undefined;
  for (const name of blocks.split(' ')) {
    const [piece, block] = name.split('.').map(Number) as [number, number];
    from.outstandingCount--;
    whole =
      picker.received(picker.partial(piece)!, block, new Uint8Array(BLOCK), from.number)?.piece ?? whole;
  }
  return whole;
}

describe('the picker', () => {
  it('asks for the rarest piece, from its first block to its last, then for the next', () => {
    expect(pick(setUp('123'), peer(1), 6)).toBe('0.0 0.1 0.2 0.3 1.0 1.1');
  });

  it('asks for nothing that is there, not wanted, or not at the peer', () => {
    expect(pick(setUp('11111', '*- * '), peer(1, '***  '), 9)).toBe('2.0 2.1 2.2 2.3');
  });

  it('does not request the same block twice, nor put two peers on one piece while others are to be begun', () => {
    const picker = setUp('1222');
    const [a, b] = [peer(1), peer(2)];
    expect(pick(picker, a, 2)).toBe('0.0 0.1');
    expect(pick(picker, b, 1)).not.toMatch(/^0/);
    expect(pick(picker, a, 2)).toBe('0.2 0.3');
  });

  it('picks the first pieces at random, whatever their rarity', () => {
    const firsts = new Set<string>();
    const picker = setUp('123456789', '', { randomFirstPieces: 4 });
    for (let i = 0; i < 9; i++) firsts.add(pick(picker, peer(i), 1));
    expect([...firsts][0]).not.toBe('0.0');
    expect(firsts.size).toBe(9);
  });

  it('finishes what others began and left before it begins anew', () => {
    const picker = setUp('19');
    const [a, b] = [peer(1), peer(2)];
    pick(picker, a, 4);
    give(picker, a, '0.0 0.1');
    picker.released(0, 2, a.number);
    picker.released(0, 3, a.number);
    picker.abandoned(a);
    expect(pick(picker, b, 3)).toBe('0.2 0.3 1.0');
  });

  it('helps with the piece of another when nothing else is left', () => {
    const picker = setUp('1');
    const [a, b] = [peer(1), peer(2)];
    expect(pick(picker, a, 2)).toBe('0.0 0.1');
    expect(pick(picker, b, 9)).toBe('0.2 0.3');
  });

  it('in end game asks one peer with nothing out for one block that another owes', () => {
    const picker = setUp('1');
    const [a, b] = [peer(1), peer(2)];
    pick(picker, a, 4);
    expect(pick(picker, b, 9)).toMatch(/^0\.\d$/);
    expect(pick(picker, b, 9)).toBe('');
  });

  it('asks nobody in end game who owes us blocks and sends none', () => {
    const picker = setUp('1');
    const [a, b] = [peer(1), peer(2)];
    pick(picker, a, 4);
    const [piece, block] = pick(picker, b, 1).split('.').map(Number) as [number, number];
    picker.released(piece, block, b.number);
    expect(pick(picker, { ...peer(2), isSnubbed: true }, 1)).toBe('');
    expect(pick(picker, peer(3), 1)).toMatch(/^0\.\d$/);
  });

  it('begins no end game while something is unrequested', () => {
    const picker = setUp('11');
    pick(picker, peer(1, '* '), 4);
    expect(pick(picker, peer(2, '* '), 1)).toBe('');
  });

  it('nor while a piece is to be begun that nobody has yet: it would go on until a slow seed has given its last', () => {
    const picker = setUp('10');
    pick(picker, peer(1), 4);
    expect(pick(picker, peer(2), 1)).toBe('');
  });

  it('puts a piece back that nobody works on and nothing came of', () => {
    const picker = setUp('1');
    const a = peer(1);
    pick(picker, a, 1);
    expect(picker.partials).toHaveLength(1);
    picker.released(0, 0, a.number);
    expect(picker.partials).toHaveLength(0);
    expect(pick(picker, peer(2), 1)).toBe('0.0');
  });

  it('begins no piece without a buffer, and helps with what is begun', () => {
    const picker = setUp('11', '', { buffers: 1 });
    const first = pick(picker, peer(1), 1);
    expect(pick(picker, peer(2), 9)).toBe([1, 2, 3].map(block => `${first[0]}.${block}`).join(' '));
  });

  it('fetches a piece that failed from one peer alone', () => {
    const picker = setUp('1');
    const [a, b, c] = [peer(1), peer(2), peer(3)];
    pick(picker, a, 2);
    pick(picker, b, 2);
    const buffer = picker.partial(0)!;
    give(picker, a, '0.0 0.1');
    expect(give(picker, b, '0.2 0.3')).toBe(0);
    expect(buffer.soleGiver()).toBeUndefined();
    picker.failed(buffer, true);

    expect(pick(picker, a, 2)).toBe('0.0 0.1');
    expect(pick(picker, c, 9)).toBe('');
    give(picker, a, '0.0');
    picker.released(0, 1, a.number);
    picker.abandoned(a);
    // Another takes over, and begins from the start.
    expect(pick(picker, c, 9)).toBe('0.0 0.1 0.2 0.3');
    const again = picker.partial(0)!;
    give(picker, c, '0.0 0.1 0.2 0.3');
    expect(again.soleGiver()).toBe(c.number);
  });

  it('asks for no block that is all padding', () => {
    // Two files in pieces of four blocks: the first ends within its second block, the gap reaches to the next piece.
    const files = [
      { length: 20_000, offset: 0 },
      { length: 4 * BLOCK, offset: 4 * BLOCK },
    ];
    const layout = new Layout(files, 4 * BLOCK, { shortPieces: false });
    const picker = new Picker(
      { layout, have: new Bitfield(2), randomFirstPieces: 0 },
      { random: seededRandom(1), lend: () => new Uint8Array(4 * BLOCK).fill(9), giveBack: () => {} },
    );
    picker.rarity.rose(0);
    const a = peer(1);
    expect(pick(picker, a, 9)).toBe('0.0 0.1');
    const buffer = picker.partial(0)!;
    expect(give(picker, a, '0.0 0.1')).toBe(0);
    expect(buffer.bytes.subarray(2 * BLOCK).every(byte => byte === 0)).toBe(true);
  });

  it('looks through the torrent once for a peer that has nothing to give, until something is free again', () => {
    const picker = setUp('111111111111');
    let asked = 0;
    const canGive = (piece: number) => {
      asked++;
      return piece === 0;
    };
    const [a, b] = [peer(1, '*'), { ...peer(2), canGive }];
    pick(picker, a, 4);
    expect(pick(picker, b, 1)).toBe('');
    expect(asked).toBeGreaterThanOrEqual(11);
    asked = 0;
    for (let i = 0; i < 100; i++) expect(pick(picker, b, 1)).toBe('');
    expect(asked).toBe(0);
    picker.released(0, 2, a.number);
    expect(pick(picker, b, 2)).toBe('0.2');
  });

  it('looks again for a peer when a piece has failed, and when who fetched it alone has left it', () => {
    const picker = setUp('11');
    const [a, b] = [peer(1, '*'), peer(2, '*')];
    pick(picker, a, 4);
    expect(pick(picker, b, 1)).toBe('');
    const buffer = picker.partial(0)!;
    give(picker, a, '0.0 0.1 0.2 0.3');
    expect(pick(picker, b, 1)).toBe('');
    picker.failed(buffer, true);
    expect(pick(picker, b, 2)).toBe('0.0 0.1');
    expect(pick(picker, a, 1)).toBe('');
    picker.abandoned(b);
    expect(pick(picker, a, 1)).toBe('0.2');
  });

  it('does not look for the first pieces among those that nobody has', () => {
    const picker = setUp('000000000001', '', { randomFirstPieces: 4 });
    let asked = 0;
    const canGive = () => {
      asked++;
      return false;
    };
    picker.rarity.anyOf({ ...peer(1), canGive });
    expect(asked).toBe(1);
  });

  it('has slow peers share a piece, and gives a fast one its own', () => {
    const picker = setUp('1222');
    const [a, b] = [1, 2].map(number => ({ ...peer(number), isFast: false })) as [TestPeer, TestPeer];
    const fast = peer(3);
    expect(pick(picker, a, 1)).toBe('0.0');
    expect(pick(picker, b, 1)).toBe('0.1');
    const own = pick(picker, fast, 2);
    expect(own).toMatch(/^([123])\.0 \1\.1$/);
    expect(pick(picker, a, 1)).toBe('0.2');
    expect(pick(picker, b, 2)).toMatch(/^0\.3 [123]\.0$/);
    expect(pick(picker, b, 1)).not.toMatch(own[0]!);
  });

  it('begins no more pieces than one and a half a peer, and bounds the bytes in them', () => {
    const picker = setUp('11111111111111111111');
    picker.peerCount = 4;
    for (let number = 1; number <= 20; number++) {
      pick(picker, peer(number), 1);
      expect(picker.partials.filter(partial => partial.freeCount > 0).length).toBeLessThanOrEqual(7);
    }
    expect(picker.partials.length).toBe(10);

    const small = setUp('11111111111111111111', '', { maxPartialBytes: 3 * 4 * BLOCK });
    for (let number = 1; number <= 6; number++) pick(small, peer(number), 1);
    expect(small.partials.length).toBe(3);
  });

  it('has slow peers begin what is wanted more rather than help with what is wanted less', () => {
    const picker = setUp('1111');
    const [a, b] = [1, 2].map(number => ({ ...peer(number), isFast: false })) as [TestPeer, TestPeer];
    expect(pick(picker, a, 1)).toMatch(/\.0$/);
    const begun = picker.partials[0]!.piece;
    picker.prioritise(
      Uint8Array.from({ length: 4 }, (_, piece) => (piece === begun ? 1 : 3)),
      piece => piece !== begun,
    );
    expect(pick(picker, b, 1)).toMatch(/\.0$/);
  });

  it('asks for what a peer suggests before what is rarer', () => {
    const picker = setUp('1234', '   *');
    expect(pick(picker, { ...peer(1), suggested: [3, 2] }, 5)).toBe('2.0 2.1 2.2 2.3 0.0');
  });

  it('asks one that is snubbed for what many have', () => {
    expect(pick(setUp('132'), { ...peer(1), isSnubbed: true }, 1)).toBe('1.0');
  });

  it('gives one on parole nothing that others work on, and no end game', () => {
    const picker = setUp('11');
    const a = peer(1, '*-');
    const suspect = { ...peer(2), isOnParole: true };
    pick(picker, a, 2);
    expect(pick(picker, suspect, 9)).toBe('1.0 1.1 1.2 1.3');
    expect(pick(picker, a, 9)).toBe('0.2 0.3');
    suspect.outstandingCount = 0;
    expect(pick(picker, suspect, 9)).toBe('');
  });

  it('asks for urgent pieces in the order of their deadlines, and shares them among all peers', () => {
    const picker = setUp('33333333');
    picker.urgent.set(1, [
      { piece: 5, at: 1000 },
      { piece: 2, at: 500 },
    ]);
    expect(pick(picker, peer(1), 3)).toBe('2.0 2.1 2.2');
    expect(pick(picker, peer(2), 3)).toBe('2.3 5.0 5.1');
    expect(pick(picker, peer(3), 3)).toMatch(/^5\.2 5\.3 /);
  });

  it('leaves urgent pieces to those that can give them in time', () => {
    const picker = setUp('33333333');
    picker.urgent.set(1, [
      { piece: 2, at: 500 },
      { piece: 5, at: 9000 },
    ]);
    for (const i of [0, 1]) picker.urgent.bestIs(i, 100);
    const slow = { ...peer(1), blockMs: 2000 };
    expect(pick(picker, slow, 1)).toBe('5.0');
    expect(pick(picker, peer(2), 1)).toBe('2.0');
  });

  it('never says that there is nothing where a search finds something', () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('pick', 'pick', 'give', 'give', 'release', 'leave', 'fail', 'store'),
      which: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1, 3, 100), (steps, buffers) => {
        const picker = setUp('321', '', { buffers });
        const peers = [peer(0, '***'), peer(1, '** '), peer(2, '*  ')];
        const out = new Map(peers.map(({ number }) => [number, [] as [piece: number, block: number][]]));
        const whole: NonNullable<ReturnType<Picker['partial']>>[] = [];
        const picked = { piece: -1, block: -1 };
        const pickOne = (from: TestPeer): boolean => {
          if (!picker.pick(from, picked)) return false;
          out.get(from.number)!.push([picked.piece, picked.block]);
          from.outstandingCount++;
          return true;
        };
        for (const { who, what, which } of steps) {
          const from = peers[who]!;
          const owed = out.get(who)!;
          if (what === 'pick') {
            for (let i = 0; i <= which && pickOne(from); i++);
            if (from.fruitlessAt === NOT_FRUITLESS || pickOne(from)) continue;
            from.fruitlessAt = NOT_FRUITLESS;
            expect(pickOne(from)).toBe(false);
          } else if (what === 'give' && owed.length > 0) {
            const [[piece, block]] = owed.splice(which % owed.length, 1) as [[number, number]];
            from.outstandingCount--;
            const partial = picker.partial(piece);
            const buffer =
              partial?.states[block] === RECEIVED
                ? void partial.released(block)
                : partial && picker.received(partial, block, new Uint8Array(BLOCK), who);
            if (buffer !== undefined) whole.push(buffer);
          } else if (what === 'release' && owed.length > 0) {
            const [[piece, block]] = owed.splice(which % owed.length, 1) as [[number, number]];
            from.outstandingCount--;
            picker.released(piece, block, who);
          } else if (what === 'leave') {
            for (const [piece, block] of owed.splice(0)) picker.released(piece, block, who);
            from.outstandingCount = 0;
            picker.abandoned(from);
          } else if (what === 'fail' && whole.length > 0) picker.failed(whole.pop()!, which % 2 === 0);
          else if (what === 'store' && whole.length > 0) picker.stored(whole.pop()!);
        }
      }),
      { numRuns: 500 },
    );
  });
});
