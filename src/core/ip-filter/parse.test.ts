import { describe, expect, it } from 'vitest';
import { addressBytes, formatIp } from '../bytes/compact-address.ts';
import { seededRandom } from '../bytes/prng.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { parseIpFilter } from './parse.ts';
import { IpRanges } from './ranges.ts';

describe('a list of addresses', () => {
  it('is read in every form, in one file', () => {
    const { filter, unread } = parseIpFilter(
      encodeUtf8(
        [
          '# a remark',
          '001.009.096.105 - 001.009.096.110 , 000 , Some: organization, 10.0.0.0 - 10.0.0.9',
          '002.000.000.000 - 002.000.000.255 , 200 , let through',
          'Some words: and 1-2:20.0.0.1-20.0.0.9\r',
          '30.1.0.0/16',
          '40.0.0.1',
          '2001:db8::/32',
          '2a00::1-2a00::9',
          'nonsense',
          '1.2.3.4 - 1.2.3',
          '1.2.3.0/33',
        ].join('\n'),
      ),
    );
    expect(unread).toBe(3);
    for (const host of [
      '1.9.96.105',
      '1.9.96.110',
      '20.0.0.5',
      '30.1.255.255',
      '40.0.0.1',
      '2001:db8:1::',
      '2a00::9',
    ])
      expect([host, filter.blocks(host)]).toEqual([host, true]);
    for (const host of [
      '1.9.96.104',
      '1.9.96.111',
      '2.0.0.1',
      '10.0.0.5',
      '30.2.0.0',
      '40.0.0.2',
      '2001:db9::',
      '2a00::a',
      'x',
    ])
      expect([host, filter.blocks(host)]).toEqual([host, false]);
    expect(filter.count).toBe(6);
  });

  it('lets through what 0.0.0.0/0 does not name, and blocks all that it does', () => {
    const { filter } = parseIpFilter(encodeUtf8('0.0.0.0/0'));
    expect([filter.blocks('0.0.0.0'), filter.blocks('255.255.255.255'), filter.blocks('::1')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('ranges', () => {
  it('say of every address what a list searched from end to end says', () => {
    const random = seededRandom(7);
    const ranges = new IpRanges(4);
    const plain: [number, number][] = [];
    const ip = (value: number) => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
    for (let i = 0; i < 300; i++) {
      const start = random.below(5000);
      const end = start + random.below(20) - 2;
      ranges.add(ip(start), ip(end >>> 0));
      if (end >= start) plain.push([start, end]);
    }
    for (let value = 0; value < 5100; value++)
      expect(ranges.has(ip(value))).toBe(plain.some(([start, end]) => value >= start && value <= end));
  });

  it('hold a million, and find one in microseconds', () => {
    const ranges = new IpRanges(4);
    for (let i = 0; i < 1_000_000; i++) {
      const start = addressBytes(formatIp(new Uint8Array([i >>> 12, i >>> 4, (i & 15) << 4, 0])))!;
      ranges.add(start, start);
    }
    expect(ranges.count).toBe(1_000_000);
    const began = performance.now();
    let hits = 0;
    for (let i = 0; i < 100_000; i++)
      if (ranges.has(new Uint8Array([i >>> 12, i >>> 4, (i & 15) << 4, 0]))) hits++;
    expect(hits).toBe(100_000);
    // Far from what it takes, on a machine that is busy.
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
