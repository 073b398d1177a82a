import { describe, expect, it } from 'vitest';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { HttpConnectHandshake, type ProxyHandshake, Socks5Handshake } from './handshake.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const target = { host: '20.0.0.1', port: 0x1ae1 };

describe('SOCKS 5', () => {
  it('connects without a login, however the bytes are cut, and keeps what comes behind', () => {
    for (const cut of [1, 3, 100]) {
      const talk = new Socks5Handshake(target);
      expect(talk.take()).toEqual(bytes(5, 1, 0));
      expect(talk.received(bytes(5, 0))).toBe(false);
      expect(talk.take()).toEqual(bytes(5, 1, 0, 1, 20, 0, 0, 1, 0x1a, 0xe1));
      const answer = bytes(5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 8);
      let stands = false;
      for (let at = 0; at < answer.length && !stands; at += cut) {
        stands = talk.received(answer.slice(at, at + cut));
        if (stands) expect([7, 8].slice(0, talk.rest.length)).toEqual([...talk.rest]);
      }
      expect(stands).toBe(true);
    }
  });

  it('logs in, and gives names as names and IPv6 as it is', () => {
    const talk = new Socks5Handshake({ host: 'a.example', port: 80 }, { user: 'u', password: 'p' });
    expect(talk.take()).toEqual(bytes(5, 2, 0, 2));
    talk.received(bytes(5, 2));
    expect(talk.take()).toEqual(bytes(1, 1, 117, 1, 112));
    talk.received(bytes(1, 0));
    expect([...talk.take()!]).toEqual([5, 1, 0, 3, 9, ...encodeUtf8('a.example'), 0, 80]);
    expect(talk.received(bytes(5, 0, 0, 3, 1, 65, 0, 0))).toBe(true);
    const wide = new Socks5Handshake({ host: '::1', port: 1 });
    wide.take();
    wide.received(bytes(5, 0));
    expect(wide.take()![3]).toBe(4);
  });

  it.each([
    [[4, 0], 'SOCKS 5'],
    [[5, 255], 'wants a user'],
    [[5, 2], 'wants a user'],
    [[5, 0, 5, 5, 0, 1, 0], 'refused'],
    [[5, 0, 5, 0, 0, 9, 0], 'cannot be read'],
  ])('says why it does not stand: %j', (answer, why) => {
    expect(() => new Socks5Handshake(target).received(bytes(...answer))).toThrow(why);
  });
});

describe('a relay for datagrams', () => {
  const relay = () => new Socks5Handshake({ host: '0.0.0.0', port: 0 }, undefined, 'relay');
  const ipv6 = Array.from({ length: 16 }, (_, i) => (i < 15 ? 0 : 1));

  it.each([
    [[1, 10, 0, 0, 7, 0x1a, 0xe1], { host: '10.0.0.7', port: 0x1ae1, isName: false }],
    [[4, ...ipv6, 0, 9], { host: '::1', port: 9, isName: false }],
    [[3, 3, 97, 46, 98, 0, 9], { host: 'a.b', port: 9, isName: true }],
  ])('is where the proxy says, %j, however the bytes are cut', (address, bound) => {
    for (const cut of [1, 2, 100]) {
      const talk = relay();
      talk.take();
      talk.received(bytes(5, 0));
      expect(talk.take()).toEqual(bytes(5, 3, 0, 1, 0, 0, 0, 0, 0, 0));
      const answer = bytes(5, 0, 0, ...address);
      let stands = false;
      for (let at = 0; at < answer.length; at += cut) stands = talk.received(answer.slice(at, at + cut));
      expect(stands).toBe(true);
      expect(talk.bound).toMatchObject(bound);
    }
  });

  it.each([
    [7, 'The proxy relays no UDP: it does not do that.', true],
    [2, 'The proxy relays no UDP: its rules do not allow it.', false],
  ])('is not given, with code %i, and it is known whether ever', (code, sentence, isUnable) => {
    const talk = relay();
    talk.received(bytes(5, 0));
    expect(() => talk.received(bytes(5, code, 0, 1, 0, 0, 0, 0, 0, 0))).toThrow(sentence);
    expect(talk.isUnable).toBe(isUnable);
  });
});

describe('HTTP CONNECT', () => {
  const talkOf = (answer: string, talk: ProxyHandshake = new HttpConnectHandshake(target)) =>
    [talk, talk.received(encodeUtf8(answer))] as const;

  it('asks with a login, and keeps what comes behind', () => {
    const asked = new HttpConnectHandshake({ host: '::1', port: 6881 }, { user: 'u', password: 'p' }).take()!;
    expect(toBinaryString(asked)).toBe(
      'CONNECT [::1]:6881 HTTP/1.1\r\nHost: [::1]:6881\r\nProxy-Authorization: Basic dTpw\r\n\r\n',
    );
    const [talk, stands] = talkOf('HTTP/1.1 200 OK\r\nX: y\r\n\r\nab');
    expect(stands).toBe(true);
    expect(toBinaryString(talk.rest)).toBe('ab');
    expect(talkOf('HTTP/1.1 200 OK\r\n')[1]).toBe(false);
  });

  it.each([
    ['HTTP/1.1 407 X\r\n\r\n', 'user'],
    ['HTTP/1.1 503 X\r\n\r\n', '503'],
    ['SSH-2.0\r\n\r\n', 'cannot be read'],
    ['x'.repeat(20_000), 'does not end'],
  ])('says why it does not stand', (answer, why) => {
    expect(() => talkOf(answer)).toThrow(why);
  });

  it('lets no name become a line of its own', () => {
    expect(() => new HttpConnectHandshake({ host: 'a\r\nX: y', port: 1 })).toThrow('no such name');
  });
});
