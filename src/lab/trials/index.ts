// Every trial, by name.

import { churn } from './churn.ts';
import { CORRUPTING_PEERS } from './corrupting-peer.ts';
import { crowd } from './crowd.ts';
import { equalCaps } from './equal-caps.ts';
import { freeRider } from './free-rider.ts';
import { lonePeer } from './lone-peer.ts';
import { poorNetwork } from './poor-network.ts';
import { rudePeers } from './rude-peers.ts';
import { seedLeaves } from './seed-leaves.ts';
import type { Trial } from './trial.ts';

export const TRIALS: readonly Trial[] = [
  equalCaps(8, 16 * 1_048_576),
  equalCaps(32, 32 * 1_048_576),
  equalCaps(64, 32 * 1_048_576),
  equalCaps(8, 16 * 1_048_576, { superSeed: true }),
  equalCaps(32, 32 * 1_048_576, { superSeed: true }),
  seedLeaves(1.02),
  seedLeaves(1.06, true),
  lonePeer,
  churn,
  crowd(100),
  crowd(1000),
  freeRider,
  poorNetwork,
  rudePeers,
  ...CORRUPTING_PEERS,
];
