// Our own programs as peers in the field, and those that fetch from its HTTP server.

import { join } from 'node:path';
import type { SessionOptions } from '../../session/settings.ts';
import type { SwarmPlan } from '../plan.ts';
import { compiledProgram } from './compiled.ts';
import { CONTENT_NAME } from './content.ts';
import { type FieldPeer, LinePeer, type PeerWish } from './field-peer.ts';
import { PEER_PORT } from './other-clients.ts';
import { writeWish } from './peer-wish.ts';

export function ownPeer(wish: PeerWish, plan: SwarmPlan): FieldPeer {
  const { home, torrent, dir, group } = wish;
  const path = writeWish(home, {
    role: group.has === 'everything' ? 'seed' : 'leech',
    torrent,
    downloadDir: dir,
    session: sessionOf(wish, plan),
    superSeeds: group.superSeeds === true,
    isSequential: group.picks === 'sequential',
  });
  return new LinePeer(wish, [process.execPath, compiledProgram('own-peer'), path]);
}

export function originClient(wish: PeerWish, url: string, length: number, pieceLength: number): FieldPeer {
  const path = writeWish(wish.home, { url, path: join(wish.dir, CONTENT_NAME), length, pieceLength });
  return new LinePeer(wish, [process.execPath, compiledProgram('origin-client'), path]);
}

function sessionOf({ group, host }: PeerWish, { session = {} }: SwarmPlan): SessionOptions {
  const { engine = {} } = session;
  const rides = group.gives === false;
  return {
    ...session,
    listen: { host: host.address, port: PEER_PORT },
    transports: group.transports ?? session.transports ?? ['tcp'],
    engine: {
      ...engine,
      ...(rides && { allowedFast: 0 }),
      ...(group.picks === 'random' && { randomFirstPieces: Number.POSITIVE_INFINITY }),
      choker: { ...engine.choker, ...(rides && { slots: 0 }) },
    },
  };
}
