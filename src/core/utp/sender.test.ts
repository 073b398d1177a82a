// What leaves when, with acks made by hand. How it gets on with another end is in `recovery.test.ts`.

import { describe, expect, it } from 'vitest';
import { CONNECTION_DEFAULTS, type ConnectionOptions } from './options.ts';
import { Packet, readPacket, STATE } from './packet.ts';
import { PacketPool } from './packet-pool.ts';
import { RoundTrip } from './round-trip.ts';
import { Sender } from './sender.ts';

const FIRST = 100;
const PLENTY = 1_000_000;

class Sending {
  readonly roundTrip = new RoundTrip();
  readonly sender: Sender;
  now = 0;

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.sender = new Sender(
      { sendId: 1, sequence: FIRST, floor: 1000, ceiling: 1000 },
      {
        options: { ...CONNECTION_DEFAULTS, ...options },
        pool: new PacketPool(),
        roundTrip: this.roundTrip,
        delay: { queueMs: 0 },
        acks: { rideOn: () => {} },
      },
    );
  }

  /** The numbers of all that may leave now. */
  sent(): number[] {
    const numbers: number[] = [];
    const packet = new Packet();
    for (
      let datagram = this.sender.nextDatagram(this.now);
      datagram !== undefined;
      datagram = this.sender.nextDatagram(this.now)
    ) {
      expect(readPacket(datagram, packet)).toBe(true);
      numbers.push(packet.sequence);
    }
    return numbers;
  }

  acked(ack: number, window = PLENTY): void {
    this.sender.ackReceived(Object.assign(new Packet(), { type: STATE, ack, window }), this.now);
  }
}

/** A window of packets is on its way: 100 to 103. */
function underWay(options: Partial<ConnectionOptions> = {}): Sending {
  const sending = new Sending(options);
  sending.sender.write([new Uint8Array(50_000)]);
  expect(sending.sent()).toEqual([100, 101, 102, 103]);
  return sending;
}

/** How many timeouts it bears before it says that nobody is there. */
function patience(sending: Sending): number {
  for (let count = 0; ; count++) {
    sending.now = sending.sender.nextTimeout;
    if (!sending.sender.timePassed(sending.now)) return count;
    sending.sent();
  }
}

describe('a sender', () => {
  it('sends a window, and more as it is acked', () => {
    const sending = underWay();
    sending.now += 50;
    sending.acked(101);
    expect(sending.roundTrip.meanMs).toBe(50);
    // In slow start: the two that have arrived, and two more.
    expect(sending.sent()).toEqual([104, 105, 106, 107]);
  });

  it('takes the first packet for lost when the same ack comes three times', () => {
    const sending = underWay();
    const { inFlightBytes, windowBytes } = sending.sender;
    for (let i = 0; i < 2; i++) sending.acked(FIRST - 1);
    expect(sending.sender.inFlightBytes).toBe(inFlightBytes);
    sending.acked(FIRST - 1);
    expect([sending.sender.inFlightBytes, sending.sender.windowBytes]).toEqual([
      0.75 * inFlightBytes,
      0.5 * windowBytes,
    ]);
  });

  it('sends what is lost before anything new', () => {
    const sending = underWay();
    sending.now = sending.sender.nextTimeout;
    sending.sender.timePassed(sending.now);
    expect(sending.sent()).toEqual([100]);
    sending.acked(100);
    expect(sending.sent()).toEqual([101, 102]);
    sending.acked(102);
    expect(sending.sent().slice(0, 2)).toEqual([103, 104]);
  });

  it('asks now and then where the other end has no room, and goes on when it has some', () => {
    const sending = underWay();
    sending.now += 50;
    sending.acked(103, 0);
    expect(sending.sent()).toEqual([]);
    sending.now = sending.sender.nextTimeout;
    expect(sending.sender.timePassed(sending.now)).toBe(true);
    expect(sending.sent()).toEqual([104]);
    sending.acked(103, PLENTY);
    // What asked goes once more: there was no room for it.
    expect(sending.sent().slice(0, 2)).toEqual([104, 105]);
  });

  it('gives up after so many timeouts, and sooner where it is to end', () => {
    expect(patience(underWay({ maxSilences: 6 }))).toBe(6);
    const ending = underWay({ maxSilences: 6 });
    ending.sender.end();
    expect(patience(ending)).toBe(3);
  });

  it('waits for nothing when all has arrived', () => {
    const sending = new Sending();
    sending.sender.write([new Uint8Array(100)]);
    expect([sending.sent(), sending.sender.hasArrived]).toEqual([[100], false]);
    sending.acked(100);
    expect([sending.sender.hasArrived, sending.sender.nextTimeout]).toEqual([true, Number.POSITIVE_INFINITY]);
  });

  it('takes no ack of what was not sent, nor one of long ago', () => {
    const { sender } = underWay();
    expect([99, 103, 104, 99 - 4097, 99 - 4096].map(ack => sender.isAckPossible(ack & 0xffff))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect([99 - 17, 99 - 16, 104, 105].map(ack => sender.isAckOfNow(ack))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
