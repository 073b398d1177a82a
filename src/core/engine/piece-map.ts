// A picture of the pieces for people: the piece space cut into a few cells, each summed up. Made when asked for, of plain
// numbers; a torrent of very many pieces is sampled, for this is drawn several times a second.

import type { TorrentState } from './state.ts';

export interface PieceMap {
  /** Share of each cell's pieces that is here, 0…1; of an unfinished piece the blocks that have come. */
  readonly have: Float32Array;
  /** 1 where pieces of the cell are under way. */
  readonly inFlight: Uint8Array;
  /** 1 where blocks of it were given in the last moments. */
  readonly given: Uint8Array;
  /** How many connected peers have the cell's rarest piece. */
  readonly copies: Uint16Array;
  /** Share of each cell's pieces that any connected peer has, 0…1: at 1 everywhere the swarm can do without us. */
  readonly elsewhere: Float32Array;
}

/** At most `cells` cells: fewer where there are fewer pieces. */
export function pieceMap(state: TorrentState, cells: number, now: number): PieceMap {
  const { have, picker } = state;
  const pieceCount = have.length;
  const count = Math.min(cells, pieceCount);
  const map = {
    have: new Float32Array(count),
    inFlight: new Uint8Array(count),
    given: new Uint8Array(count),
    copies: new Uint16Array(count),
    elsewhere: new Float32Array(count),
  };
  for (let cell = 0; cell < count; cell++) {
    const first = Math.floor((cell * pieceCount) / count);
    const end = Math.floor(((cell + 1) * pieceCount) / count);
    const step = Math.max(1, Math.ceil((end - first) / MAX_SAMPLES));
    let here = 0;
    let elsewhere = 0;
    let looked = 0;
    let fewest = MAX_COPIES;
    for (let piece = first; piece < end; piece += step, looked++) {
      const copies = picker === undefined ? 0 : picker.rarity.seeds + picker.rarity.availability[piece]!;
      if (copies < fewest) fewest = copies;
      if (copies > 0) elsewhere++;
      if (have.has(piece)) {
        here++;
        continue;
      }
      const partial = picker?.partial(piece);
      if (partial === undefined) continue;
      map.inFlight[cell] = 1;
      here += partial.receivedCount / partial.blockCount;
    }
    map.have[cell] = here / looked;
    map.copies[cell] = fewest;
    map.elsewhere[cell] = elsewhere / looked;
  }
  for (const piece of state.latelyGiven?.since(now - GIVEN_MS) ?? []) {
    // The cell whose pieces begin at or before it: as they are cut above.
    const cell = Math.floor(((piece + 1) * count - 1) / pieceCount);
    if (cell < count) map.given[cell] = 1;
  }
  return map;
}

/** As long as from one look of a picture to the next. */
const GIVEN_MS = 1_000;
const MAX_SAMPLES = 1_000;
const MAX_COPIES = 65_535;
