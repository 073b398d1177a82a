// From a method's name and whatever came with it to a result, or to an error with a code and a sentence. Knows no HTTP.

import { SwarmlineError } from '../core/errors.ts';
import { ACTIONS, type ActionDeps } from './actions.ts';
import { METHODS, type MethodName, READING_METHODS } from './methods.ts';

export function isMethod(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}

/**
 * @throws SwarmlineError `METHOD_UNKNOWN`, `READ_ONLY`, `REQUEST_INVALID`, and what the method itself throws
 */
export async function dispatch(name: string, params: unknown, deps: ActionDeps): Promise<unknown> {
  if (!isMethod(name))
    throw new SwarmlineError('METHOD_UNKNOWN', `There is no method "${name}".`, { where: name });
  if (deps.isReadOnly === true && !READING_METHODS.has(name))
    throw new SwarmlineError('READ_ONLY', 'Here it can only be seen what goes on, and nothing changed.', {
      where: name,
    });
  const read = METHODS[name].params.safeParse(params ?? {});
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue!.path.join('.');
    throw new SwarmlineError('REQUEST_INVALID', `"${where || name}": ${issue!.message}.`, { where });
  }
  const action = ACTIONS[name] as (params: unknown, deps: ActionDeps) => unknown;
  try {
    return await action(read.data, deps);
  } catch (error) {
    // What the session refuses: a number that is none, a change that is not possible now.
    if (error instanceof TypeError && !isBug(error))
      throw new SwarmlineError('REQUEST_INVALID', error.message);
    throw error;
  }
}

/** The engine's own words for a mistake of the program's. */
function isBug({ message }: TypeError): boolean {
  return /^(?:Cannot read|Cannot set|.* is not (?:a function|iterable|defined)|undefined )/.test(message);
}
