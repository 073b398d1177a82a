// What a parser makes of its bytes, in a word: for targets that put several to the same input.

import { ProtocolError } from '../dist/core/errors.js';

/** What a call says, or the ProtocolError that it ends with. @throws whatever else it ends with */
export function outcomeOf(call) {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // A parser's own slip must not pass for the peer's fault.
    const { cause } = error;
    if (cause !== undefined && !(cause instanceof ProtocolError)) throw cause;
    return `${error.code} ${error.message}`;
  }
}
