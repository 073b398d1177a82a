// The script of the animation as text, for a page that loads nothing: functions are written down as they are here, checked and
// tested like any, and handed to the player. So each of them stands alone: it uses nothing of its module.

import { formatBytes, formatDuration } from '../figure-text.ts';
import { momentWords, peerWords, shareOf } from './moment-words.ts';
import { player } from './player.ts';
import { edgePath, filledPath, ringPlaces, ringRadius } from './ring-shapes.ts';
import { readTimeline } from './timeline-text.ts';

export const PLAYER_PARTS = {
  readTimeline,
  ringPlaces,
  ringRadius,
  edgePath,
  filledPath,
  shareOf,
  momentWords,
  peerWords,
  formatBytes,
  formatDuration,
};

export function playerScript(): string {
  const parts = Object.entries(PLAYER_PARTS).map(([name, part]) => `${name}: ${part}`);
  return `'use strict';\n(${player})(document, window, {\n${parts.join(',\n')}\n});\n`;
}
