import { expect, it } from 'vitest';
import { type Flow, Line } from './line.ts';
import { World } from './world.ts';

/** A flow with so much to send, that notes when its bytes passed. */
class Sender implements Flow {
  isWaiting = false;
  left: number;
  doneAt = 0;
  readonly #world: World;

  constructor(world: World, bytes: number) {
    this.#world = world;
    this.left = bytes;
  }

  ready(): number {
    return this.left;
  }
  taken(bytes: number): void {
    this.left -= bytes;
  }
  passed(): void {
    if (this.left === 0) this.doneAt = this.#world.now;
  }
}

async function times(bytesPerSecond: number, ...amounts: number[]): Promise<number[]> {
  const world = new World({ seed: 1 });
  const line = new Line(world, bytesPerSecond, 1000);
  const senders = amounts.map(bytes => new Sender(world, bytes));
  for (const sender of senders) line.wake(sender);
  await world.pass(100_000);
  expect(line.total).toBe(amounts.reduce((a, b) => a + b, 0));
  return senders.map(sender => sender.doneAt);
}

it('carries as much as it can, and no more', async () => {
  expect(await times(10_000, 50_000)).toEqual([5000]);
});

it('shares evenly, and what one leaves is the others’', async () => {
  // 10,000 of each until 3 s; then two share; from 9 s − 4 s on one has it alone.
  const [small, middle, large] = await times(10_000, 10_000, 20_000, 60_000);
  expect(small).toBeCloseTo(2800, -2);
  expect(middle).toBeCloseTo(4900, -2);
  expect(large).toBe(9000);
});

it('lets a few bytes go ahead, and has those behind pay for them', async () => {
  const [long, few] = await times(10_000, 50_000, 50);
  expect(few).toBe(0);
  expect(long).toBe(5005);
});

it('without a limit takes no time', async () => {
  expect(await times(Number.POSITIVE_INFINITY, 5000, 1_000_000)).toEqual([0, 0]);
});
