import { expect, test } from 'vitest';
import { encode } from '../../bencode/encode.ts';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { ProtocolError } from '../../errors.ts';
import { decodePex, encodePex } from './ut-pex.ts';

const IPV4 = { host: '192.0.2.1', port: 6881 };
const IPV6 = { host: '2001:db8::1', port: 6882 };

test('a peer exchange is read back, the families apart', () => {
  const message = {
    added: [
      { address: IPV4, flags: 0x12 },
      { address: IPV6, flags: 0x01 },
    ],
    dropped: [IPV6, { host: '192.0.2.9', port: 1 }],
  };
  const { added, dropped } = decodePex(encodePex(message));
  expect(added).toEqual(message.added);
  expect(dropped).toEqual([{ host: '192.0.2.9', port: 1 }, IPV6]);
});

test('it is as BEP 11 shows it', () => {
  expect(
    encodePex({ added: [{ address: { host: '65.66.67.68', port: 0x4546 }, flags: 0x47 }], dropped: [] }),
  ).toEqual(encodeUtf8('d5:added6:ABCDEF7:added.f1:G6:added60:8:added6.f0:7:dropped0:8:dropped60:e'));
});

test('no more than fifty of each are taken, flags may be missing, a ragged end is left out', () => {
  const many = new Uint8Array(200 * 6 + 3).fill(1);
  const { added, dropped } = decodePex(
    encode({ added: many, dropped: many, added6: new Uint8Array(180).fill(2) }),
  );
  expect([added.length, dropped.length]).toEqual([50, 50]);
  expect(added[0]).toEqual({ address: { host: '1.1.1.1', port: 257 }, flags: 0 });
  expect(decodePex(encodeUtf8('de'))).toEqual({ added: [], dropped: [] });
});

test('what is no dictionary is refused', () => {
  for (const text of ['', 'le', 'i1e', 'd5:added'])
    expect(() => decodePex(encodeUtf8(text))).toThrow(ProtocolError);
});
