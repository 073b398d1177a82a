// Look-ups of names that cost something, shared and bounded: who asks for a name that is being looked up has the same answer, a
// few names are looked up at a time, and the others wait their turn. Nothing is remembered once it is answered.

import { SwarmlineError } from '../core/errors.ts';
import type { NameResolver } from '../host/names.ts';
import { plainIp } from './names.ts';

export interface SharedNamesOptions {
  /** Names that are looked up at a time. @default 16: each is two sockets */
  readonly max?: number;
  /** Names that wait; further ones are not found. @default 1000 */
  readonly maxWaiting?: number;
}

export function sharedNames(
  names: NameResolver,
  { max = 16, maxWaiting = 1000 }: SharedNamesOptions = {},
): NameResolver {
  const asked = new Map<string, Promise<readonly string[]>>();
  const waiting: (() => void)[] = [];
  let underWay = 0;
  const lookUp = async (name: string) => {
    if (underWay < max) underWay++;
    // Who ends gives its place on.
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await names.resolve(name);
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay--;
      else next();
    }
  };
  return {
    resolve: async name => {
      // An address stands for itself.
      if (plainIp(name) !== undefined) return names.resolve(name);
      const key = name.toLowerCase().replace(/\.$/, '');
      const same = asked.get(key);
      if (same !== undefined) return same;
      if (underWay >= max && waiting.length >= maxWaiting)
        throw new SwarmlineError('NAME_NOT_FOUND', 'Too many names are being looked up.', {
          where: key.slice(0, 200),
        });
      const answer = lookUp(name).finally(() => asked.delete(key));
      asked.set(key, answer);
      return answer;
    },
  };
}
