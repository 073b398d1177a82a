// What is made of many numbers, of any number of them: a hundred thousand arguments are more than a call takes.

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** NaN of none. */
export function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length;
}

/** Infinity of none. */
export function least(numbers: readonly number[]): number {
  return numbers.reduce((smallest, number) => Math.min(smallest, number), Number.POSITIVE_INFINITY);
}

/** Minus infinity of none. */
export function most(numbers: readonly number[]): number {
  return numbers.reduce((largest, number) => Math.max(largest, number), Number.NEGATIVE_INFINITY);
}
