import { describe, expect, it } from 'vitest';
import { noise } from '../../../test/torrents.ts';
import { rootOfPieceLayer } from '../metainfo/merkle.ts';
import type { Info } from '../metainfo/metainfo.ts';
import type { LayerRequest } from './layer-download.ts';
import { LAYER_DEFAULTS, LayerDownload } from './layer-download.ts';
import { PieceLayers } from './piece-layers.ts';

const PIECE = 16_384;

/** Files of so many pieces each, and the layers that are missing. */
function missing(...pieceCounts: number[]): { layers: PieceLayers; download: LayerDownload } {
  const files = pieceCounts.map((pieces, i) => {
    const digests = noise(32 * pieces, i);
    return {
      path: [`${i}`],
      length: pieces * PIECE,
      offset: 0,
      piecesRoot: rootOfPieceLayer(digests, PIECE),
    };
  });
  const layers = new PieceLayers({ files, pieceLength: PIECE } as unknown as Info);
  return { layers, download: new LayerDownload(layers) };
}

/** A layer of one chunk is its own proof. */
function right(request: LayerRequest, layers: PieceLayers): Uint8Array {
  const index = [...layers.missing.values()].indexOf(request.layer);
  expect(index).toBeGreaterThanOrEqual(0);
  const file = Number(layers.fileOf(request.layer.piecesRoot)!.path[0]);
  return noise(32 * request.range.length, file);
}

describe('the layers of files', () => {
  it('are asked of several peers, each chunk of one at a time', () => {
    const { download } = missing(2000, 2);
    const asked = [1, 2, 1, 2, 1].map(peer => download.next(peer, 0)!);
    expect(asked.map(({ chunk, range }) => [range.length, chunk])).toEqual([
      [512, 0],
      [512, 1],
      [512, 2],
      [512, 3],
      [2, 0],
    ]);
    expect(download.next(2, 0)).toBeUndefined();
  });

  it('are asked of one peer four at a time', () => {
    const { download } = missing(512 * 20);
    const first = download.next(1, 0)!;
    for (let i = 1; i < 4; i++) expect(download.next(1, 0)).toBeDefined();
    expect(download.next(1, 0)).toBeUndefined();
    expect(download.answered(first, new Uint8Array(0))).toBe(false);
    expect(download.next(1, 0)!.chunk).toBe(0);
  });

  it('are asked elsewhere when they were refused, and of who refused not before half a minute', () => {
    const { download } = missing(2);
    download.refused(download.next(1, 0)!, 0);
    expect(download.next(1, 100)).toBeUndefined();
    const second = download.next(2, 100)!;
    expect(second.chunk).toBe(0);
    download.refused(second, 100);
    expect(download.next(1, 29_999)).toBeUndefined();
    expect(download.next(1, 30_000)).toBeDefined();
  });

  it('are asked elsewhere when no answer comes, and a late one still counts', () => {
    const { layers, download } = missing(2, 4);
    const late = download.next(1, 0)!;
    download.next(1, 0);
    download.timePassed(9_999);
    expect(download.next(2, 9_999)).toBeUndefined();
    download.timePassed(10_000);
    const again = download.next(2, 10_000)!;
    expect(again.layer).toBe(late.layer);
    expect(download.next(1, 10_000)).toBeUndefined();
    expect(download.answered(late, right(late, layers))).toBe(true);
    expect(download.progress).toBe(0.5);
    expect(download.answered(again, noise(64, 0))).toBe(true);
    expect(layers.isWhole).toBe(false);
  });

  it('stay when the peer that gave them leaves, and what it owed is asked of another', () => {
    const { layers, download } = missing(2, 4);
    const [first, second] = [download.next(1, 0)!, download.next(1, 0)!];
    expect(download.answered(first, right(first, layers))).toBe(true);
    download.left(1);
    const again = download.next(2, 0)!;
    expect(again.layer).toBe(second.layer);
    expect(download.answered(again, right(again, layers))).toBe(true);
    expect(layers.isWhole).toBe(true);
    expect(layers.whole.size).toBe(2);
    expect(download.next(2, 0)).toBeUndefined();
    expect(download.progress).toBe(1);
  });

  it('are fetched once for files that are equal', () => {
    const { layers, download } = missing(2);
    const [file] = [...layers.missing.values()];
    const info = {
      files: [0, 1].map(i => ({
        path: [`${i}`],
        length: 2 * PIECE,
        offset: 0,
        piecesRoot: file!.piecesRoot,
      })),
      pieceLength: PIECE,
    } as unknown as Info;
    expect(new PieceLayers(info).missing.size).toBe(1);
    expect(download.next(1, 0)).toBeDefined();
  });

  it('of two lengths with one root are a torrent that cannot be', () => {
    const piecesRoot = new Uint8Array(32);
    const files = [2, 3].map(pieces => ({ path: ['x'], length: pieces * PIECE, offset: 0, piecesRoot }));
    expect(() => new PieceLayers({ files, pieceLength: PIECE } as unknown as Info)).toThrow(
      expect.objectContaining({ code: 'METAINFO_INVALID' }),
    );
  });

  it('are not asked on and on of a peer that refuses them all', () => {
    const { download } = missing(...Array.from({ length: 200 }, (_, i) => i + 2));
    let refusals = 0;
    for (let request = download.next(1, 0); request !== undefined; request = download.next(1, 0)) {
      download.refused(request, 0);
      refusals++;
    }
    expect(refusals).toBe(LAYER_DEFAULTS.maxRefusals);
  });
});
