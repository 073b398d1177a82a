import { describe, expect, it } from 'vitest';
import type { Contact } from './compact-nodes.ts';
import { encodeNodes } from './compact-nodes.ts';
import { decodeKrpc, type KrpcAnswer } from './krpc.ts';
import { encodeAnswer } from './krpc-write.ts';
import { nodesNamed } from './named-nodes.ts';

const ID = new Uint8Array(20).fill(7);

function answer(values: object): KrpcAnswer {
  const ip = Uint8Array.of(1, 1, 1, 1, 0, 1);
  return decodeKrpc(encodeAnswer(Uint8Array.of(1), { id: ID, ...values }, ip)) as KrpcAnswer;
}

function at(...hosts: string[]): Contact[] {
  return hosts.map(host => ({ id: ID, host, port: 6881 }));
}

const hostsOf = (nodes: readonly Contact[]) => nodes.map(({ host }) => host);

describe('nodes that an answer names', () => {
  it('are those of the family that is asked for', () => {
    const both = answer({ nodes: encodeNodes(at('5.5.5.5')), nodes6: encodeNodes(at('2a00::5')) });
    expect(hostsOf(nodesNamed(both, 4, '9.9.9.9'))).toEqual(['5.5.5.5']);
    expect(hostsOf(nodesNamed(both, 6, '9.9.9.9'))).toEqual(['2a00::5']);
    expect(nodesNamed(answer({}), 4, '9.9.9.9')).toEqual([]);
  });

  it('are on no local network, unless whoever answers is on one too', () => {
    const said = answer({ nodes: encodeNodes(at('5.5.5.5', '192.168.1.1', '127.0.0.1', '224.0.0.1')) });
    expect(hostsOf(nodesNamed(said, 4, '9.9.9.9'))).toEqual(['5.5.5.5']);
    expect(hostsOf(nodesNamed(said, 4, '10.0.0.2'))).toEqual(['5.5.5.5', '192.168.1.1']);
    expect(hostsOf(nodesNamed(said, 4, '127.0.0.1'))).toEqual(['5.5.5.5', '192.168.1.1', '127.0.0.1']);
  });

  it('are so many, however many there are', () => {
    const many = answer({ nodes: encodeNodes(at(...Array.from({ length: 40 }, (_, i) => `5.5.5.${i}`))) });
    expect(nodesNamed(many, 4, '9.9.9.9')).toHaveLength(16);
  });
});
