// A run as pictures: who has what, and who sends to whom, moment by moment. For people to look at, so of small swarms only.

export interface Timeline {
  readonly stepMs: number;
  readonly peers: readonly {
    readonly name: string;
    readonly group: number;
    readonly hasEverything: boolean;
  }[];
  readonly frames: readonly Frame[];
}

export interface Frame {
  readonly atMs: number;
  /**
   * Of each peer, what it has of the content: a digit for each of at most `CELLS` runs of pieces, `0` nothing to `9` all of
   * it; empty before it comes and after it has gone.
   */
  readonly have: readonly string[];
  /** Since the frame before: from, to (places in `peers`), bytes. */
  readonly flows: readonly (readonly [from: number, to: number, bytes: number])[];
}

/** At most so many cells for the pieces of a peer, so many peers, so many frames. */
export const CELLS = 48;
export const PICTURED_PEERS = 64;
export const FRAMES = 240;

/** The digits of `Frame.have`. */
export function haveDigits(pieceCount: number, has: (piece: number) => boolean): string {
  const cells = Math.min(CELLS, pieceCount);
  let digits = '';
  for (let cell = 0; cell < cells; cell++) {
    const from = Math.floor((cell * pieceCount) / cells);
    const to = Math.floor(((cell + 1) * pieceCount) / cells);
    let count = 0;
    for (let piece = from; piece < to; piece++) if (has(piece)) count++;
    digits += Math.floor((9 * count) / (to - from));
  }
  return digits;
}
