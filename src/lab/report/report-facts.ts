// What a report says of where and when its results came about. The report has no clock and no machine of its own: this comes in.

export interface ReportFacts {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly os: string;
    readonly node: string;
  };
  /** Of Swarmline. */
  readonly version: string;
  /** ISO 8601, in UTC: `2026-11-27T20:15:00.000Z`. */
  readonly madeAt: string;
  /** That made the results, or the report of them, as it was typed. */
  readonly command: string;
}

/** `2 × Intel Xeon, 24.0 GiB, Debian 12, Node 20.20` takes these four. */
export function machineWords({ machine }: ReportFacts, formatBytes: (length: number) => string): string {
  const { cpu, cores, memoryBytes, os, node } = machine;
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatBytes(memoryBytes)}, ${os}, Node ${node.replace(/^v/, '')}`;
}

/** `2026-11-27 20:15 UTC` */
export function dateWords({ madeAt }: ReportFacts): string {
  const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(madeAt) ?? [];
  return day === undefined ? madeAt : `${day} ${minute} UTC`;
}
