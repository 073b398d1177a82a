import { describe, expect, it } from 'vitest';
import { metainfo, Talk, type TalkOptions } from '../../../test/talk.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { formatAddress } from '../bytes/compact-address.ts';
import { Decoder } from '../wire/decoder.ts';
import { encodeExtensionHandshake, OUR_EXTENSIONS } from '../wire/extensions/registry.ts';
import { encodeMetadataMessage } from '../wire/extensions/ut-metadata.ts';
import { decodePex, encodePex } from '../wire/extensions/ut-pex.ts';

/** Peers on the Internet, who say where they listen and that they know PEX. */
function meeting(options: TalkOptions = { have: '' }) {
  const talk = new Talk(options);
  const join = (peer: number, host = `20.0.0.${peer}`) => {
    talk.join(peer, { extended: true, host });
    const hello = { client: 'x', maxRequests: 10, port: 7000 + peer, metadataSize: metainfo.raw.length };
    talk.say(peer, encoder => encoder.extended(0, encodeExtensionHandshake(hello)));
  };
  /** What the peer has been told since it was last asked. */
  const told = (peer: number) => {
    const messages = talk.outputs.flatMap(output =>
      output.type === 'send' && output.peer === peer ? exchangesIn(output.chunks) : [],
    );
    talk.outputs = [];
    return messages.map(({ added, dropped }) => ({
      added: added.map(({ address }) => formatAddress(address)),
      dropped: dropped.map(formatAddress),
    }));
  };
  const wait = (ms: number) => {
    for (let left = ms; left > 0; left -= 1000) talk.wait(Math.min(1000, left), 0);
  };
  /** Keeps them from being silent. */
  const tell = (peer: number, ...hosts: string[]) =>
    talk.say(peer, encoder =>
      encoder.extended(
        OUR_EXTENSIONS.ut_pex,
        encodePex({ added: hosts.map(host => ({ address: { host, port: 6881 }, flags: 0 })), dropped: [] }),
      ),
    );
  const known = () => talk.torrent.stats(talk.now).knownPeerCount;
  return { talk, join, told, wait, tell, known };
}

function exchangesIn(chunks: readonly Uint8Array[]) {
  const decoder = new Decoder();
  decoder.push(concatBytes(chunks));
  const found = [];
  for (let message = decoder.next(); message !== undefined; message = decoder.next())
    if (message.type === 'extended' && message.id === OUR_EXTENSIONS.ut_pex)
      found.push(decodePex(message.payload));
  return found;
}

describe('peer exchange', () => {
  it('tells each peer of the others, once, and who has left, a minute later', () => {
    const { talk, join, told, wait } = meeting();
    for (const peer of [1, 2, 3]) join(peer);
    wait(6000);
    expect(told(1)).toEqual([{ added: ['20.0.0.2:7002', '20.0.0.3:7003'], dropped: [] }]);
    talk.torrent.peerLeft(3, talk.now);
    join(4);
    wait(50_000);
    expect(told(1)).toEqual([]);
    wait(15_000);
    expect(told(1)).toEqual([{ added: ['20.0.0.4:7004'], dropped: ['20.0.0.3:7003'] }]);
    wait(50_000);
    expect(told(1)).toEqual([]);
  });

  it('tells no more than fifty at a time', () => {
    const { join, told, wait } = meeting({ have: '', engine: { maxPeers: 100 } });
    for (let peer = 1; peer <= 70; peer++) join(peer, `20.0.${peer}.1`);
    wait(6000);
    expect(told(1).map(({ added }) => added.length)).toEqual([50]);
    wait(61_000);
    expect(told(1).map(({ added }) => added.length)).toEqual([19]);
  });

  it('tells addresses of this network and this machine to peers there alone', () => {
    const { join, told, wait } = meeting();
    join(1);
    join(2, '192.168.1.2');
    join(3, '127.0.0.1');
    join(4, '192.168.1.4');
    wait(6000);
    // Of one wait, so that nothing is lost.
    const [first] = told(1);
    expect(first).toBeUndefined();
  });

  it('takes addresses to try, and those of this network from nobody outside of it', () => {
    const { join, tell, known } = meeting();
    join(1);
    const before = known();
    tell(1, '20.1.0.1', '2a00::1', '192.168.1.1', '127.0.0.1', '10.0.0.1', '224.0.0.1', '0.0.0.0', '::1');
    expect(known() - before).toBe(2);
    join(2, '192.168.1.2');
    tell(2, '192.168.1.3', '127.0.0.1');
    expect(known() - before).toBe(4);
  });

  it('does not listen to who tells too often, or too much', () => {
    const { join, tell, known, talk, wait } = meeting({ have: '', engine: { maxPeers: 4 } });
    join(1);
    const before = known();
    tell(1, '20.1.0.1');
    tell(1, '20.1.0.2');
    expect(known() - before).toBe(1);
    for (let i = 0; i < 40; i++) {
      wait(31_000);
      tell(1, ...Array.from({ length: 50 }, (_, n) => `20.2.${i}.${n + 1}`));
    }
    // Those that were dialled and did not answer stay for a while, too.
    expect(known() - before).toBeLessThanOrEqual(1000);
    expect(talk.torrent.peers(talk.now)).toHaveLength(1);
  });

  it('is not spoken for a private torrent', () => {
    const info = { ...metainfo, private: true };
    const { join, told, wait, tell, known } = meeting({ info, have: '' });
    join(1);
    join(2);
    const before = known();
    tell(1, '20.1.0.1');
    wait(70_000);
    expect(known()).toBe(before);
    expect(told(2)).toEqual([]);
  });

  it('forgets what it was told where a magnet turns out to be private', () => {
    const { talk, join, tell, known } = meeting({ magnet: true, engine: { maxPeers: 1 } });
    join(1);
    const before = known();
    tell(1, '20.1.0.1', '20.1.0.2');
    expect(known() - before).toBe(2);
    expect(metainfo.private).toBe(false);
    const data = { type: 'data' as const, piece: 0, totalSize: metainfo.raw.length, bytes: metainfo.raw };
    talk.say(1, encoder => encoder.extended(1, encodeMetadataMessage(data)));
    // It was not private after all: they stay.
    expect(known() - before).toBe(2);
  });
});
