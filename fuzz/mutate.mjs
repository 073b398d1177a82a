// Inputs made from inputs: the usual blind edits, and some that know how the formats here are made: decimal numbers,
// strings with their length before them (bencoding), 32-bit lengths (the wire), key=value texts (magnets, URLs).

/**
 * One to six edits of `bytes`; the result is new memory. Where a target is `bencoded`, every second input stays so:
 * blind edits alone seldom come past the decoder.
 */
export function mutate(bytes, { pool, random, tokens, maxLength, bencoded = false }) {
  let mutant = Buffer.from(bytes);
  const pick = items => items[random.below(items.length)];
  const edits = 1 + random.below(random.below(6) + 1);
  const able = bencoded && random.below(2) === 0 ? EDITS_OF_VALUES : EDITS;
  for (let i = 0; i < edits; i++) mutant = pick(able)(mutant, { random, pick, pool, tokens });
  return new Uint8Array(mutant.subarray(0, maxLength));
}

/** Each takes bytes and gives bytes; the first may be changed in place. */
const EDITS = [
  function flipBit(bytes, { random }) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    return bytes;
  },
  function setByte(bytes, { random }) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  function truncate(bytes, { random }) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function leaveOut(bytes, { random }) {
    const [from, to] = range(bytes, random);
    return replaced(bytes, from, to, NOTHING);
  },
  function repeat(bytes, { random }) {
    const [from, to] = range(bytes, random);
    return replaced(bytes, to, to, bytes.subarray(from, to));
  },
  function move(bytes, { random }) {
    const [from, to] = range(bytes, random);
    const part = Buffer.from(bytes.subarray(from, to));
    const rest = replaced(bytes, from, to, NOTHING);
    const at = random.below(rest.length + 1);
    return replaced(rest, at, at, part);
  },
  function insertNoise(bytes, { random }) {
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, random.fill(Buffer.alloc(1 + random.below(8))));
  },
  function splice(bytes, { random, pick, pool }) {
    const other = pick(pool);
    const tail = other.subarray(random.below(other.length + 1));
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), tail]);
  },
  function insertPartOfAnother(bytes, { random, pick, pool }) {
    const other = pick(pool);
    const [from, to] = range(other, random);
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, other.subarray(from, to));
  },
  insertToken,
  insertToken,
  function overwriteWithToken(bytes, { random, pick, tokens }) {
    const token = tokenBytes(pick(tokens) ?? '');
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, Math.min(bytes.length, at + token.length), token);
  },
  changeNumber,
  changeString,
  replaceValue,
  repeatValue,
  leaveOutValue,
  function changeUint32(bytes, { random, pick }) {
    if (bytes.length < 4) return bytes;
    const at = random.below(bytes.length - 3);
    const rest = bytes.length - at - 4;
    bytes.writeUInt32BE(
      pick([0, 1, rest, rest + 1, Math.max(0, rest - 1), 13, 16_384, 2 ** 31, 2 ** 32 - 1]),
      at,
    );
    return bytes;
  },
];

/** These leave bencoding well formed, but for the order of keys. */
const EDITS_OF_VALUES = [changeNumber, changeString, changeString, replaceValue, repeatValue, leaveOutValue];

function insertToken(bytes, { random, pick, tokens }) {
  const at = random.below(bytes.length + 1);
  return replaced(bytes, at, at, tokenBytes(pick(tokens) ?? ''));
}

/** A decimal number becomes its neighbour or one at an edge: any number, or an integer of bencoding. */
function changeNumber(bytes, { random, pick }) {
  const form = random.below(4) === 0 ? /\d+/g : /(?<=i)-?\d+(?=e)/g;
  const numbers = [...bytes.latin1Slice().matchAll(form)];
  if (numbers.length === 0) return bytes;
  const number = pick(numbers);
  const value = BigInt(number[0].slice(0, 30));
  const other = pick([value + 1n, value - 1n, value * 2n, value / 2n, -value, ...EDGES]);
  return replaced(bytes, number.index, number.index + number[0].length, Buffer.from(`${other}`));
}

/** The contents of a bencoded string become others, and the length before them with it. */
function changeString(bytes, { random, pick, tokens }) {
  const text = bytes.latin1Slice();
  const lengths = [...text.matchAll(/\d{1,5}:/g)].filter(match => end(match) <= bytes.length);
  if (lengths.length === 0) return bytes;
  const chosen = pick(lengths);
  const from = chosen.index + chosen[0].length;
  const old = bytes.subarray(from, end(chosen));
  const contents = pick([
    () => tokenBytes(pick(tokens) ?? ''),
    () => Buffer.concat([old, tokenBytes(pick(tokens) ?? '')]),
    () => Buffer.concat([old, random.fill(Buffer.alloc(1 + random.below(30)))]),
    () => old.subarray(0, random.below(old.length + 1)),
    () => replaced(old, 0, 1, tokenBytes(pick(WORDS))),
    () => tokenBytes(pick(WORDS)),
    () => Buffer.alloc(random.below(400), pick(['a', '.', '\u00e9', '\ud83d\ude00', '\0'])),
  ])();
  return replaced(
    bytes,
    chosen.index,
    end(chosen),
    Buffer.concat([Buffer.from(`${contents.length}:`), contents]),
  );
}

/** A bencoded value becomes another, of this input or of one that is known. */
function replaceValue(bytes, { random, pick, pool }) {
  const value = pick(valuesOf(bytes)) ?? NOWHERE;
  const source = pick([bytes, pick(pool)]);
  const other = pick(valuesOf(source)) ?? NOWHERE;
  // Sometimes with its key: an entry of a dictionary comes in before another.
  const whole = random.below(3) === 0;
  const [from, to] = whole ? [value.entry, value.entry] : [value.from, value.to];
  return replaced(bytes, from, to, source.subarray(whole ? other.entry : other.from, other.to));
}

function repeatValue(bytes, { pick }) {
  const { entry, to } = pick(valuesOf(bytes)) ?? NOWHERE;
  return replaced(bytes, to, to, bytes.subarray(entry, to));
}

function leaveOutValue(bytes, { pick }) {
  const { entry, to } = pick(valuesOf(bytes)) ?? NOWHERE;
  return replaced(bytes, entry, to, NOTHING);
}

/** Where the bencoded values of an input stand, as far as it can be read; `entry` is where the key of one begins. */
function valuesOf(bytes) {
  const values = [];
  const open = [];
  const closeValue = (from, to) => {
    const around = open.at(-1);
    if (around?.isDictionary !== true) values.push({ from, to, entry: from });
    else if (around.key === undefined) around.key = from;
    else {
      values.push({ from, to, entry: around.key });
      around.key = undefined;
    }
  };
  for (let at = 0; at < bytes.length && values.length < MAX_VALUES; ) {
    const from = at;
    const byte = bytes[at];
    if (byte === 0x64 || byte === 0x6c) {
      open.push({ from: at++, isDictionary: byte === 0x64, key: undefined });
    } else if (byte === 0x65) {
      const closed = open.pop();
      if (closed === undefined) break;
      closeValue(closed.from, ++at);
    } else {
      at = byte === 0x69 ? bytes.indexOf(0x65, at) + 1 : stringEnd(bytes, at);
      if (at === 0 || at > bytes.length) break;
      closeValue(from, at);
    }
  }
  return values;
}

/** 0 where no string begins. */
function stringEnd(bytes, from) {
  let length = 0;
  let at = from;
  for (; bytes[at] >= 0x30 && bytes[at] <= 0x39; at++) length = length * 10 + bytes[at] - 0x30;
  return at === from || bytes[at] !== 0x3a ? 0 : at + 1 + length;
}

function end(match) {
  return match.index + match[0].length + Number.parseInt(match[0], 10);
}

function range(bytes, random) {
  const from = random.below(bytes.length + 1);
  // Short ranges more often than long ones.
  const length = random.below(random.below(bytes.length - from + 1) + 1);
  return [from, from + length];
}

function replaced(bytes, from, to, by) {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

function tokenBytes(token) {
  return typeof token === 'string' ? Buffer.from(token) : Buffer.from(token);
}

const MAX_VALUES = 1000;
const NOTHING = Buffer.alloc(0);
const NOWHERE = { from: 0, to: 0, entry: 0 };
const EDGES = [
  0n,
  1n,
  -1n,
  7n,
  20n,
  255n,
  256n,
  16_384n,
  65_535n,
  65_536n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 64n,
];
// What names, paths and texts trip over.
const WORDS = [
  '',
  '.',
  '..',
  '/',
  '\\',
  'a/b',
  '..\\..',
  'C:',
  'con',
  'NUL.txt',
  'a.',
  'a ',
  '\0',
  '\n',
  '\x1b[2J',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\ufffd',
  'é',
  'e\u0301',
  'ß',
  'İ',
  '%2e%2e',
  '~',
  '-',
  '日本',
];
