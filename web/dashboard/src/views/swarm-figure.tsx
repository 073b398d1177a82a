// The swarm as a picture; in words for those who hear it.

import type { PeerRow } from '../api-types.ts';
import { describeSwarm, layOutSwarm, ME_RADIUS, type SwarmPeer } from '../draw/swarm-graph.ts';
import { formatPercent, formatRate } from '../figures.ts';

export interface SwarmFigureProps {
  readonly peers: readonly PeerRow[];
  readonly isSeed: boolean;
  /** Of its square, in the picture's own units. */
  readonly size: number;
}

export function SwarmFigure({ peers, isSeed, size }: SwarmFigureProps) {
  const { peers: placed, rest, restArc } = layOutSwarm(peers, size);
  const middle = size / 2;
  return (
    <figure class="swarm">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={describeSwarm(peers)}>
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
