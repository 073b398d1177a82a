import { expect, test } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

test('one server, with what is usual left out', () => {
  expect(parseRedisUrl('redis://cache.example')).toMatchObject({
    kind: 'single',
    hosts: [{ host: 'cache.example', port: 6379 }],
    isTls: false,
    database: 0,
    shown: 'cache.example:6379',
  });
  expect(parseRedisUrl('valkeys://[2001:db8::1]:7000/3')).toMatchObject({
    hosts: [{ host: '2001:db8::1', port: 7000 }],
    isTls: true,
    database: 3,
    shown: '[2001:db8::1]:7000',
  });
});

test('user and password, percent-encoded, and never shown', () => {
  const place = parseRedisUrl('rediss://tracker:p%40ss%2Fword@cache.example/');
  expect(place).toMatchObject({ username: 'tracker', password: 'p@ss/word' });
  expect(place.shown).toBe('cache.example:6379');
  expect(parseRedisUrl('redis://:secret@h')).toMatchObject({ password: 'secret' });
  expect(parseRedisUrl('redis://:secret@h').username).toBeUndefined();
});

test('Sentinels, a cluster, and a socket', () => {
  expect(
    parseRedisUrl('redis+sentinel://:p@s1,s2:5000/mymaster/2?sentinel-user=u&sentinel-password=q'),
  ).toMatchObject({
    kind: 'sentinel',
    hosts: [
      { host: 's1', port: 26379 },
      { host: 's2', port: 5000 },
    ],
    masterName: 'mymaster',
    database: 2,
    password: 'p',
    sentinelUsername: 'u',
    sentinelPassword: 'q',
  });
  expect(parseRedisUrl('rediss+cluster://a,b:7001?ca=%2Fetc%2Fca.pem')).toMatchObject({
    kind: 'cluster',
    hosts: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7001 },
    ],
    isTls: true,
    caFile: '/etc/ca.pem',
  });
  expect(parseRedisUrl('redis+unix:///run/redis/redis.sock?database=1')).toMatchObject({
    kind: 'unix',
    path: '/run/redis/redis.sock',
    database: 1,
  });
});

test('what it cannot be is said in a sentence, without the URL', () => {
  for (const [url, why] of [
    ['http://cache.example', 'it begins with redis://'],
    ['redis://a,b', 'several hosts are for'],
    ['redis://', 'a host of it is missing'],
    ['redis://h:0', 'a port is 1…65535'],
    ['redis://h:99999', 'a port is 1…65535'],
    ['redis://h/one', 'the database is a number'],
    ['redis://h/1/2', 'there is too much after the hosts'],
    ['redis://:%zz@h', 'it has a broken percent-encoding'],
    ['redis+sentinel://h', 'the name of a master'],
    ['redis+cluster://h/1', 'a cluster has no databases'],
    ['redis+unix://host/path', 'the path of a socket'],
    ['redis://:secret@h?tls=1', 'it has no setting of that name'],
  ] as const) {
    const parse = () => parseRedisUrl(url);
    expect(parse).toThrow(why);
    expect(parse).toThrow(/^The URL of the tracker’s store cannot be used: (?!.*secret)/);
    expect(parse).toThrow(expect.objectContaining({ code: 'STORE_URL_INVALID' }));
  }
});
