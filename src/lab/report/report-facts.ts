// What a report says of where, when and how its results came about. It has no clock and no machine of its own: this comes in.

import type { RunFacts } from '../result-file.ts';

/** `Intel Xeon, 2 cores, 24.0 GiB, Debian 12, Node 20.20.0` */
export function machineWords({ machine }: RunFacts, formatBytes: (length: number) => string): string {
  const { cpu, cores, memoryBytes, os, node } = machine;
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatBytes(memoryBytes)}, ${os}, Node ${node.replace(/^v/, '')}`;
}

/** `2026-11-27 20:15 UTC` */
export function dateWords({ madeAt }: RunFacts): string {
  const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(madeAt) ?? [];
  return day === undefined ? madeAt : `${day} ${minute} UTC`;
}
