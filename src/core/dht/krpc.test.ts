// Messages, read and written: those that BEP 5 shows, and what no message is.

import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import { decodeNodes, encodeNodes } from './compact-nodes.ts';
import { bytesOf, decodeKrpc } from './krpc.ts';
import { encodeAnswer, encodeError, encodeQuery } from './krpc-write.ts';

const ID = encodeUtf8('abcdefghij0123456789');
const T = encodeUtf8('aa');
const IP = Uint8Array.of(1, 2, 3, 4, 26, 225);

describe('a message', () => {
  it('is read as BEP 5 shows it', () => {
    const ping = decodeKrpc(encodeUtf8('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'));
    expect(ping).toMatchObject({ kind: 'query', method: 'ping', id: ID, transaction: T, isReadOnly: false });
    const answer = decodeKrpc(encodeUtf8('d1:rd2:id20:abcdefghij01234567895:token8:aoeusnthe1:t2:aa1:y1:re'));
    expect(answer).toMatchObject({ kind: 'answer', id: ID, ip: undefined });
    if (answer.kind === 'answer') expect(bytesOf(answer.values, 'token')).toEqual(encodeUtf8('aoeusnth'));
    const error = decodeKrpc(encodeUtf8('d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee'));
    expect(error).toMatchObject({ kind: 'error', code: 201, text: 'A Generic Error Ocurred' });
  });

  it('is written so that it is read the same', () => {
    const query = decodeKrpc(
      encodeQuery({ transaction: T, method: 'get', args: { id: ID, target: ID }, isReadOnly: true }),
    );
    expect(query).toMatchObject({ kind: 'query', method: 'get', isReadOnly: true });
    expect(decodeKrpc(encodeAnswer(T, { id: ID }, IP))).toMatchObject({ kind: 'answer', ip: IP });
    expect(decodeKrpc(encodeError(T, 203, 'no', IP))).toMatchObject({ kind: 'error', code: 203, text: 'no' });
    expect(toBinaryString(encodeAnswer(T, { id: ID }, IP))).toBe(
      'd2:ip6:\x01\x02\x03\x04\x1a\xe11:rd2:id20:abcdefghij0123456789e1:t2:aa1:v4:SW\x01\x001:y1:re',
    );
  });

  it.each([
    'le',
    'd1:y1:qe',
    'd1:t2:aae',
    'd1:t2:aa1:y1:xe',
    'd1:t2:aa1:y1:re',
    'd1:q4:ping1:t2:aa1:y1:qe',
    'd1:ade1:q4:ping1:t2:aa1:y1:qe',
    'd1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe',
    `d1:t33:${'a'.repeat(33)}1:y1:ee`,
    `d1:t2:aa1:x${'1400:'}${'a'.repeat(1500)}1:y1:ee`,
    'd1:',
    '',
  ])('is not %j', text => {
    expect(() => decodeKrpc(encodeUtf8(text))).toThrow(ProtocolError);
  });

  it('names nodes in both families, and as many as are taken', () => {
    const nodes = [
      { id: ID, host: '1.2.3.4', port: 6881 },
      { id: T.length === 2 ? new Uint8Array(20) : ID, host: '5.6.7.8', port: 1 },
    ];
    expect(decodeNodes(encodeNodes(nodes), 4, 8)).toEqual(nodes);
    expect(decodeNodes(encodeNodes(nodes), 4, 1)).toEqual(nodes.slice(0, 1));
    const six = [{ id: ID, host: '2001:db8::1', port: 6881 }];
    expect(decodeNodes(encodeNodes(six), 6, 8)).toEqual(six);
    // Ragged, port 0, IPv4 in the form of IPv6.
    expect(decodeNodes(encodeNodes(nodes).subarray(0, 40), 4, 8)).toEqual(nodes.slice(0, 1));
    expect(decodeNodes(encodeNodes([{ id: ID, host: '1.2.3.4', port: 0 }]), 4, 8)).toEqual([]);
    const mapped = encodeNodes(six);
    mapped.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4], 20);
    expect(decodeNodes(mapped, 6, 8)).toEqual([]);
    expect(decodeUtf8(T)).toBe('aa');
  });
});
