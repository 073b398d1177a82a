// The known word that a mistyped one was meant to be.

/** The nearest of `words` with at most a third of its letters wrong; undefined where none is near. */
export function didYouMean(typed: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const wanted = typed.toLowerCase();
  for (const word of words) {
    const isBeginning = wanted.length >= 2 && word.startsWith(wanted);
    const distance = isBeginning ? 0.5 : editDistance(wanted, word);
    const allowed = Math.max(1, Math.floor(Math.max(word.length, wanted.length) / 3));
    if (distance <= Math.max(allowed, 0.5) && distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (Damerau–Levenshtein, "optimal string alignment"). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) distance = Math.min(distance, beforePrevious[j - 2]! + 1);
      row.push(distance);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}
