// Words for what the daemon says, with the mark and the colour that each has everywhere.

import type { TorrentState } from './api-types.ts';

export interface Word {
  readonly mark: string;
  readonly text: string;
  /** A class of style/colours.css. */
  readonly colour: 'received' | 'given' | 'complete' | 'failed' | 'idle' | 'chosen';
}

export const STATES: Readonly<Record<TorrentState | 'active', Word>> = {
  active: { mark: '⇅', text: 'Active', colour: 'received' },
  downloading: { mark: '↓', text: 'Downloading', colour: 'received' },
  seeding: { mark: '✓', text: 'Seeding', colour: 'complete' },
  metadata: { mark: '·', text: 'Metadata', colour: 'received' },
  checking: { mark: '·', text: 'Checking', colour: 'idle' },
  allocating: { mark: '·', text: 'Allocating', colour: 'idle' },
  queued: { mark: '·', text: 'Queued', colour: 'idle' },
  paused: { mark: '·', text: 'Paused', colour: 'idle' },
  failed: { mark: '✗', text: 'Failed', colour: 'failed' },
  closed: { mark: '·', text: 'Closed', colour: 'idle' },
};

/** In the order of the filters. */
export const FILTER_STATES = [
  'active',
  'downloading',
  'seeding',
  'metadata',
  'checking',
  'allocating',
  'queued',
  'paused',
  'failed',
] as const satisfies readonly (keyof typeof STATES)[];

export const PRIORITIES = { high: 'High', normal: 'Normal', low: 'Low', skip: 'Skip' } as const;

export const TRACKER_STATES = {
  unused: 'not asked yet',
  announcing: 'asking',
  working: 'working',
  failed: 'failed',
  unusable: 'cannot be used',
} as const;
