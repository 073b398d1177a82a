import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHandshake, type Handshake, HandshakeReader } from './handshake.ts';

const HANDSHAKE: Handshake = {
  infoHash: new Uint8Array(20).fill(1),
  peerId: new Uint8Array(20).fill(2),
  extended: true,
  fast: true,
  dht: false,
  v2: false,
};

describe('the handshake', () => {
  it('has the extension bit of BEP 10 and the fast bit of BEP 6, and no other', () => {
    const bytes = encodeHandshake(HANDSHAKE);
    expect(Array.from(bytes.subarray(20, 28))).toEqual([0, 0, 0, 0, 0, 0x10, 0, 0x04]);
    expect(encodeHandshake({ ...HANDSHAKE, v2: true })[27]).toBe(0x14);
  });

  it('is read back, however it is split, with what follows', () => {
    const flags = fc.record({
      extended: fc.boolean(),
      fast: fc.boolean(),
      dht: fc.boolean(),
      v2: fc.boolean(),
    });
    fc.assert(
      fc.property(flags, fc.uint8Array({ maxLength: 5 }), fc.nat(72), (chosen, rest, cut) => {
        const handshake = { ...HANDSHAKE, ...chosen };
        const bytes = new Uint8Array([...encodeHandshake(handshake), ...rest]);
        const reader = new HandshakeReader();
        const first = bytes.subarray(0, Math.min(cut, 67));
        expect(reader.push(first)).toBeUndefined();
        expect(reader.push(bytes.subarray(first.length))).toEqual({ handshake, rest });
      }),
    );
  });

  it('is refused at its first wrong byte', () => {
    const reader = new HandshakeReader();
    expect(reader.push(new Uint8Array([19, 0x42]))).toBeUndefined();
    expect(() => reader.push(new Uint8Array([0x40]))).toThrow(
      expect.objectContaining({ code: 'HANDSHAKE_INVALID' }),
    );
  });
});
