// A tracker as a service of a world: the real Tracker with its store in memory, asked over the world's HTTP.

import { seededRandom } from '../../core/bytes/prng.ts';
import { handleTrackerRequest } from '../../tracker/http.ts';
import type { TrackerOptions } from '../../tracker/options.ts';
import { MemoryStore } from '../../tracker/stores/memory.ts';
import { Tracker } from '../../tracker/tracker.ts';
import type { SimService } from './sim-http.ts';
import type { World } from './world.ts';

export interface SimTracker {
  /** Where peers announce. */
  readonly url: string;
  readonly service: SimService;
}

/** Runs a tracker in the world; peers may come back to it after `minIntervalSeconds`. */
export function simTracker(world: World, options: TrackerOptions = {}): SimTracker {
  const random = seededRandom(world.random.below(2 ** 32));
  const tracker = new Tracker(options, {
    store: new MemoryStore({ memoryBytes: MEMORY }, { random }),
    random,
  });
  const service: SimService = {
    host: `10.255.0.${world.services.length + 1}`,
    port: 6969,
    isUp: true,
    handle: (request, respond) => handleTrackerRequest(tracker, request, world.now, respond),
  };
  world.services.push(service);
  return { url: `http://${service.host}:${service.port}/announce`, service };
}

/** Some hundred thousand peers: more than any trial has. */
const MEMORY = 4 * 1024 * 1024;
