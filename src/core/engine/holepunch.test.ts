import { describe, expect, it } from 'vitest';
import { metainfo, Talk, type TalkOptions } from '../../../test/talk.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { type Address, formatAddress } from '../bytes/compact-address.ts';
import { Decoder } from '../wire/decoder.ts';
import type { Encoder } from '../wire/encoder.ts';
import { encodeExtensionHandshake, OUR_EXTENSIONS } from '../wire/extensions/registry.ts';
import { decodeHolepunch, encodeHolepunch } from '../wire/extensions/ut-holepunch.ts';
import { encodePex, PEX_FLAGS } from '../wire/extensions/ut-pex.ts';

const ID = OUR_EXTENSIONS.ut_holepunch;
const at = (peer: number): Address => ({ host: `20.0.0.${peer}`, port: 7000 + peer });

function meeting(options: TalkOptions = { have: '' }) {
  const talk = new Talk(options);
  const join = (peer: number, speaks = true, host = at(peer).host) => {
    talk.join(peer, { extended: true, host });
    hello(peer, speaks ? [] : ['ut_holepunch']);
  };
  const hello = (peer: number, without: readonly 'ut_holepunch'[] = []) => {
    const told = { client: 'x', maxRequests: 10, port: at(peer).port, without };
    talk.say(peer, encoder => encoder.extended(0, encodeExtensionHandshake(told)));
  };
  const ask = (peer: number, address: Address) => {
    talk.say(peer, encoder => encoder.extended(ID, encodeHolepunch({ type: 'rendezvous', address })));
    return [...told()];
  };
  /** To whom what was said since the last time. */
  function* told() {
    for (const output of talk.outputs.splice(0)) {
      if (output.type !== 'send') continue;
      const decoder = new Decoder();
      decoder.push(concatBytes(output.chunks));
      for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
        if (message.type !== 'extended' || message.id !== ID) continue;
        const read = decodeHolepunch(message.payload)!;
        yield `${output.peer}: ${read.type} ${formatAddress(read.address)}${read.type === 'error' ? ` ${read.error}` : ''}`;
      }
    }
  }
  const dialled = () =>
    talk.outputs
      .splice(0)
      .flatMap(output => (output.type === 'connect' ? [formatAddress(output.address)] : []));
  return { talk, join, hello, ask, told, dialled };
}

describe('the one between', () => {
  it('tells both of each other', () => {
    const { join, ask } = meeting();
    for (const peer of [1, 2]) join(peer);
    expect(ask(1, at(2)).sort()).toEqual(['1: connect 20.0.0.2:7002', '2: connect 20.0.0.1:7001']);
  });

  it('tells of one who came by uTP where it sees it, for that is what its router keeps open', () => {
    const { talk, ask, hello } = meeting();
    for (const peer of [1, 2]) {
      talk.join(peer, { extended: true, host: at(peer).host, transport: 'utp' });
      hello(peer);
    }
    const seen = [1, 2].map(peer => `${at(peer).host}:6881`);
    for (const asked of [at(2), { host: at(2).host, port: 6881 }])
      expect(ask(1, asked).sort()).toEqual([`1: connect ${seen[1]}`, `2: connect ${seen[0]}`]);
  });

  it('says why it cannot', () => {
    const { join, ask } = meeting();
    join(1);
    join(2, false);
    join(3, true, '192.168.1.3');
    expect(ask(1, { host: '20.0.0.9', port: 1 })).toEqual(['1: error 20.0.0.9:1 not-connected']);
    expect(ask(1, { host: '20.0.0.2', port: 0 })).toEqual(['1: error 20.0.0.2:0 no-such-peer']);
    expect(ask(1, at(1))).toEqual(['1: error 20.0.0.1:7001 no-self']);
    expect(ask(1, at(2))).toEqual(['1: error 20.0.0.2:7002 no-support']);
    expect(ask(1, { host: '192.168.1.3', port: 7003 })).toEqual(['1: error 192.168.1.3:7003 not-connected']);
  });

  it('does not help to flood: two answers for twenty questions at once, then one a second', () => {
    const { join, ask } = meeting();
    for (const peer of [1, 2]) join(peer);
    const answers = Array.from({ length: 100 }, () => ask(1, at(2))).flat();
    expect(answers).toHaveLength(40);
  });

  it('does nothing of it for a private torrent', () => {
    const { join, ask } = meeting({ info: { ...metainfo, private: true }, have: '' });
    for (const peer of [1, 2]) join(peer);
    expect(ask(1, at(2))).toEqual([]);
  });
});

describe('one of the two', () => {
  it('asks whoever told of an address that cannot be dialled, once', () => {
    const { talk, join, told, dialled } = meeting();
    join(1);
    const flags = PEX_FLAGS.speaksHolepunch;
    const added = [
      { address: at(5), flags },
      { address: at(6), flags: 0 },
    ];
    talk.say(1, encoder => encoder.extended(OUR_EXTENSIONS.ut_pex, encodePex({ added, dropped: [] })));
    expect(dialled()).toEqual(['20.0.0.5:7005', '20.0.0.6:7006']);
    for (const peer of [5, 6, 5]) talk.torrent.connectFailed(at(peer), talk.now);
    talk.heard(1);
    expect([...told()]).toEqual(['1: rendezvous 20.0.0.5:7005']);
  });

  it('dials at once when it is told to, though that has failed before', () => {
    const { talk, join, dialled } = meeting();
    join(1);
    talk.torrent.peersFound([at(5)], 'tracker', talk.now);
    talk.heard(1);
    talk.torrent.connectFailed(at(5), talk.now);
    talk.heard(1);
    talk.outputs = [];
    const connect = (address: Address) => {
      talk.say(1, encoder => encoder.extended(ID, encodeHolepunch({ type: 'connect', address })));
      return dialled();
    };
    expect(connect(at(5))).toEqual(['20.0.0.5:7005']);
    expect(connect({ host: '127.0.0.1', port: 22 })).toEqual([]);
    expect(connect({ host: '192.168.1.1', port: 80 })).toEqual([]);
  });
});

describe('the dial that opens the way', () => {
  const connect = (address: Address) => (encoder: Encoder) =>
    encoder.extended(ID, encodeHolepunch({ type: 'connect', address }));

  it('waits for no others that may never answer', () => {
    const { talk, join, dialled } = meeting({ have: '', engine: { maxDialling: 1 } });
    join(1);
    talk.torrent.peersFound([at(4), at(6)], 'tracker', talk.now);
    talk.heard(1);
    expect(dialled()).toHaveLength(1);
    talk.say(1, connect(at(5)));
    expect(dialled()).toEqual(['20.0.0.5:7005']);
  });

  it('takes none of the dials that the torrent makes by itself, however many are told', () => {
    const { talk, join, dialled } = meeting({ have: '', engine: { maxDialling: 2 } });
    join(1);
    // The third is one of the torrent's own.
    talk.say(1, connect(at(5)), connect(at(6)), connect(at(7)));
    expect(dialled()).toHaveLength(3);
    const found = (peer: number) => {
      talk.torrent.peersFound([at(peer)], 'tracker', talk.now);
      talk.heard(1);
      return dialled();
    };
    expect(found(4)).toEqual(['20.0.0.4:7004']);
    expect(found(8)).toEqual([]);
    talk.torrent.connectFailed(at(5), talk.now);
    talk.heard(1);
    expect(dialled()).toEqual([]);
    talk.torrent.connectFailed(at(4), talk.now);
    talk.heard(1);
    expect(dialled()).toEqual(['20.0.0.8:7008']);
  });

  it('is not made twice, and not without a place', () => {
    const { talk, join, dialled } = meeting({ have: '', engine: { maxPeers: 2 } });
    join(1);
    talk.say(1, connect(at(5)), connect(at(5)), connect(at(6)));
    expect(dialled()).toEqual(['20.0.0.5:7005']);
    talk.torrent.connectFailed(at(5), talk.now);
    talk.heard(1);
    expect(dialled()).toEqual(['20.0.0.6:7006']);
  });
});

describe('those who have us dial somebody again and again', () => {
  const victim = at(5);
  /** `seconds` long each of `liars` names what `address` says, once a second: how many were dialled, and how often the one that was most. */
  const dialsIn = (liars: number, seconds: number, address: (second: number, liar: number) => Address) => {
    const { talk, join, dialled } = meeting({ have: '' });
    for (let liar = 100; liar < 100 + liars; liar++) join(liar);
    dialled();
    const counts = new Map<string, number>();
    for (let second = 0; second < seconds; second++) {
      for (let liar = 0; liar < liars; liar++)
        talk.say(100 + liar, encoder =>
          encoder.extended(ID, encodeHolepunch({ type: 'connect', address: address(second, liar) })),
        );
      // It fails at once, as where nobody listens.
      for (const place of dialled()) {
        counts.set(place, (counts.get(place) ?? 0) + 1);
        const colon = place.lastIndexOf(':');
        talk.torrent.connectFailed(
          { host: place.slice(0, colon), port: Number(place.slice(colon + 1)) },
          talk.now,
        );
      }
      talk.now += 1000;
      talk.torrent.timePassed(talk.now);
      for (const place of dialled()) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    return { addresses: counts.size, most: Math.max(...counts.values()) };
  };

  it('get it dialled once a minute at most, and not much beyond its own times', () => {
    // By itself an address is dialled again after 15 s, then later each time, eight times in all.
    expect(dialsIn(1, 600, () => victim).most).toBeLessThanOrEqual(18);
  });

  it('are no better off together', () => {
    expect(dialsIn(10, 600, () => victim).most).toBeLessThanOrEqual(18);
  });

  it('have no more than twenty addresses dialled at once, then six a minute', () => {
    expect(dialsIn(1, 120, second => ({ host: `30.0.0.${second}`, port: 1 })).addresses).toBe(20 + 11);
  });
});

describe('a holepunch message', () => {
  it('is as BEP 55 has it, and is read back', () => {
    const address = { host: '1.2.3.4', port: 0x0506 };
    expect([...encodeHolepunch({ type: 'error', address, error: 'no-support' })]).toEqual([
      ...[2, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 3],
    ]);
    for (const host of ['1.2.3.4', '2001:db8::1'])
      for (const type of ['rendezvous', 'connect'] as const) {
        const message = { type, address: { host, port: 1 } };
        expect(decodeHolepunch(encodeHolepunch(message))).toEqual(message);
        expect(decodeHolepunch(encodeHolepunch(message).subarray(0, -4))).toEqual(message);
      }
  });

  it('of another length or family is refused, of another kind passed over', () => {
    for (const bytes of [
      [],
      [0],
      [0, 0, 1, 2, 3, 4, 5],
      [0, 2, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0],
      Array(40).fill(0),
    ])
      expect(() => decodeHolepunch(new Uint8Array(bytes))).toThrow('cannot be read');
    expect(decodeHolepunch(new Uint8Array([3, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0]))).toBeUndefined();
    expect(decodeHolepunch(new Uint8Array([2, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 9]))).toBeUndefined();
  });
});
