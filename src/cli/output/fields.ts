// A block of labelled facts, labels in one column; a fact may have many lines.

import { padEnd, widthOf } from './display-text.ts';
import type { Paint } from './paint.ts';

/** A label and its lines; a field without lines is left out. */
export type Field = readonly [label: string, value: string | readonly string[] | undefined];

export function drawFields(fields: readonly Field[], paint: Paint): string[] {
  const shown = fields.filter(([, value]) => value !== undefined && value.length > 0);
  const width = Math.max(0, ...shown.map(([label]) => widthOf(label)));
  return shown.flatMap(([label, value]) => {
    const lines = typeof value === 'string' ? [value] : value!;
    return lines.map((line, i) => `  ${paint.idle(padEnd(i === 0 ? label : '', width))}  ${line}`.trimEnd());
  });
}
