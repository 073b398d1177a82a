// Every scenario, by name.

import { equalCaps } from './equal-caps.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [equalCaps(8, 16 * 1_048_576), equalCaps(32, 32 * 1_048_576)];
