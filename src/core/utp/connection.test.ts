import { describe, expect, it } from 'vitest';
import { UtpNetwork, type UtpUser } from '../../../test/utp-network.ts';
import { concatBytes, equalBytes } from '../bytes/bytes.ts';

function joined(network: UtpNetwork) {
  const [a, b] = [network.end('10.0.0.1'), network.end('10.0.0.2')];
  const here = a.dial(b);
  here.write(Uint8Array.of(1));
  expect(network.run(() => b.accepted.length === 1 && b.accepted[0]!.gotBytes === 1, 60_000)).toBe(true);
  const there = b.accepted[0]!;
  there.got.length = 0;
  there.gotBytes = 0;
  return { a, b, here, there };
}

/** Writes all of it as the other end takes it. */
function pour(user: UtpUser, bytes: Uint8Array): void {
  let at = 0;
  const more = () => {
    while (at < bytes.length) {
      const chunk = bytes.subarray(at, at + 40_000);
      at += chunk.length;
      if (!user.write(chunk)) return;
    }
  };
  user.onDrained = more;
  more();
}

describe('a connection', () => {
  it('brings all bytes in order, both ways at once', () => {
    const network = new UtpNetwork(1);
    const { here, there } = joined(network);
    const [up, down] = [
      network.random.fill(new Uint8Array(500_000)),
      network.random.fill(new Uint8Array(300_000)),
    ];
    pour(here, up);
    pour(there, down);
    expect(network.run(() => there.gotBytes === up.length && here.gotBytes === down.length, 60_000)).toBe(
      true,
    );
    expect(equalBytes(concatBytes(there.got), up)).toBe(true);
    expect(equalBytes(concatBytes(here.got), down)).toBe(true);
    expect(here.connection.path.datagramLength).toBe(1472);
  });

  it('ends after what was written before', () => {
    const network = new UtpNetwork(2);
    const { a, b, here, there } = joined(network);
    here.write(new Uint8Array(30_000));
    here.close();
    expect(network.run(() => there.closed !== undefined, 10_000)).toBe(true);
    expect([there.gotBytes, there.closed, here.closed]).toEqual([30_000, 'end', undefined]);
    network.run(() => false, 2000);
    expect([a.mux.count, b.mux.count]).toEqual([0, 0]);
  });

  for (let seed = 1; seed <= 12; seed++) {
    it(`delivers in order whatever the network does, run ${seed}`, () => {
      const network = new UtpNetwork(seed);
      const { random } = network;
      network.chances = {
        delayMs: 1 + random.below(100),
        jitterMs: random.below(60),
        lost: random.below(20),
        doubled: random.below(20),
        mtu: 548 + random.below(1000),
      };
      const { a, b, here, there } = joined(network);
      const sent = random.fill(new Uint8Array(20_000 + random.below(200_000)));
      pour(here, sent);
      const isDone = network.run(
        () => there.gotBytes === sent.length || here.closed !== undefined,
        3_600_000,
      );
      expect(isDone).toBe(true);
      const got = concatBytes(there.got);
      expect(equalBytes(got, sent.subarray(0, got.length))).toBe(true);
      expect(here.closed).toBe(undefined);
      there.close();
      network.run(() => a.mux.count + b.mux.count === 0, 200_000);
      expect([a.mux.count, b.mux.count, a.mux.heldBytes, b.mux.heldBytes]).toEqual([0, 0, 0, 0]);
    });
  }
});
