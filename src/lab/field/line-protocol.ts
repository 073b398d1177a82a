// How the field speaks to programs that are made for it. They print `ready`; leechers begin at the line `go` and print `first`
// when a piece is there and `done` when all is checked and written. When standard input ends they print `end` with what they
// counted, as JSON, and leave.

import { createInterface } from 'node:readline';

/** What a peer says of itself at its end: bytes of blocks, and how much it has, 0…1. */
export interface PeerTotals {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly wasted: number;
  readonly share: number;
}

export type Told =
  | { readonly word: 'ready' | 'first' | 'done' }
  | { readonly word: 'end'; readonly totals: PeerTotals };

/** Undefined for a line that is none of these. */
export function readLine(line: string): Told | undefined {
  if (line === 'ready' || line === 'first' || line === 'done') return { word: line };
  if (!line.startsWith('end ')) return undefined;
  return { word: 'end', totals: JSON.parse(line.slice(4)) as PeerTotals };
}

export function tell(word: 'ready' | 'first' | 'done'): void {
  process.stdout.write(`${word}\n`);
}

export interface Orders {
  go(): void;
  /** What it says as its last words; it is ended when that is resolved. */
  leave(): Promise<PeerTotals>;
}

/** Of a program of the field: does as it is told on standard input. */
export function obey({ go, leave }: Orders): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', line => {
    if (line === 'go') go();
  });
  lines.once('close', () => {
    void leave().then(totals => {
      process.stdout.write(`end ${JSON.stringify(totals)}\n`, () => process.exit(0));
    });
  });
}

export function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
