// A session's torrents of an earlier run, added again: each as it was, paused where it was. A few are read at a time, so
// that ten thousand of them fill no memory; one that cannot be added stops none of the others.

import { SwarmlineError } from '../core/errors.ts';
import type { AddOptions } from './add-options.ts';
import type { Remembered, ResumeStore } from './resume-store.ts';

export interface Restored<Torrent> {
  readonly torrents: readonly Torrent[];
  /** Why some were not added. */
  readonly faults: readonly SwarmlineError[];
}

/** @throws SwarmlineError `STATE_UNREADABLE` where the folder itself cannot be read */
export async function restore<Torrent>(
  store: ResumeStore,
  add: (options: AddOptions, remembered: Remembered) => Torrent,
): Promise<Restored<Torrent>> {
  const names = await store.list();
  const torrents: Torrent[] = [];
  const faults: SwarmlineError[] = [];
  let next = 0;
  const lane = async () => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      try {
        const remembered = await store.load(name);
        const options = optionsOf(remembered);
        if (options !== undefined) torrents.push(add(options, remembered));
      } catch (error) {
        if (!(error instanceof SwarmlineError)) throw error;
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { torrents, faults: [...store.faults, ...faults] };
}

/** Undefined where the record is broken: there is no telling where the data is. */
function optionsOf({ resume, info }: Remembered): AddOptions | undefined {
  if (resume === undefined) return undefined;
  const { hashes, name, downloadDir, sources, priorities } = resume;
  const { trackers, webSeeds, isPaused, isForced, superSeed, seedLimits, allocation } = resume;
  const { isSequential, limits, honorsSessionRates, rateGroup } = resume;
  // One by one: V8 makes hidden classes for each object alone that others are spread into.
  const options: { -readonly [Name in keyof AddOptions]: AddOptions[Name] } = {
    downloadDir,
    trackers,
    webSeeds,
    isPaused,
    isForced,
    superSeed,
    seedLimits,
    isSequential,
    honorsSessionRates,
  };
  if (rateGroup !== undefined) options.rateGroup = rateGroup;
  if (Object.keys(limits).length > 0) options.limits = limits;
  if (info !== undefined) options.info = info;
  else options.magnet = { ...hashes, ...(name === undefined ? {} : { name }) };
  if (sources !== undefined) options.sources = sources;
  if (allocation !== undefined) options.allocation = allocation;
  if (priorities !== undefined) options.priorities = priorities;
  return options;
}

const LANES = 16;
