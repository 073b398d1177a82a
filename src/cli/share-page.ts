// The page of `share`: the daemon's, of one torrent and read-only, for a browser on this machine. It answers on loopback alone,
// under the daemon's guards (Host, Origin), and refuses whatever would change something; so it needs no token.

import { SwarmlineError } from '../core/errors.ts';
import { serveDaemon } from '../node-daemon/http.ts';
import type { Exchange } from './exchange.ts';
import type { Receivers } from './receivers.ts';
import type { ShareFaces } from './share-faces.ts';
import type { Invitation } from './share-show.ts';

/** What is shown. */
export interface SharePageOptions {
  readonly exchange: Pick<Exchange, 'session' | 'torrent'>;
  readonly invitation: Invitation;
  readonly receivers: Receivers;
  /** It ends when so many have everything. */
  readonly once: number | undefined;
}

export interface SharePage {
  readonly url: string;
  /** From here on requests are answered; those that have come wait for it. */
  begin(options: SharePageOptions): void;
  close(): Promise<void>;
}

/** `port` 0: any that is free. @throws SwarmlineError `LISTEN_FAILED` */
export async function serveSharePage(port: number): Promise<SharePage> {
  let answering: Promise<ShareFaces> | undefined;
  let isReady = () => {};
  const ready = new Promise<void>(resolve => {
    isReady = resolve;
  });
  const http = await serveDaemon({
    host: LOOPBACK,
    port,
    access: () => ({ allowedHosts: [], token: undefined }),
    faces: [
      {
        owns: () => true,
        answer: async asked => {
          const face = (await answering)?.faces.find(each => each.owns(asked.path));
          if (face === undefined) throw new SwarmlineError('NOT_FOUND', `There is nothing at ${asked.path}.`);
          await face.answer(asked);
        },
      },
    ],
    ready,
    onBug: () => {},
  });
  return {
    url: `http://${LOOPBACK}:${http.address.port}/`,
    begin: options => {
      answering = import('./share-faces.ts').then(({ shareFaces }) => shareFaces(options));
      // Each request is told why.
      answering.catch(() => {});
      isReady();
    },
    close: async () => {
      await http.close();
      const faces = await answering?.catch(() => undefined);
      await faces?.close();
    },
  };
}

const LOOPBACK = '127.0.0.1';
