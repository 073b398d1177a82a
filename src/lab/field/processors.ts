// How busy this machine's processors are: in the field they stand for those of many machines, and what they hold up the lines
// do not.

import { readFileSync } from 'node:fs';

/** Answers, when called, how much of them has had nothing to do since, 0…1. */
export function watchProcessors(): () => number {
  const before = ticks();
  return () => {
    const after = ticks();
    return (after.idle - before.idle) / Math.max(1, after.all - before.all);
  };
}

function ticks(): { readonly all: number; readonly idle: number } {
  // user nice system idle iowait irq softirq steal; guests are in user already.
  const row = readFileSync('/proc/stat', 'latin1').split('\n')[0]!;
  const fields = row.split(/\s+/).slice(1, 9).map(Number);
  return { all: fields.reduce((sum, field) => sum + field, 0), idle: fields[3]! + fields[4]! };
}
