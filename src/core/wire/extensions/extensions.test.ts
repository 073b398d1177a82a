import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { ProtocolError } from '../../errors.ts';
import { decodeDontHave, encodeDontHave } from './lt-donthave.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake, OUR_EXTENSIONS } from './registry.ts';
import { decodeUploadOnly, encodeUploadOnly } from './upload-only.ts';
import { decodeMetadataMessage, encodeMetadataMessage, type MetadataMessage } from './ut-metadata.ts';

describe('the extension handshake', () => {
  it('is read back', () => {
    const payload = encodeExtensionHandshake({
      client: 'Swarmline 0.1.0',
      maxRequests: 2000,
      port: 6881,
      metadataSize: 31_235,
      yourIp: new Uint8Array([10, 0, 0, 1]),
      uploadOnly: true,
      ipv4: new Uint8Array([192, 0, 2, 1]),
      ipv6: new Uint8Array(16).fill(9),
    });
    expect(decodeExtensionHandshake(payload)).toEqual({
      extensions: new Map(Object.entries(OUR_EXTENSIONS)),
      client: 'Swarmline 0.1.0',
      maxRequests: 2000,
      port: 6881,
      metadataSize: 31_235,
      yourIp: new Uint8Array([10, 0, 0, 1]),
      uploadOnly: true,
      ipv4: new Uint8Array([192, 0, 2, 1]),
      ipv6: new Uint8Array(16).fill(9),
    });
  });

  it('leaves out fields that make no sense, and unsorted keys do no harm', () => {
    const payload = encodeUtf8('d1:v5:a\u202eb1:md11:ut_metadatai999ee1:pi-1e6:yourip3:abc4:reqqi0ee');
    expect(decodeExtensionHandshake(payload)).toEqual({ extensions: new Map(), client: 'ab' });
  });

  it('lets nothing but ProtocolError out, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        for (const decode of [
          decodeExtensionHandshake,
          decodeMetadataMessage,
          decodeDontHave,
          decodeUploadOnly,
        ]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
    );
  });
});

describe('the short messages', () => {
  it('are read back', () => {
    for (const piece of [0, 7, 0xffff_ffff]) expect(decodeDontHave(encodeDontHave(piece))).toBe(piece);
    for (const is of [true, false]) expect(decodeUploadOnly(encodeUploadOnly(is))).toBe(is);
  });

  it('have one length each', () => {
    for (const length of [0, 1, 2, 3, 5])
      expect(() => decodeDontHave(new Uint8Array(length))).toThrow(ProtocolError);
    for (const length of [0, 2])
      expect(() => decodeUploadOnly(new Uint8Array(length))).toThrow(ProtocolError);
  });
});

describe('a metadata message', () => {
  it.each<MetadataMessage>([
    { type: 'request', piece: 0 },
    { type: 'reject', piece: 3 },
    { type: 'data', piece: 1, totalSize: 16_390, bytes: new Uint8Array([1, 2, 3, 4, 5, 6]) },
  ])('of type $type is read back', message => {
    expect(decodeMetadataMessage(encodeMetadataMessage(message))).toEqual(message);
  });

  it('is as BEP 9 shows it', () => {
    expect(encodeMetadataMessage({ type: 'request', piece: 0 })).toEqual(
      encodeUtf8('d8:msg_typei0e5:piecei0ee'),
    );
  });

  it('of an unknown type is ignored', () => {
    expect(decodeMetadataMessage(encodeUtf8('d8:msg_typei7e5:piecei0ee'))).toBeUndefined();
  });
});
