// `session_stats`: what is going on, what this run has moved, and what all have.

import type { SessionContext } from './session-fields.ts';

export function sessionStats({ daemon, register, settings }: SessionContext): object {
  const now = { download_speed: 0, upload_speed: 0, paused: 0 };
  const all = { uploaded: settings.all.uploadedBytes, downloaded: settings.all.downloadedBytes };
  const run = { ...register.goneThisRun };
  for (const { torrent } of daemon.library.torrents()) {
    if (torrent.state === 'paused' || torrent.state === 'failed') now.paused++;
    const totals = torrent.totals();
    all.uploaded += totals.uploaded;
    all.downloaded += totals.downloaded;
    const facts = torrent.announceFacts();
    run.uploaded += facts.uploaded;
    run.downloaded += facts.downloaded;
    if (torrent.connectionCount === 0) continue;
    const stats = torrent.stats();
    now.download_speed += stats.downloadBytesPerSecond;
    now.upload_speed += stats.uploadBytesPerSecond;
  }
  const secondsActive = Math.floor((daemon.deps.clock.wallTime() - daemon.startedAt) / 1000);
  return {
    active_torrent_count: daemon.library.size - now.paused,
    download_speed: Math.round(now.download_speed),
    paused_torrent_count: now.paused,
    torrent_count: daemon.library.size,
    upload_speed: Math.round(now.upload_speed),
    cumulative_stats: {
      uploaded_bytes: all.uploaded,
      downloaded_bytes: all.downloaded,
      files_added: settings.all.filesAdded + register.filesAdded,
      seconds_active: settings.all.secondsActive + secondsActive,
      session_count: settings.all.sessionCount,
    },
    current_stats: {
      uploaded_bytes: run.uploaded,
      downloaded_bytes: run.downloaded,
      files_added: register.filesAdded,
      seconds_active: secondsActive,
      session_count: 1,
    },
  };
}
