// A key-value server that runs scripts beside its data, as a store behind a network sees it. By callback; nothing that is
// asked waits for a server that is away: it fails at once, and whoever asked does what is to be done without.

import type { SwarmlineError } from '../core/errors.ts';

export interface KeyValueServer {
  /** The keys of one call must be of one swarm: it is a cluster, whose machines have a part each. */
  readonly isCluster: boolean;
  /** So many parts the keys are in, each of which may fail while others do not. */
  readonly parts: number;
  /** 0…parts-1. Keys with the same text in braces are in the same part. */
  partOf(key: string): number;
  /**
   * Runs a script with those keys and arguments; what it gives is bytes. `done` is called once, later; the arguments are
   * given away. What is run within one turn leaves in one write.
   */
  run(
    script: string,
    keys: readonly string[],
    args: readonly (string | Uint8Array)[],
    done: (reply: Uint8Array | SwarmlineError) => void,
  ): void;
  /** Calls once, when what has come in this turn has been looked at. */
  afterTurn(call: () => void): void;
  /** It does not answer: drops the connections and makes new ones. What is under way fails. */
  reconnect(): void;
  close(): Promise<void>;
}
