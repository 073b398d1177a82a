// What is shared: how others get it, then who has how much of it, and what the swarm has moved beside what was sent from here.

import { useEffect } from 'preact/hooks';
import { askRates, copy } from '../actions.ts';
import type { PeerRow, SessionFacts, TorrentDetails } from '../api-types.ts';
import { connection } from '../change-stream.ts';
import { formatBytes, formatDuration, formatPercent, formatPlural, formatRateCell } from '../figures.ts';
import { ratesOf } from '../rate-history.ts';
import { openId, session } from '../state.ts';
import { Brand, RateFact } from './bar-parts.tsx';
import { Lost, Notices } from './frame.tsx';
import { PieceMap } from './piece-map.tsx';
import { usePolled } from './polled.ts';
import { QrCode } from './qr-code.tsx';
import { RatePlot } from './rate-plot.tsx';
import { SwarmFigure } from './swarm-figure.tsx';
import { ThemeChoice } from './theme-choice.tsx';
import { TorrentSides } from './torrent-sides.tsx';

type Share = NonNullable<SessionFacts['share']>;

export function SharePage() {
  const facts = session.value;
  return (
    <div class="app">
      <header class="bar">
        <Brand />
        <dl class="facts">
          <RateFact way="given" rate={facts?.upRate} />
          <div>
            <dt>Peers</dt>
            <dd>{facts?.connections ?? '—'}</dd>
          </div>
        </dl>
        <ThemeChoice />
        <span class="visually-hidden" role="status">
          {connection.value === 'live' ? 'Connected' : ''}
        </span>
      </header>
      <Lost words="It has ended, or is about to: what was received stays where it is." />
      <main class="share-page">{facts?.share && <Shared share={facts.share} />}</main>
      <Notices />
    </div>
  );
}

function Shared({ share }: { readonly share: Share }) {
  const { answer: details, again } = usePolled('torrents.get', { id: share.id });
  const { answer } = usePolled('torrents.peers', { id: share.id });
  useEffect(() => {
    openId.value = share.id;
    void askRates(share.id);
  }, [share.id]);
  if (details === undefined) return null;
  const peers = answer?.peers ?? [];
  return (
    <>
      <Invitation share={share} details={details} />
      <section class="card swarm-card" aria-labelledby="swarm-heading">
        <h2 id="swarm-heading" class="visually-hidden">
          Who has how much
        </h2>
        <SwarmFigure peers={peers} isSeed size={280} />
        <div class="swarm-facts">
          <p class="moved">
            You sent <b class="given">{formatBytes(share.sent)}</b>, the swarm moved{' '}
            <b>{formatBytes(share.moved)}</b>
          </p>
          <p class="how-far">{howFar(share)}</p>
          <Receivers peers={peers} length={details.length ?? 0} />
        </div>
      </section>
      <section class="card" aria-label="Pieces">
        <PieceMap details={details} />
      </section>
      <section class="card" aria-label="Rates">
        <RatePlot
          series={ratesOf(details.id)}
          downLimit={null}
          upLimit={session.value?.limits.uploadBytesPerSecond ?? null}
          label="What is given"
        />
      </section>
      <section class="card sides" aria-label="More of it">
        <TorrentSides details={details} again={again} tabs={['files', 'trackers', 'log']} />
      </section>
    </>
  );
}

function Invitation({ share, details }: { readonly share: Share; readonly details: TorrentDetails }) {
  const { command, torrentUrl, magnet, qr } = share;
  return (
    <section class="card invitation" aria-labelledby="share-name">
      <div class="invitation-words">
        <h1 id="share-name">{details.name}</h1>
        <p class="note">
          {formatBytes(details.length)} in {formatPlural(details.fileCount, 'file')}
        </p>
        <p class="invitation-label" id="command-label">
          Who is to receive it types
        </p>
        <div class="command">
          <code aria-labelledby="command-label">{command}</code>
          <button type="button" class="chief" onClick={() => void copy(command, 'Command')}>
            Copy
          </button>
        </div>
        <dl class="links">
          {torrentUrl !== null && <Link name="Torrent file" link={torrentUrl} />}
          <Link name="Magnet link" link={magnet} />
        </dl>
      </div>
      {qr.length > 0 && <QrCode rows={qr} label={`QR code of ${torrentUrl ?? 'the magnet link'}`} />}
    </section>
  );
}

function Link({ name, link }: { readonly name: string; readonly link: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <a class="ellipsis" href={link} title={link}>
          {link}
        </a>
        <button
          type="button"
          class="small"
          aria-label={`Copy ${name.toLowerCase()}`}
          onClick={() => void copy(link, name)}
        >
          Copy
        </button>
      </dd>
    </div>
  );
}

/** `2 of 3 have everything, the last in 2 min 10 s. It ends when 5 have it.` */
function howFar({ receivers, complete, left, once }: Share): string {
  const end = once === null ? '' : ` It ends when ${once === 1 ? 'one has' : `${once} have`} it.`;
  if (receivers === 0) return `Nobody has come for it yet.${end}`;
  if (complete === receivers) {
    const all = receivers === 1 ? 'The one who came has' : `All ${receivers} have`;
    return `${all} everything.${end}`;
  }
  return `${complete} of ${receivers} ${complete === 1 ? 'has' : 'have'} everything, the last in ${formatDuration(left)}.${end}`;
}

function Receivers({ peers, length }: { readonly peers: readonly PeerRow[]; readonly length: number }) {
  if (peers.length === 0) return <p class="note">Nobody is connected at the moment.</p>;
  const sorted = [...peers].sort((a, b) => b.upRate - a.upRate || a.progress - b.progress);
  return (
    <div class="scroll">
      <table class="receivers">
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Has</th>
            <th scope="col" class="number">
              <span aria-label="To it now">↑</span>
            </th>
            <th scope="col" class="number">
              From you
            </th>
            <th scope="col" class="number">
              From fellows
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, MAX_RECEIVERS).map(peer => (
            <tr key={peer.address}>
              <td>
                <code>{peer.address}</code> <span class="note">{peer.client}</span>
              </td>
              <td>
                <Share progress={peer.progress} />
              </td>
              <td class="number given">{formatRateCell(peer.upRate)}</td>
              <td class="number">{formatBytes(peer.uploaded)}</td>
              <td class="number">{formatBytes(Math.max(0, peer.progress * length - peer.uploaded))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > MAX_RECEIVERS && (
        <p class="note">and {formatPlural(sorted.length - MAX_RECEIVERS, 'other')}</p>
      )}
    </div>
  );
}

function Share({ progress }: { readonly progress: number }) {
  const isWhole = progress >= 1;
  return (
    <span class="has">
      <span class="has-bar" aria-hidden="true">
        <span class={isWhole ? 'is-whole' : ''} style={{ width: `${progress * 100}%` }} />
      </span>
      {isWhole ? <span class="complete">✓ all</span> : formatPercent(progress)}
    </span>
  );
}

const MAX_RECEIVERS = 100;
