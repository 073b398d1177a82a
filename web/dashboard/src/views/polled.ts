// What is asked again and again while it is shown: each answer's next question comes a while after it, and none while the
// page is hidden. An error leaves the last answer standing.

import { useEffect, useState } from 'preact/hooks';
import type { MethodName, Params, Result } from '../../../../src/rpc/methods.ts';
import { ask } from '../api.ts';

export interface Polled<Name extends MethodName> {
  readonly answer: Result<Name> | undefined;
  /** Now, rather than in a while. */
  readonly again: () => void;
}

export function usePolled<Name extends MethodName>(
  name: Name,
  params: Params<Name>,
  intervalMs = 1000,
): Polled<Name> {
  const key = JSON.stringify(params);
  const [state, setState] = useState<{ key: string; answer: Result<Name> }>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      if (!document.hidden) {
        try {
          const answer = await ask(name, params);
          if (!isOver) setState({ key, answer });
        } catch {
          // The stream says that the daemon is away; a torrent that is gone is closed by it.
        }
      }
      if (!isOver) timer = setTimeout(poll, intervalMs);
    };
    void poll();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [name, key, intervalMs, turn]);
  return { answer: state?.key === key ? state.answer : undefined, again: () => setTurn(turn + 1) };
}
