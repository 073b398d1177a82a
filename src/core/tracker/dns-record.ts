// The DNS record by which a host says where its tracker is, or that it has none (BEP 34): a TXT record that begins with
// `BITTORRENT`, then ports in the order in which they are to be tried. Words that are not known are passed over.
//
//   tracker.example.  TXT  "BITTORRENT UDP:6969 TCP:6969"

export interface TrackerPort {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
}

/** The text of the record; without ports it says that there is no tracker. */
export function trackerRecord(ports: readonly TrackerPort[]): string {
  return ['BITTORRENT', ...ports.map(({ protocol, port }) => `${protocol.toUpperCase()}:${port}`)].join(' ');
}

/** The ports of a record; undefined where it is another kind of record. */
export function parseTrackerRecord(text: string): TrackerPort[] | undefined {
  const [first, ...words] = text.slice(0, MAX_LENGTH).split(' ');
  if (first !== 'BITTORRENT') return undefined;
  const ports: TrackerPort[] = [];
  for (const word of words) {
    const match = /^(UDP|TCP):(\d{1,5})$/.exec(word);
    const port = Number(match?.[2]);
    if (match === null || port === 0 || port > 65_535) continue;
    ports.push({ protocol: match[1] === 'UDP' ? 'udp' : 'tcp', port });
  }
  return ports;
}

// Four strings of a TXT record; nobody has that many ports.
const MAX_LENGTH = 1_020;
