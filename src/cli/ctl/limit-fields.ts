// Limits as a person reads them. No limit is null, as JSON has it.

import type { AlternativeLimitsView } from '../../rpc/methods.ts';
import type { Field } from '../output/fields.ts';
import { formatCount, formatDuration, formatRate } from '../output/figures.ts';
import { formatWeekPlan } from '../week-plan.ts';

type Limit = number | 'rate' | null;

/** Those that limit something, in the order of the table below. */
export function limitFields(limits: Readonly<Record<string, Limit>>, all = false): Field[] {
  return LIMITS.filter(({ name }) => name in limits && (all || limits[name] !== null)).map(
    ({ name, label, format }): Field => [label, formatLimit(limits[name]!, format)],
  );
}

export function alternativeFields({ isOn, schedule, ...rates }: AlternativeLimitsView): Field[] {
  return [
    ['Alternative limits', isOn ? 'on' : 'off'],
    ['…down', formatLimit(rates.downloadBytesPerSecond, formatRate)],
    ['…up', formatLimit(rates.uploadBytesPerSecond, formatRate)],
    ['…by themselves', schedule === null ? 'never' : formatWeekPlan(schedule)],
  ];
}

function formatLimit(limit: Limit, format: (value: number) => string): string {
  if (limit === 'rate') return 'as many as the uplink feeds';
  return limit === null ? 'none' : format(limit);
}

const LIMITS: readonly { name: string; label: string; format: (value: number) => string }[] = [
  { name: 'downloadBytesPerSecond', label: 'Limit down', format: formatRate },
  { name: 'uploadBytesPerSecond', label: 'Limit up', format: formatRate },
  { name: 'maxConnections', label: 'Connections', format: formatCount },
  { name: 'maxPeers', label: 'Most peers', format: formatCount },
  { name: 'maxDialling', label: 'Dials at a time', format: formatCount },
  { name: 'dialsPerSecond', label: 'Dials a second', format: formatCount },
  { name: 'uploadSlots', label: 'Upload slots', format: formatCount },
  { name: 'maxActive', label: 'Active', format: formatCount },
  { name: 'maxActiveDownloads', label: 'Active downloads', format: formatCount },
  { name: 'maxActiveSeeds', label: 'Active seeds', format: formatCount },
  { name: 'maxChecking', label: 'Hashed at a time', format: formatCount },
  { name: 'seedRatio', label: 'Seed to ratio', format: ratio => ratio.toFixed(2) },
  { name: 'seedTimeMs', label: 'Seed for', format: formatDuration },
  { name: 'seedIdleMs', label: 'Seed unasked for', format: formatDuration },
];
