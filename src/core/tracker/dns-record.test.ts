import { expect, test } from 'vitest';
import { parseTrackerRecord, trackerRecord } from './dns-record.ts';

test('writes and reads the examples of BEP 34', () => {
  const ports = [
    { protocol: 'udp', port: 1337 },
    { protocol: 'tcp', port: 80 },
  ] as const;
  expect(trackerRecord(ports)).toBe('BITTORRENT UDP:1337 TCP:80');
  expect(parseTrackerRecord('BITTORRENT UDP:1337 TCP:80')).toEqual(ports);
  expect(trackerRecord([])).toBe('BITTORRENT');
  expect(parseTrackerRecord('BITTORRENT')).toEqual([]);
});

test('passes over what it does not know', () => {
  expect(parseTrackerRecord('BITTORRENT DENY ALL WSS:443 UDP:0 UDP:70000 TCP:x TCP:6969 ')).toEqual([
    { protocol: 'tcp', port: 6969 },
  ]);
  for (const text of ['', 'v=spf1 -all', 'bittorrent UDP:1', 'BITTORRENTS UDP:1'])
    expect(parseTrackerRecord(text)).toBe(undefined);
});
