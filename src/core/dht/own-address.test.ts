import { describe, expect, it } from 'vitest';
import { addressBytes, encodeCompact } from '../bytes/compact-address.ts';
import { seededRandom } from '../bytes/prng.ts';
import { OwnAddress } from './own-address.ts';
import { secureId } from './secure-id.ts';

/** What a node at `by` says, under an id that follows from its address. */
function says(host: string, by: string) {
  return { id: secureId(addressBytes(by)!, seededRandom(1)), ip: encodeCompact({ host, port: 6881 }) };
}

/** Whether something else is believed after each of them has said it. */
function hear(own: OwnAddress, host: string, voters: readonly string[]): boolean[] {
  return voters.map(by => own.heard(says(host, by), by));
}

const SITES = ['5.1.1.1', '5.2.1.1', '5.3.1.1', '5.4.1.1', '5.5.1.1'];

describe('our own address', () => {
  it('is believed when five networks have said it, and told once', () => {
    const own = new OwnAddress(4);
    expect(hear(own, '8.8.8.8', SITES)).toEqual([false, false, false, false, true]);
    expect(own.believed).toBe('8.8.8.8');
    expect(hear(own, '8.8.8.8', ['5.6.1.1'])).toEqual([false]);
  });

  it('is not what one network says ever so often', () => {
    const own = new OwnAddress(4);
    hear(
      own,
      '8.8.8.8',
      Array.from({ length: 20 }, (_, i) => `5.1.1.${1 + i}`),
    );
    expect(own.believed).toBe(undefined);
  });

  it('becomes another when more than half of the networks say so', () => {
    const own = new OwnAddress(4);
    hear(own, '8.8.8.8', SITES);
    hear(own, '9.9.9.9', [...SITES.slice(0, 2), '6.1.1.1', '6.2.1.1']);
    expect(own.believed).toBe('8.8.8.8');
    expect(hear(own, '9.9.9.9', ['6.3.1.1'])).toEqual([true]);
  });

  it('is not what a node says whose id is not that of its own address', () => {
    const own = new OwnAddress(4);
    for (const by of SITES) own.heard({ ...says('8.8.8.8', by), id: new Uint8Array(20) }, by);
    expect(own.believed).toBe(undefined);
  });

  it('is an address of one host, of our family', () => {
    const four = new OwnAddress(4);
    for (const host of ['0.0.0.0', '224.0.0.1', '2a00::1']) hear(four, host, SITES);
    for (const by of SITES) four.heard({ ...says('8.8.8.8', by), ip: undefined }, by);
    expect(four.believed).toBe(undefined);
    const six = new OwnAddress(6);
    hear(six, '8.8.8.8', SITES);
    expect(six.believed).toBe(undefined);
    hear(six, '2a00::1', SITES);
    expect(six.believed).toBe('2a00::1');
  });
});
