// The stream of changes, for as long as the page is open. It connects again by itself, says what it heard last, and so hears
// what it has missed: from the daemon's next run it hears that all is to be asked anew.

import { signal } from '@preact/signals';
import type { Changes } from '../../../src/rpc/methods.ts';

export type Connection = 'connecting' | 'live' | 'lost';

export const connection = signal<Connection>('connecting');

export interface StreamOptions {
  readonly onChanges: (changes: Changes) => void;
  /** It may be that a token is needed: a stream that is refused does not say why. */
  readonly onRefused: () => void;
}

export function followChanges({ onChanges, onRefused }: StreamOptions): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: number | undefined;
  let failures = 0;

  const connect = () => {
    source = new EventSource(last === undefined ? 'api/v1/changes' : `api/v1/changes?after=${last}`);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      failures = 0;
      connection.value = 'live';
      const changes = JSON.parse(data) as Changes;
      last = changes.sequence;
      onChanges(changes);
    };
    source.onerror = () => {
      // The browser would connect again by itself, but with what it was told at first, and not at all after a refusal.
      source?.close();
      connection.value = 'lost';
      failures++;
      onRefused();
      timer = setTimeout(connect, Math.min(MAX_WAIT_MS, 500 * 2 ** Math.min(failures, 5)));
    };
  };
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

const MAX_WAIT_MS = 5000;
