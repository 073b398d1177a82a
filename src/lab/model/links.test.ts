import { expect, it } from 'vitest';
import { seededRandom } from '../../core/bytes/prng.ts';
import { Links } from './links.ts';

it('keeps both ends of each connection true while others come and go', () => {
  const links = new Links(20, 6);
  const random = seededRandom(3);
  for (let i = 0; i < 2000; i++) {
    const [a, b] = [random.below(20), random.below(20)];
    if (a === b) continue;
    if (!links.areNeighbours(a, b)) {
      if (links.degree[a]! < 6 && links.degree[b]! < 6) links.connect(a, b);
    } else if (random.below(2) === 0) {
      const row = links.neighbour.subarray(a * 6, a * 6 + links.degree[a]!);
      links.disconnect(a, row.indexOf(b));
    }
    if (i % 50 === 0) expect(faults(links, 20)).toEqual([]);
  }
});

it('takes what it gives along when a place moves', () => {
  const links = new Links(4, 3);
  for (const other of [1, 2, 3]) links.connect(0, other);
  links.giving[0] = 2;
  links.givingCount[0] = 1;
  links.turnBytes[2] = 77;
  links.disconnect(0, 0);
  // Neighbour 3 has moved from the last place to the first.
  expect([links.neighbour[0], links.giving[0], links.turnBytes[0]]).toEqual([3, 0, 77]);
});

/** Places whose other end does not lead back, and neighbours that stand there twice. */
function faults(links: Links, peers: number): string[] {
  const found: string[] = [];
  for (let peer = 0; peer < peers; peer++) {
    const seen = new Set<number>();
    for (let place = 0; place < links.degree[peer]!; place++) {
      const link = peer * links.places + place;
      const other = links.reverse(link);
      if (links.reverse(other) !== link || links.neighbour[other] !== peer)
        found.push(`${peer}, place ${place}`);
      seen.add(links.neighbour[link]!);
    }
    if (seen.size !== links.degree[peer]) found.push(`${peer} twice`);
  }
  return found;
}
