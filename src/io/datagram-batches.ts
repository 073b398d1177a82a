// A UDP socket whose datagrams come and go by the batch: those that have come together are heard in a few calls of the system,
// and those of one turn leave in one. `udp` does the same one by one where the platform has no such calls.

import type { Address } from '../core/bytes/compact-address.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { DatagramSocket } from '../host/datagram.ts';
import { RECEIVE_BUFFER, SEND_BUFFER } from './datagram-place.ts';
import { BATCH, DatagramReceiver } from './datagram-receiver.ts';
import { DatagramSender } from './datagram-sender.ts';
import type { Device } from './device.ts';
import type { LibcSockets, Watch } from './libc-sockets.ts';
import { cannotListen, cannotSend, isOfOtherFamily } from './udp-fault.ts';

/** @throws SwarmlineError `LISTEN_FAILED` */
export function bindInBatches(
  address: Address,
  libc: LibcSockets,
  device: Device | undefined,
): DatagramSocket {
  let fd: number;
  try {
    fd = libc.bind(address, {
      isShared: false,
      receiveBuffer: RECEIVE_BUFFER,
      sendBuffer: SEND_BUFFER,
      takesRuns: true,
      device: device?.mustIndex(),
    });
  } catch (error) {
    throw cannotListen(address, error);
  }
  return new BatchedDatagramSocket(fd, libc);
}

class BatchedDatagramSocket implements DatagramSocket {
  readonly address: Address;
  onDatagram: DatagramSocket['onDatagram'] = () => {};
  onQuiet = () => {};
  readonly isFreeOnceSent = true;
  readonly #fd: number;
  readonly #libc: LibcSockets;
  readonly #isIpv6: boolean;
  /** Its memory is there once it is needed: some sockets hear one answer, others none. */
  #receiver: DatagramReceiver | undefined;
  readonly #sender: DatagramSender;
  readonly #watch: Watch;
  #isClosed = false;

  constructor(fd: number, libc: LibcSockets) {
    this.#fd = fd;
    this.#libc = libc;
    this.address = libc.addressOf(fd);
    this.#isIpv6 = this.address.host.includes(':');
    this.#sender = new DatagramSender(fd, this.#isIpv6, libc);
    this.#watch = libc.watch(fd, () => this.#readable());
    // A program ends when its work is done, whatever may still arrive.
    this.#watch.release();
  }

  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void {
    if (this.#isClosed) return;
    if (host.includes(':') !== this.#isIpv6) {
      onFault?.(isOfOtherFamily(host));
      return;
    }
    try {
      this.#sender.send(bytes, host, port, onFault && (code => onFault(cannotSend(host, code))));
    } catch (error) {
      onFault?.(cannotSend(host, error));
    }
  }

  keepAlive(isNeeded: boolean): void {
    if (this.#isClosed) return;
    if (isNeeded) this.#watch.hold();
    else this.#watch.release();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sender.close();
    this.#watch.end();
    this.#libc.close(this.#fd);
  }

  /** What comes meanwhile has its turn too; but others of this thread have theirs between. */
  #readable(): void {
    this.#receiver ??= new DatagramReceiver(this.#fd, this.#isIpv6, this.#libc);
    for (let i = 0; i < BATCHES_A_TURN && !this.#isClosed; i++)
      if (this.#receiver.receive(this.#listener, this.#isOpen) < BATCH) break;
    if (!this.#isClosed) this.onQuiet();
  }

  readonly #listener = () => this.onDatagram;
  readonly #isOpen = () => !this.#isClosed;
}

const BATCHES_A_TURN = 2;
