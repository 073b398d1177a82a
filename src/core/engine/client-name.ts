// The client's name as its peer id has it (BEP 20, "-XX1234-"), for peers that do not tell it otherwise (BEP 10, "v").

/** Undefined where the peer id follows no such form. */
export function clientOfPeerId(peerId: Uint8Array): string | undefined {
  const text = String.fromCharCode(...peerId.subarray(0, 8));
  const match = /^-([A-Za-z~]{2})([0-9A-Za-z])([0-9A-Za-z])([0-9A-Za-z])[0-9A-Za-z.]-$/.exec(text);
  if (match === null) return undefined;
  const [, code, ...digits] = match;
  return `${NAMES[code!] ?? code} ${digits.map(digit => Number.parseInt(digit, 36)).join('.')}`;
}

const NAMES: Readonly<Record<string, string>> = {
  A2: 'aria2',
  AZ: 'Vuze',
  BC: 'BitComet',
  BI: 'BiglyBT',
  BT: 'BitTorrent',
  DE: 'Deluge',
  KT: 'KTorrent',
  LT: 'libtorrent',
  lt: 'rTorrent',
  qB: 'qBittorrent',
  RQ: 'rqbit',
  SW: 'Swarmline',
  TR: 'Transmission',
  UT: 'µTorrent',
  WW: 'WebTorrent',
};
