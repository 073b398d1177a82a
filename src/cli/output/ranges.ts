// Numbers in order as runs, which is how pieces go bad: `0-3, 7, 12-14`. A long list is cut, and says so.

import { formatCount } from './figures.ts';

export function formatRanges(numbers: readonly number[], mostRuns = 12): string {
  const runs: string[] = [];
  let count = 0;
  for (let i = 0; i < numbers.length && runs.length < mostRuns; ) {
    let end = i;
    while (numbers[end + 1] === numbers[end]! + 1) end++;
    runs.push(end === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[end]}`);
    count += end - i + 1;
    i = end + 1;
  }
  const rest = numbers.length - count;
  return runs.join(', ') + (rest > 0 ? ` and ${formatCount(rest)} more` : '');
}
