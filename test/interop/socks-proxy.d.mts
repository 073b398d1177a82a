import type { Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';

export class SocksProxy {
  static listen(
    host: string,
    port: number,
    login?: { readonly user: string; readonly password: string },
  ): Promise<SocksProxy>;
  readonly port: number;
  udpAnswer: number;
  says: 'address' | 'anywhere' | 'name';
  name: string;
  asked: number;
  readonly relays: Set<{
    readonly control: Socket;
    readonly inner: UdpSocket;
    readonly client: { readonly address: string; readonly port: number } | undefined;
    readonly address: { readonly address: string; readonly port: number };
  }>;
  dropRelays(): void;
  close(): Promise<void>;
}

export function encode(address: string, port: number): Buffer;
