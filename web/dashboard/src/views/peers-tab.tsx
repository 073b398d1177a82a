// The peers: the swarm as a picture, and the same as a table.

import type { PeerRow } from '../api-types.ts';
import { describeSwarm, layOutSwarm, ME_RADIUS, type SwarmPeer } from '../draw/swarm-graph.ts';
import { formatBytes, formatPercent, formatRate, formatRateCell } from '../figures.ts';
import { usePolled } from './polled.ts';
import type { TabProps } from './tab-props.ts';

export function PeersTab({ details }: TabProps) {
  const { answer } = usePolled('torrents.peers', { id: details.id });
  if (answer === undefined) return null;
  const { peers } = answer;
  if (peers.length === 0) return <p class="note">No peer is connected. {details.reason}</p>;
  const sorted = [...peers].sort((a, b) => b.downRate + b.upRate - a.downRate - a.upRate);
  return (
    <div class="peers">
      <SwarmGraphView peers={peers} isSeed={details.progress >= 1} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Address</th>
              <th scope="col">Client</th>
              <th scope="col" class="number">
                Has
              </th>
              <th scope="col" class="number">
                <span aria-label="From it">↓</span>
              </th>
              <th scope="col" class="number">
                <span aria-label="To it">↑</span>
              </th>
              <th scope="col" class="number">
                Received
              </th>
              <th scope="col" class="number">
                Given
              </th>
              <th scope="col">How it stands</th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, MAX_PEERS).map(peer => (
              <tr key={peer.address}>
                <td>
                  <code>{peer.address}</code>
                </td>
                <td class="ellipsis" title={peer.client}>
                  {peer.client}
                </td>
                <td class="number">{peer.progress >= 1 ? 'seed' : formatPercent(peer.progress)}</td>
                <td class="number received">{formatRateCell(peer.downRate)}</td>
                <td class="number given">{formatRateCell(peer.upRate)}</td>
                <td class="number">{formatBytes(peer.downloaded)}</td>
                <td class="number">{formatBytes(peer.uploaded)}</td>
                <td class="note">{standing(peer)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function SwarmGraphView({ peers, isSeed }: { readonly peers: readonly PeerRow[]; readonly isSeed: boolean }) {
  const { peers: placed, rest, restArc } = layOutSwarm(peers, SIZE);
  const middle = SIZE / 2;
  return (
    <figure class="swarm">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={describeSwarm(peers)}>
        <circle class="ring" cx={middle} cy={middle} r={middle - 16} />
        {placed.map(each => (
          <Edge key={each.peer.address} {...each} />
        ))}
        {isSeed ? (
          <rect class="me" x={middle - 9} y={middle - 9} width={18} height={18} />
        ) : (
          <circle class="me" cx={middle} cy={middle} r={ME_RADIUS - 2} />
        )}
        {placed.map(each => (
          <Node key={each.peer.address} {...each} />
        ))}
        {rest > 0 && (
          <>
            <path class="rest" d={restArc} />
            <text class="rest-text" x={middle} y={34} text-anchor="middle">
              {rest} more
            </text>
          </>
        )}
      </svg>
      <figcaption class="legend" aria-hidden="true">
        <span>
          <span class="received">─</span> to us
        </span>
        <span>
          <span class="given">─</span> from us
        </span>
        <span>□ seed</span>
        <span>○ leecher</span>
        <span>┄ choked</span>
      </figcaption>
    </figure>
  );
}

function Edge({ line, downWidth, upWidth, isChoked }: SwarmPeer) {
  // Side by side where both flow.
  const shift = downWidth > 0 && upWidth > 0 ? (downWidth + upWidth) / 4 : 0;
  const length = Math.hypot(line.x2 - line.x1, line.y2 - line.y1) || 1;
  const across = { x: -(line.y2 - line.y1) / length, y: (line.x2 - line.x1) / length };
  const moved = (by: number) => ({
    x1: line.x1 + across.x * by,
    y1: line.y1 + across.y * by,
    x2: line.x2 + across.x * by,
    y2: line.y2 + across.y * by,
  });
  if (downWidth === 0 && upWidth === 0)
    return <line class={isChoked ? 'edge is-choked' : 'edge'} {...line} />;
  return (
    <>
      {downWidth > 0 && <line class="edge is-down" stroke-width={downWidth} {...moved(-shift)} />}
      {upWidth > 0 && <line class="edge is-up" stroke-width={upWidth} {...moved(shift)} />}
    </>
  );
}

function Node({ peer, x, y, radius, shape, filled }: SwarmPeer) {
  const title = `${peer.address} ${peer.client}: ${peer.progress >= 1 ? 'seed' : formatPercent(peer.progress)}, ↓ ${formatRate(peer.downRate)}, ↑ ${formatRate(peer.upRate)}`;
  return (
    <g>
      <title>{title}</title>
      {shape === 'square' ? (
        <rect class="node is-seed" x={x - radius} y={y - radius} width={2 * radius} height={2 * radius} />
      ) : (
        <>
          <circle class="node" cx={x} cy={y} r={radius} />
          {filled !== '' && <path class="share" d={filled} />}
        </>
      )}
    </g>
  );
}

function standing(peer: PeerRow): string {
  const words: string[] = [];
  if (peer.isWebSeed) words.push('web seed');
  else words.push(peer.isIncoming ? 'came to us' : 'we dialled');
  if (peer.isEncrypted) words.push('encrypted');
  if (peer.isSnubbed) words.push('owes us blocks');
  else if (peer.amInterested && peer.peerChoking) words.push('chokes us');
  if (peer.peerInterested && peer.amChoking) words.push('waits for a turn');
  if (peer.isOptimistic) words.push('has a try');
  return words.join(', ');
}

const SIZE = 260;
const MAX_PEERS = 500;
