// Every scenario of the lab, in the order in which it is read.

import type { Scenario } from '../scenario.ts';
import { churn } from './churn.ts';
import { clustering } from './clustering.ts';
import { flashCrowd } from './flash-crowd.ts';
import { freeRiders } from './free-riders.ts';
import { picking } from './picking.ts';
import { pieceSize } from './piece-size.ts';
import { scaling } from './scaling.ts';
import { seedLeaves } from './seed-leaves.ts';
import { superSeeding } from './super-seeding.ts';

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
];
