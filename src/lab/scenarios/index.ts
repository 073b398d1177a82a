// Every scenario of the lab, in the order in which it is read.

import type { Scenario } from '../scenario.ts';
import { flashCrowd } from './flash-crowd.ts';
import { scaling } from './scaling.ts';

export const SCENARIOS: readonly Scenario[] = [scaling, flashCrowd];
