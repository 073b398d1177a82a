import { describe, expect, it } from 'vitest';
import { NOBODY } from './piece-buffer.ts';
import { type PieceFailure, SmartBan } from './smart-ban.ts';

/** `givers`: a letter a block, `.` for padding. `bytes`: a digit a block, standing for what it held. */
function failure(piece: number, givers: string, bytes: string): PieceFailure {
  const numbers = Int32Array.from(givers, letter => (letter === '.' ? NOBODY : letter.charCodeAt(0)));
  const addresses = new Map([...givers].map(letter => [letter.charCodeAt(0), address(letter)]));
  return { piece, givers: numbers, blockDigests: digests(bytes), addresses };
}

function digests(bytes: string): Uint8Array {
  const all = new Uint8Array(32 * bytes.length);
  for (const [block, digit] of [...bytes].entries()) all.fill(Number(digit), 32 * block, 32 * block + 32);
  return all;
}

function address(letter: string): { host: string; port: number } {
  return { host: letter, port: 1 };
}

function hosts(addresses: readonly { host: string }[]): string {
  return addresses
    .map(({ host }) => host)
    .sort()
    .join('');
}

describe('smart ban', () => {
  it('names who gave other bytes than the right ones, once those are known', () => {
    const ban = new SmartBan();
    expect(ban.failed(failure(7, 'AABB', '1231'))).toEqual([]);
    expect(ban.isRemembered(7)).toBe(true);
    expect(hosts(ban.known(7, digests('1234')))).toBe('B');
    expect(ban.isRemembered(7)).toBe(false);
    expect(ban.known(7, digests('9999'))).toEqual([]);
  });

  it('names the liars of every failure of the piece', () => {
    const ban = new SmartBan();
    ban.failed(failure(7, 'ABCD', '1934'));
    ban.failed(failure(7, 'CCDD', '1284'));
    expect(hosts(ban.known(7, digests('1234')))).toBe('BD');
  });

  it('names who gives one block twice with different bytes at once', () => {
    const ban = new SmartBan();
    ban.failed(failure(7, 'AB', '12'));
    expect(hosts(ban.failed(failure(7, 'CB', '13')))).toBe('B');
  });

  it('blames nobody for padding, nor for blocks of which the right digest is not told', () => {
    const ban = new SmartBan();
    ban.failed(failure(7, 'AB..', '1200'));
    expect(ban.known(7, digests('12'))).toEqual([]);
    ban.failed(failure(7, 'AAB.', '1290'));
    expect(ban.known(7, digests('12'))).toEqual([]);
  });

  it('holds every giver for a suspect until the piece is right', () => {
    const ban = new SmartBan();
    ban.failed(failure(7, 'AB', '12'));
    const isSuspect = (letter: string) => ban.isSuspect(({ host }) => host === letter);
    expect(['A', 'B', 'C'].map(isSuspect)).toEqual([true, true, false]);
    ban.known(7, digests('13'));
    expect(isSuspect('A')).toBe(false);
  });

  it('forgets the oldest failures when they are too many', () => {
    const ban = new SmartBan({ maxBytes: 2 * 4 * 36 });
    for (const piece of [1, 2, 3]) ban.failed(failure(piece, 'AABB', '1234'));
    expect([...ban.pieces]).toEqual([2, 3]);
    ban.known(2, digests('1234'));
    ban.failed(failure(4, 'AABB', '1234'));
    expect([...ban.pieces]).toEqual([3, 4]);
  });
});
