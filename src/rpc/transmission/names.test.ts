import { describe, expect, it } from 'vitest';
import { oldName, snakeName, withOldNames } from './names.ts';
import { SESSION_FIELDS } from './session-fields.ts';
import { TORRENT_FIELDS } from './torrent-fields.ts';

describe('a name', () => {
  it.each([
    ['downloadDir', 'download_dir'],
    ['download-dir', 'download_dir'],
    ['download_dir', 'download_dir'],
    ['isUTP', 'is_utp'],
    ['recently-active', 'recently_active'],
    ['', ''],
  ])('%j is %j', (name, expected) => {
    expect(snakeName(name)).toBe(expected);
  });

  it.each([
    ['peer_limit', 'camel', 'peer-limit'],
    ['primary_mime_type', 'camel', 'primary-mime-type'],
    ['seed_ratio_limited', 'hyphens', 'seedRatioLimited'],
    ['cache_size_mib', 'hyphens', 'cache-size-mb'],
    ['is_utp', 'camel', 'isUTP'],
    ['last_announce_peer_count', 'camel', 'lastAnnouncePeerCount'],
    ['alt_speed_time_begin', 'hyphens', 'alt-speed-time-begin'],
  ] as const)('%j was in %s %j', (name, style, expected) => {
    expect(oldName(name, style)).toBe(expected);
  });

  it('of every field is found again by what it was called before 4.1', () => {
    for (const name of Object.keys(TORRENT_FIELDS)) expect(snakeName(oldName(name, 'camel'))).toBe(name);
    for (const name of Object.keys(SESSION_FIELDS))
      if (name !== 'cache_size_mib') expect(snakeName(oldName(name, 'hyphens'))).toBe(name);
  });
});

it('objects within lists and objects get old names too; what is no name stays', () => {
  expect(withOldNames({ file_stats: [{ bytes_completed: 1, labels: ['a_b'] }] }, 'camel')).toEqual({
    fileStats: [{ bytesCompleted: 1, labels: ['a_b'] }],
  });
  expect(withOldNames({ total_size: 1, size_bytes: 2 }, 'hyphens', { total_size: 'total_size' })).toEqual({
    total_size: 1,
    'size-bytes': 2,
  });
});
