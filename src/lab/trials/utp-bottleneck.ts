// One machine's uplink, with a queue that holds much more than uTP wants to put there, and what shares it: uTP alone, with a
// flow that fills the queue, two of uTP. Without torrents: streams that are written to for ever.

import type { Stream } from '../../host/stream.ts';
import { Schedule } from '../../session/schedule.ts';
import { UdpDemux } from '../../session/udp-demux.ts';
import { UtpNetwork, utpOptions } from '../../session/utp-network.ts';
import type { UtpStream } from '../../session/utp-stream.ts';
import { LossBasedFlow } from '../sim/loss-based-flow.ts';
import type { SimHost } from '../sim/sim-host.ts';
import { World } from '../sim/world.ts';

export interface BottleneckOptions {
  readonly seed: number;
  readonly bytesPerSecond: number;
  /** Of the queue before it: in milliseconds of the line. */
  readonly queueMs: number;
  /** Each way, without the queue. */
  readonly latencyMs: number;
}

/** What the receivers of streams have got. */
export interface Flow {
  readonly stream: UtpStream;
  received: number;
}

export class Bottleneck {
  readonly world: World;
  readonly #options: BottleneckOptions;
  readonly #from: SimHost;
  readonly #to: SimHost;
  #count = 0;
  readonly #accepted = new Map<number, (stream: Stream) => void>();

  constructor(options: BottleneckOptions) {
    const { seed, bytesPerSecond, queueMs, latencyMs } = options;
    this.#options = options;
    this.world = new World({ seed });
    const queueBytes = (bytesPerSecond * queueMs) / 1000;
    this.#from = this.world.addHost({
      upBytesPerSecond: bytesPerSecond,
      latencyMs: latencyMs / 2,
      datagrams: { queueBytes },
    });
    this.#to = this.world.addHost({ latencyMs: latencyMs / 2 });
  }

  /** A stream that has always more to send, from the machine behind the line. */
  async utp(): Promise<Flow> {
    const port = PORT + this.#count++;
    const here = await this.#end(this.#from, port);
    await this.#end(this.#to, port);
    let flow: Flow | undefined;
    this.#accepted.set(port, stream => {
      stream.onBytes = bytes => {
        if (flow !== undefined) flow.received += bytes.length;
      };
    });
    here.dial({ host: this.#to.address, port }, 10_000, result => {
      if (result instanceof Error) throw result;
      flow = { stream: result as UtpStream, received: 0 };
      const more = () => {
        while (result.write([new Uint8Array(65_536)])) {
          // Until it says that it is enough.
        }
      };
      result.onDrained = more;
      more();
    });
    await this.world.run(() => flow !== undefined, 20_000);
    return flow!;
  }

  /** A flow that fills the queue. */
  async lossBased(): Promise<LossBasedFlow> {
    const [from, to] = [this.#from, this.#to].map(host => host.datagrams.bind({ host: '0.0.0.0', port: 0 }));
    return new LossBasedFlow(await from!, await to!, this.world.clock);
  }

  /** What came in so many milliseconds of each, as a part of what the line can carry. */
  async sharesIn(ms: number, ...flows: readonly (Flow | LossBasedFlow)[]): Promise<number[]> {
    const read = (flow: Flow | LossBasedFlow) => ('received' in flow ? flow.received : flow.arrived);
    const before = flows.map(read);
    await this.world.pass(ms);
    const all = (this.#options.bytesPerSecond * ms) / 1000;
    return flows.map((flow, i) => (read(flow) - before[i]!) / all);
  }

  /** The mean of what a stream sees of the queue, in milliseconds. */
  async delayOf({ stream }: Flow, ms: number): Promise<number> {
    let sum = 0;
    let count = 0;
    for (let passed = 0; passed < ms; passed += 50) {
      await this.world.pass(50);
      sum += (stream.connection.path.roundTripMs ?? 0) - 2 * this.#options.latencyMs;
      count++;
    }
    return sum / count;
  }

  async #end(host: SimHost, port: number): Promise<UtpNetwork> {
    const { clock, random } = host;
    const demux = new UdpDemux(host.datagrams);
    const utp = new UtpNetwork(utpOptions({}), {
      clock,
      random,
      demux,
      schedule: new Schedule(clock),
      onStream: stream => this.#accepted.get(port)?.(stream),
    });
    await demux.open([{ host: '0.0.0.0', port }]);
    return utp;
  }
}

const PORT = 6881;
