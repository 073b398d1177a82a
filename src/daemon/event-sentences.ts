// What a torrent's events say to a person. Those that come by the thousand say nothing.

import { formatAddress } from '../core/bytes/compact-address.ts';
import type { TorrentTold } from '../session/session.ts';
import type { SessionTorrentEvents, SessionTorrentState } from '../session/session-torrent.ts';
import type { LogLine } from './torrent-log.ts';

export type Sentence = Pick<LogLine, 'level' | 'text'>;

export function sentenceOf({ name, event }: TorrentTold): Sentence | undefined {
  switch (name) {
    case 'error':
    case 'warning':
      return { level: name, text: (event as SessionTorrentEvents['error']).message };
    case 'metadata':
      return info(`It is known what is in it: "${(event as SessionTorrentEvents['metadata']).name}".`);
    case 'complete': {
      const { wasThere } = event as SessionTorrentEvents['complete'];
      return info(wasThere ? 'Everything is here already.' : 'Everything has come, and is verified.');
    }
    case 'seed-limit':
      return info(SEED_LIMITS[(event as SessionTorrentEvents['seed-limit']).limit]);
    case 'state': {
      const text = STATES[event as SessionTorrentState];
      return text === undefined ? undefined : info(text);
    }
    case 'tracker':
      return trackerSentence(event as SessionTorrentEvents['tracker']);
    case 'peer':
      return peerSentence(event as SessionTorrentEvents['peer']);
    default:
      return undefined;
  }
}

function trackerSentence({
  url,
  state,
  error,
  warning,
}: SessionTorrentEvents['tracker']): Sentence | undefined {
  if (error !== undefined) return { level: 'warning', text: `The tracker ${url} said: ${error}` };
  if (warning !== undefined) return { level: 'warning', text: `The tracker ${url} warned: ${warning}` };
  return state === 'working' ? info(`The tracker ${url} answered.`) : undefined;
}

function peerSentence(event: SessionTorrentEvents['peer']): Sentence | undefined {
  if (event.type !== 'peer-banned') return undefined;
  return {
    level: 'warning',
    text: `The peer ${formatAddress(event.address)} sent wrong data, and is banned.`,
  };
}

function info(text: string): Sentence {
  return { level: 'info', text };
}

const STATES: Partial<Record<SessionTorrentState, string>> = {
  checking: 'What is on the disk is being checked.',
  allocating: 'Room is being taken on the disk.',
  downloading: 'It is downloading.',
  seeding: 'It is seeding.',
  queued: 'It waits for its turn: as many are active as may be.',
  paused: 'It is paused.',
};
const SEED_LIMITS = {
  ratio: 'It was given to others as often as it was to be.',
  time: 'It was seeded for as long as it was to be.',
  idle: 'Nobody has wanted anything of it for as long as that was to be waited for.',
} as const;
