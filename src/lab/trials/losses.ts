// Where a swarm loses time against its bound: how much of the leechers' uplinks stands idle, in seconds of all of them
// together, before they are busy for the first time, then, and after they were busy for the last time; and when the last
// piece came to the first leecher, which nobody can be done before. Looks on and changes nothing.

import type { SimSwarm } from '../sim/sim-swarm.ts';

export interface Losses {
  /** When uplinks were busy for the first and the last time, from the start of the leechers. */
  readonly busyMs: number;
  readonly lastBusyMs: number;
  /** How long all uplinks would have been idle for as much. */
  readonly startMs: number;
  readonly middleMs: number;
  readonly endMs: number;
  /** When each piece was at one leecher at least. */
  readonly firstCopiesMs: number;
}

/** To be made before the leechers start; `read` when all are done. */
export function watchLosses(swarm: SimSwarm): { read(): Losses } {
  const { world } = swarm;
  const seen = new Set<number>();
  let startedAt = 0;
  let firstCopiesAt = 0;
  let total = 0;
  /** Of each tenth of a second: the part of the uplinks that was used. */
  const used: number[] = [];
  const look = () => {
    const { leechers } = swarm;
    if (used.length === 0) {
      for (const { torrent } of leechers)
        torrent?.on('piece', ({ piece }) => {
          if (seen.has(piece)) return;
          seen.add(piece);
          firstCopiesAt = world.now;
        });
    }
    const sent = leechers.reduce((sum, { host }) => sum + host.uplink.total, 0);
    const room = leechers.reduce((sum, { host }) => sum + host.uplink.bytesPerSecond, 0) * (STEP_MS / 1000);
    used.push((sent - total) / room);
    total = sent;
    world.after(STEP_MS, look);
  };
  const begin = () => {
    if (swarm.leechers.length === 0 || !swarm.leechers.every(({ hasStarted }) => hasStarted)) {
      world.after(1, begin);
      return;
    }
    startedAt = swarm.leechers[0]!.startedAt;
    world.after(STEP_MS, look);
  };
  world.after(0, begin);
  return {
    read: () => {
      const busy = Math.max(
        0,
        used.findIndex(part => part >= BUSY),
      );
      const lastBusy = Math.max(
        busy,
        used.findLastIndex(part => part >= BUSY),
      );
      const idle = (parts: readonly number[]) => parts.reduce((sum, part) => sum + (1 - part), 0) * STEP_MS;
      return {
        busyMs: (busy + 1) * STEP_MS,
        lastBusyMs: (lastBusy + 1) * STEP_MS,
        startMs: idle(used.slice(0, busy)),
        middleMs: idle(used.slice(busy, lastBusy + 1)),
        endMs: idle(used.slice(lastBusy + 1)),
        firstCopiesMs: firstCopiesAt - startedAt,
      };
    },
  };
}

/** One line for people. */
export function formatLosses(losses: Losses): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return [
    `uplinks idle ${seconds(losses.startMs)} until they are busy at ${seconds(losses.busyMs)}`,
    `${seconds(losses.middleMs)} then`,
    `${seconds(losses.endMs)} after ${seconds(losses.lastBusyMs)}`,
    `every piece with somebody at ${seconds(losses.firstCopiesMs)}`,
  ].join(' · ');
}

const STEP_MS = 100;
const BUSY = 0.93;
