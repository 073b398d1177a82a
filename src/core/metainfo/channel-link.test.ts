import { describe, expect, it } from 'vitest';
import { type ChannelLink, formatChannelLink, isChannelLink, parseChannelLink } from './channel-link.ts';
import { isMagnet } from './magnet.ts';

const KEY = '8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e';

describe('a link to a channel', () => {
  it('is read as BEP 46 writes it', () => {
    const { key, salt, ...rest } = parseChannelLink(`magnet:?xs=urn:btpk:${KEY}&s=6e`);
    expect(Buffer.from(key).toString('hex')).toBe(KEY);
    expect(salt).toEqual(Uint8Array.of(0x6e));
    expect(rest).toEqual({ trackers: [], peers: [] });
  });

  it('is read as it was written, with name, trackers and peers', () => {
    const link: ChannelLink = {
      key: new Uint8Array(32).fill(7),
      salt: Uint8Array.of(1, 2),
      name: 'Ünïcode & more',
      trackers: ['http://tracker.example/announce'],
      peers: [{ host: '::1', port: 6881 }],
    };
    expect(parseChannelLink(formatChannelLink(link))).toEqual(link);
    const bare = { key: link.key, salt: new Uint8Array(0), trackers: [], peers: [] };
    expect(formatChannelLink(bare)).toBe(`magnet:?xs=urn:btpk:${'07'.repeat(32)}`);
    expect(parseChannelLink(formatChannelLink(bare))).toEqual(bare);
  });

  it('is told from the magnet of a torrent', () => {
    const link = `magnet:?dn=x&xs=urn:btpk:${KEY}`;
    expect([isMagnet(link), isChannelLink(link)]).toEqual([true, true]);
    expect(isChannelLink(`magnet:?xs=urn%3Abtpk%3A${KEY}`)).toBe(true);
    expect(isChannelLink('magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a')).toBe(false);
    expect(isChannelLink('magnet:?xt=urn:btih:x&xs=http://a.example/urn:btpk:')).toBe(false);
  });

  it.each([
    ['no link at all', 'hello', 'does not begin'],
    ['without a key', 'magnet:?dn=x', 'no "xs=urn:btpk:'],
    ['with half a key', `magnet:?xs=urn:btpk:${KEY.slice(2)}`, '64 hexadecimal digits'],
    ['with a key that is none', `magnet:?xs=urn:btpk:${'g'.repeat(64)}`, '64 hexadecimal digits'],
    ['with a salt that is none', `magnet:?xs=urn:btpk:${KEY}&s=xyz`, '"s" is no salt'],
    ['with a salt that is too long', `magnet:?xs=urn:btpk:${KEY}&s=${'00'.repeat(65)}`, '"s" is no salt'],
    ['with a peer that is none', `magnet:?xs=urn:btpk:${KEY}&x.pe=nobody`, 'no address'],
  ])('is refused %s', (_, link, why) => {
    expect(() => parseChannelLink(link)).toThrow(why);
  });
});
