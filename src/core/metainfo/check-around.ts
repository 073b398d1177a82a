// What describes a torrent and is no link: texts, date, DHT nodes, hints at other torrents. Programs pass over what they
// cannot read of it, in silence; here it is told. And keys on the wrong side of `info`, where nobody looks for them.

import { BencodeDictionary, type BencodeValue } from '../bencode/decode.ts';
import { addressScope } from '../bytes/address-scope.ts';
import { decodeUtf8, decodeUtf8Loosely } from '../bytes/utf8.ts';
import { kindOf } from './fields.ts';
import { type FindingList, quoted } from './finding.ts';
import { hostFault } from './link-fault.ts';

export function checkAround(root: BencodeDictionary, found: FindingList): void {
  const info = root.get('info');
  for (const key of ROOT_TEXTS) checkText(root.get(key), key, found);
  checkEncoding(root.get('encoding'), found);
  checkDate(root.get('creation date'), found);
  checkNodes(root.get('nodes'), found);
  if (!(info instanceof BencodeDictionary)) return;
  checkText(info.get('source'), 'info.source', found);
  checkHints(root, '', found);
  checkHints(info, 'info.', found);
  checkPlaces(root, info, found);
}

function checkText(value: BencodeValue | undefined, where: string, found: FindingList): void {
  if (value === undefined) return;
  const isText = value instanceof Uint8Array;
  if (isText && decodeUtf8(value) !== undefined) return;
  const fault = isText
    ? 'is not UTF-8, so that it reads differently everywhere'
    : `should be a text, not ${kindOf(value)}`;
  found.warning('TEXT_MALFORMED', where, `"${where.replace('info.', '')}" ${fault}.`, edited(where));
}

function edited(where: string): string {
  const options: Record<string, string> = {
    comment: 'comment',
    'created by': 'created-by',
    'info.source': 'source',
  };
  const option = options[where];
  if (option === undefined) return ANEW;
  const price = where === 'info.source' ? ', which makes another torrent of it' : '';
  return `Take it out with "swarmline edit --no-${option}"${price}.`;
}

/** Names of old torrents were written in it; today they are read as UTF-8, whatever stands here. */
function checkEncoding(value: BencodeValue | undefined, found: FindingList): void {
  if (!(value instanceof Uint8Array) || /^(?:utf-?8|ascii|us-ascii)?$/i.test(decodeUtf8Loosely(value)))
    return;
  const message = `"encoding" is ${quoted(decodeUtf8Loosely(value))}: most programs read names as UTF-8, whatever stands here.`;
  found.warning('ENCODING_NOT_UTF8', 'encoding', message, ANEW);
}

function checkDate(date: BencodeValue | undefined, found: FindingList): void {
  if (date === undefined || (typeof date === 'number' && date >= 0 && date < MILLISECONDS)) return;
  const isMs = typeof date === 'number' && date >= MILLISECONDS;
  const message = `"creation date" is ${isMs ? 'so large that it must be in milliseconds' : 'no number of seconds since 1970'}.`;
  found.warning('DATE_MALFORMED', 'creation date', message, 'Take it out with "swarmline edit --no-date".');
}

/** BEP 5, "torrent file extensions": a list of hosts with their ports. */
function checkNodes(value: BencodeValue | undefined, found: FindingList): void {
  if (value === undefined) return;
  const tell = (where: string, fault: string) => {
    const advice =
      'Any "swarmline edit --add-node" keeps those that can be read; "--no-nodes" takes all out.';
    found.warning('NODES_MALFORMED', where, `A DHT node ${fault}; programs pass it over.`, advice);
  };
  if (!Array.isArray(value)) {
    const message = `"nodes" should be a list of hosts and ports, not ${kindOf(value)}; programs pass it over.`;
    found.warning('NODES_MALFORMED', 'nodes', message, 'Take it out with "swarmline edit --no-nodes".');
    return;
  }
  for (const [i, node] of value.entries()) {
    const fault = nodeFault(node);
    if (fault !== undefined) tell(`nodes[${i}]`, fault);
  }
}

function nodeFault(node: BencodeValue): string | undefined {
  if (!Array.isArray(node) || node.length !== 2) return 'should be a list of a host and a port';
  const [host, port] = node;
  if (!(host instanceof Uint8Array)) return `has ${kindOf(host!)} for a host`;
  const text = decodeUtf8Loosely(host);
  if (typeof port !== 'number') return `has ${kindOf(port!)} for a port`;
  if (port < 1 || port > 65_535) return `has ${port} for a port, which is none`;
  const fault = text.includes(':') && addressScope(text) !== 'none' ? undefined : hostFault(text);
  return fault === undefined ? undefined : `${fault}: ${quoted(text)}`;
}

/** BEP 38: inside or outside of `info`. */
function checkHints(dictionary: BencodeDictionary, prefix: string, found: FindingList): void {
  const isHash = (value: BencodeValue) =>
    value instanceof Uint8Array && (value.length === 20 || value.length === 32);
  for (const [key, what, isRight] of [
    ['similar', 'info hashes of 20 or 32 bytes', isHash],
    ['collections', 'texts', (value: BencodeValue) => value instanceof Uint8Array],
  ] as const) {
    const value = dictionary.get(key);
    if (value === undefined) continue;
    const wrong = Array.isArray(value) ? value.findIndex(item => !isRight(item)) : -1;
    if (Array.isArray(value) && wrong < 0) continue;
    const where = `${prefix}${key}${wrong < 0 ? '' : `[${wrong}]`}`;
    const message = `"${key}" is not a list of ${what}, as BEP 38 has it; programs pass over what is not.`;
    found.warning('HINTS_MALFORMED', where, message, ANEW);
  }
}

function checkPlaces(root: BencodeDictionary, info: BencodeDictionary, found: FindingList): void {
  for (const key of IN_INFO) {
    if (root.get(key) === undefined && root.putOff?.has(key) !== true) continue;
    const message = `"${key}" stands beside the info, where nothing reads it.`;
    found.warning('KEY_MISPLACED', key, message, ANEW);
  }
  for (const key of BESIDE_INFO) {
    if (info.get(key) === undefined) continue;
    const message = `"${key}" stands in the info, where nothing reads it; it only makes another info hash.`;
    found.warning('KEY_MISPLACED', `info.${key}`, message, ANEW);
  }
}

const ROOT_TEXTS = ['comment', 'comment.utf-8', 'created by', 'encoding', 'publisher', 'publisher-url'];
/** `private` has a code of its own; `name` and `source` may be a site's own notes beside it. */
const IN_INFO = ['files', 'file tree', 'length', 'meta version', 'piece length', 'pieces'];
const BESIDE_INFO = [
  'announce',
  'announce-list',
  'creation date',
  'httpseeds',
  'nodes',
  'piece layers',
  'url-list',
];
const ANEW = 'Make the torrent anew.';
/** As seconds, the year 5138. */
const MILLISECONDS = 1e11;
