// What rude peers do. Each is a way in which real ones were seen to hurt others, at its worst.

import { BLOCK_LENGTH } from '../../core/metainfo/metainfo.ts';
import type { Message } from '../../core/wire/message.ts';
import type { RudeConnection, RudeScript } from './rude-peer.ts';

/** Says that it has everything, and sends every block, or of each piece only the first, with a byte that is wrong. */
export function corrupting(which: 'every block' | 'first block'): RudeScript {
  return {
    greeted: connection => offerAll(connection),
    came: (connection, message) => {
      if (message.type !== 'request') return;
      const bytes = blockOf(connection, message);
      if (which === 'every block' || message.begin === 0) bytes[bytes.length - 1]! ^= 0x55;
      connection.say.piece(message.piece, message.begin, bytes);
    },
  };
}

/** Says that it has everything, unchokes, and sends nothing: whoever believes it waits. */
export function lying(): RudeScript {
  return { greeted: connection => offerAll(connection) };
}

/** Says that it has everything, and refuses whatever is asked. BEP 6, "Reject Request" */
export function refusing(): RudeScript {
  return {
    greeted: connection => offerAll(connection),
    came: ({ say }, message) => {
      if (message.type === 'request') say.reject(message.piece, message.begin, message.length);
    },
  };
}

/** Has nothing, is interested, and asks for the same blocks over and over, far more than it could take, without reading. */
export function flooding(perSecond: number): RudeScript {
  return {
    greeted: connection => {
      const { say, content, stream } = connection;
      say.haveNone();
      say.interested();
      const flood = () => {
        const { pieceCount } = content.metainfo.layout;
        for (let i = 0; i < perSecond; i++) say.request(i % pieceCount, 0, BLOCK_LENGTH);
        connection.flush();
        connection.later(1000, flood);
      };
      flood();
      stream.pause();
    },
  };
}

/** Sends its greeting a byte at a time, as slowly as it may, and then nothing. */
export function slowLoris(everyMs: number): RudeScript {
  return {
    greets: false,
    redialMs: 1000,
    connected: connection => {
      const greeting = Uint8Array.from('\x13BitTorrent protocol', letter => letter.charCodeAt(0));
      for (const [i, byte] of greeting.entries()) {
        connection.later(i * everyMs, () => connection.sayBytes(Uint8Array.of(byte)));
      }
    },
  };
}

/** Offers everything, takes the first requests, and hangs up without an answer; then comes again. */
export function quitting(redialMs: number): RudeScript {
  return {
    redialMs,
    greeted: connection => offerAll(connection),
    came: ({ stream }, message) => {
      if (message.type === 'request') stream.close();
    },
  };
}

function offerAll({ say }: RudeConnection): void {
  say.haveAll();
  say.unchoke();
}

function blockOf(
  { content }: RudeConnection,
  { piece, begin, length }: Message & { readonly type: 'request' | 'cancel' | 'reject' },
): Uint8Array {
  const start = piece * content.metainfo.pieceLength + begin;
  return content.bytes.slice(start, start + length);
}
