// What came with a call, by names of any style. As in Transmission, a value of another type than the field has counts as not
// given, and what nobody knows is passed over.

import { snakeName } from './names.ts';

export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(given: unknown) {
    const values = new Map<string, unknown>();
    if (typeof given === 'object' && given !== null && !Array.isArray(given))
      for (const [name, value] of Object.entries(given)) values.set(snakeName(name), value);
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): unknown {
    return this.#values.get(name);
  }

  text(name: string): string | undefined {
    return textOf(this.get(name));
  }

  flag(name: string): boolean | undefined {
    return flagOf(this.get(name));
  }

  number(name: string): number | undefined {
    return numberOf(this.get(name));
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.get(name);
    return Array.isArray(value) ? value : undefined;
  }

  names(): IterableIterator<string> {
    return this.#values.keys();
  }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** 0 and 1 are flags too, as many clients send them. */
export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 1) return value === 1;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A whole number from 0 on, of kilobytes, minutes, peers, torrents; not more than four bytes hold. */
export function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Math.min(MAX_COUNT, Math.max(0, Math.trunc(number)));
}

export const MAX_COUNT = 2 ** 31 - 1;
