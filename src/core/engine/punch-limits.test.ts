import { describe, expect, it } from 'vitest';
import { PunchLimits } from './punch-limits.ts';

describe('what is dialled as others say so', () => {
  const allowed = (addresses: readonly [string, number][], limits = new PunchLimits(), now = 0) =>
    addresses.filter(([host, port]) => limits.mayDial({ host, port }, now)).map(([, port]) => port);
  const ports = (host: string, first: number, count: number) =>
    Array.from({ length: count }, (_, i): [string, number] => [host, first + i]);

  it('is an address once a minute', () => {
    const limits = new PunchLimits();
    const times = [0, 1, 59_999, 60_000, 60_001, 119_999, 120_000];
    expect(times.filter(now => limits.mayDial({ host: '20.0.0.1', port: 1 }, now))).toEqual([
      0, 60_000, 120_000,
    ]);
  });

  it('is a host at eight ports, of IPv6 a network', () => {
    expect(allowed([...ports('20.0.0.1', 1, 20), ['20.0.0.2', 100]])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 100]);
    const inNetwork = Array.from({ length: 20 }, (_, i): [string, number] => [`2001:db8::${i + 1}`, i]);
    expect(allowed([...inNetwork, ['2001:db8:0:1::1', 100]])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 100]);
  });

  it('is five hundred hosts in a minute, and the memory of no more', () => {
    const limits = new PunchLimits();
    const hosts = Array.from({ length: 600 }, (_, i): [string, number] => [`20.0.${i >> 8}.${i & 255}`, i]);
    expect(allowed(hosts, limits)).toHaveLength(500);
    expect(allowed(hosts.slice(500), limits, 59_999)).toHaveLength(0);
    expect(allowed(hosts.slice(500), limits, 60_000)).toHaveLength(100);
  });
});
