// The peers: the swarm as a picture, and the same as a table.

import type { PeerRow } from '../api-types.ts';
import { formatBytes, formatPercent, formatRateCell } from '../figures.ts';
import { usePolled } from './polled.ts';
import { SwarmFigure } from './swarm-figure.tsx';
import type { TabProps } from './tab-props.ts';

export function PeersTab({ details }: TabProps) {
  const { answer } = usePolled('torrents.peers', { id: details.id });
  if (answer === undefined) return null;
  const { peers } = answer;
  if (peers.length === 0) return <p class="note">No peer is connected. {details.reason}</p>;
  const sorted = [...peers].sort((a, b) => b.downRate + b.upRate - a.downRate - a.upRate);
  return (
    <div class="peers">
      <SwarmFigure peers={peers} isSeed={details.progress >= 1} size={SIZE} />
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
