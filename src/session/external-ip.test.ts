import { expect, test } from 'vitest';
import { ExternalIp } from './external-ip.ts';

test('believes the majority, each voter’s last word, for each family', () => {
  const ip = new ExternalIp();
  expect(ip.best(4)).toBeUndefined();
  expect(ip.vote('203.0.113.1', 'a', 'peer')).toBe(true);
  expect(ip.vote('203.0.113.2', 'b', 'peer')).toBe(true);
  expect(ip.vote('203.0.113.1', 'c', 'peer')).toBe(true);
  expect(ip.vote('203.0.113.1', 'c', 'peer')).toBe(false);
  expect(ip.best(4)).toBe('203.0.113.1');
  expect(ip.vote('203.0.113.2', 'a', 'peer')).toBe(true);
  expect(ip.best(4)).toBe('203.0.113.2');
  expect(ip.vote('2001:db8::1', 'a', 'peer')).toBe(true);
  expect([ip.best(4), ip.best(6)]).toEqual(['203.0.113.2', '2001:db8::1']);
});

test('addresses of this network say nothing', () => {
  const ip = new ExternalIp();
  for (const host of ['10.0.0.1', '127.0.0.1', '::1', 'fe80::1', '0.0.0.0'])
    expect(ip.vote(host, 'a', 'peer')).toBe(false);
  expect([ip.best(4), ip.best(6)]).toEqual([undefined, undefined]);
});

test('a crowd of voters takes no more memory, and the newest count', () => {
  const ip = new ExternalIp();
  for (let i = 0; i < 1_000; i++) ip.vote('203.0.113.1', `old ${i}`, 'peer');
  for (let i = 0; i < 40; i++) ip.vote('203.0.113.2', `new ${i}`, 'peer');
  expect(ip.best(4)).toBe('203.0.113.2');
});

test('says who has said it: of each family one address', () => {
  const ip = new ExternalIp();
  expect(ip.known()).toEqual([]);
  ip.vote('203.0.113.1', 'http://a.example/announce', 'tracker');
  ip.vote('203.0.113.1', 'http://b.example/announce', 'tracker');
  ip.vote('203.0.113.1', 'gateway 10.0.0.1', 'router');
  ip.vote('203.0.113.2', '198.51.100.1', 'peer');
  ip.vote('2001:db8::1', 'dht', 'dht');
  expect(ip.known()).toEqual([
    { host: '203.0.113.1', sources: ['router', 'tracker'] },
    { host: '2001:db8::1', sources: ['dht'] },
  ]);
});
