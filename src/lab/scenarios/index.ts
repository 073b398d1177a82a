// Every scenario of the lab, in the order in which it is read.

import type { Scenario } from '../scenario.ts';
import { churn } from './churn.ts';
import { clustering } from './clustering.ts';
import { corruptPeers } from './corrupt-peers.ts';
import { flashCrowd } from './flash-crowd.ts';
import { freeRiders } from './free-riders.ts';
import { locality } from './locality.ts';
import { mixed } from './mixed.ts';
import { nat } from './nat.ts';
import { picking } from './picking.ts';
import { pieceSize } from './piece-size.ts';
import { scaling } from './scaling.ts';
import { seedLeaves } from './seed-leaves.ts';
import { superSeeding } from './super-seeding.ts';
import { trackerDies } from './tracker-dies.ts';
import { webSeed } from './web-seed.ts';

export const SCENARIOS: readonly Scenario[] = [
  scaling,
  flashCrowd,
  seedLeaves,
  churn,
  pieceSize,
  picking,
  superSeeding,
  freeRiders,
  clustering,
  nat,
  locality,
  webSeed,
  trackerDies,
  corruptPeers,
  mixed,
];
