// SHA-256 of many 64-byte messages at a time, four in the lanes of WebAssembly's vectors: merkle nodes by the thousand
// (bench/merkle.mjs: 0.2 µs each, a fifth of the time of one after the other). The code is put together here, so that there is no
// binary to trust; where the platform has no such vectors, the answer is undefined and the caller goes on one by one.
//
// Memory of the module, in bytes:
//   0     the schedule, 64 vectors            1024  the round constants, 64 words
//   1280  round constants + the schedule of the padding that follows every 64-byte message, 64 words
//   4096  the pairs; digests take the place of pairs that are done with

import { hashPair, INITIAL, PAIR_PADDING, ROUND } from './sha256.ts';
import {
  assemble,
  BLOCK,
  BR,
  BR_IF,
  END,
  get,
  I32,
  I32_ADD,
  I32_EQZ,
  I32_LT_U,
  I32_SHL,
  I32_SUB,
  i32,
  LOOP,
  memArg,
  set,
  tee,
  VOID,
} from './wasm-code.ts';

/**
 * Merkle nodes: hashes `pairs` pairs of digests, 16 words each, in place: digest `i` comes to stand at word `8 * i`.
 * Work that is small is done one by one, since the module takes milliseconds to make.
 */
export function hashPairs(nodes: Int32Array, pairs: number): void {
  pairsAsked += pairs;
  const lanes = pairs >= FEW_PAIRS && pairsAsked >= MANY_PAIRS ? pairHasher() : undefined;
  if (lanes === undefined) {
    for (let i = 0; i < pairs; i++) hashPair(nodes, i * 16, i * 8);
    return;
  }
  for (let i = 0; i < pairs; i += MAX_PAIRS) {
    const count = Math.min(MAX_PAIRS, pairs - i);
    lanes.words.set(nodes.subarray(i * 16, (i + count) * 16));
    lanes.hash(count);
    nodes.set(lanes.words.subarray(0, count * 8), i * 8);
  }
}

export interface PairHasher {
  /** 16 words a pair, big-endian values; after `hash`, 8 words a digest. */
  readonly words: Int32Array;
  /** Hashes the first `count` pairs, in place. */
  hash(count: number): void;
}

/** Undefined where WebAssembly or its vectors are missing. */
export function pairHasher(): PairHasher | undefined {
  if (made === null) made = makePairHasher();
  return made;
}

function makePairHasher(): PairHasher | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const code = assembleModule();
  if (!WebAssembly.validate(code)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const memory = new Int32Array((exports['memory'] as { buffer: ArrayBuffer }).buffer);
  const hashGroups = exports['hash'] as (groups: number) => void;
  memory.set(ROUND, ROUND_AT / 4);
  for (let i = 0; i < 64; i++) memory[PADDING_AT / 4 + i] = (ROUND[i]! + PAIR_PADDING[i]!) | 0;
  return { words: memory.subarray(PAIRS_AT / 4), hash: count => hashGroups((count + 3) >>> 2) };
}

let made: PairHasher | undefined | null = null;
let pairsAsked = 0;

// ——— The function, as WebAssembly: hash(groups), each group four pairs ———

function assembleModule(): Uint8Array<ArrayBuffer> {
  return assemble({
    pages: PAGES,
    name: 'hash',
    parameters: 1,
    locals: [
      [3, I32],
      [24, V128],
    ],
    body: hashBody(),
  });
}

// Locals: the argument, two cursors and a counter; then the working variables a…h, the state, temporaries.
const GROUPS = 0;
const FROM = 1;
const TO = 2;
const AT = 3;
const WORK = 4;
const STATE = 12;
const T1 = 20;
const T2 = 21;

function hashBody(): number[] {
  return [
    ...setConst(FROM, PAIRS_AT),
    ...setConst(TO, PAIRS_AT),
    // while (groups > 0)
    ...[BLOCK, VOID, LOOP, VOID],
    ...[...get(GROUPS), I32_EQZ, BR_IF, 1],
    ...gatherSchedule(),
    ...extendSchedule(),
    ...range(8).flatMap(i => [...splat(INITIAL[i]!), ...set(STATE + i)]),
    ...compress(at => [
      ...get(AT),
      ...V_LOAD32_SPLAT,
      ...memArg(2, at * 4 + ROUND_AT),
      ...scheduled(at),
      ...V_ADD,
    ]),
    ...compress(at => [...get(AT), ...V_LOAD32_SPLAT, ...memArg(2, at * 4 + PADDING_AT)]),
    ...scatterDigests(),
    ...[...get(FROM), ...i32(256), I32_ADD, ...set(FROM)],
    ...[...get(TO), ...i32(128), I32_ADD, ...set(TO)],
    ...[...get(GROUPS), ...i32(1), I32_SUB, ...set(GROUPS)],
    ...[BR, 0, END, END],
  ];
}

/** Words 0…15 of the schedule: word i of each of the four pairs. */
function gatherSchedule(): number[] {
  return range(16).flatMap(i => [
    ...i32(0),
    ...[...get(FROM), ...V_LOAD32_ZERO, ...memArg(2, i * 4), ...set(T1)],
    ...[1, 2, 3].flatMap(lane => [
      ...[...get(FROM), ...get(T1), ...V_LOAD32_LANE, ...memArg(2, lane * 64 + i * 4), lane, ...set(T1)],
    ]),
    ...[...get(T1), ...V_STORE, ...memArg(4, i * 16)],
  ]);
}

/** Words 16…63 (FIPS 180-4, 6.2.2, step 1); AT runs over their places in memory. */
function extendSchedule(): number[] {
  const word = (back: number) => [...get(AT), ...V_LOAD, ...memArg(4, 256 - back * 16)];
  return [
    ...setConst(AT, 0),
    ...[LOOP, VOID],
    ...get(AT),
    ...[...word(15), ...set(T1)],
    ...[...word(2), ...set(T2)],
    ...[...rotate(T1, 7), ...rotate(T1, 18), ...V_XOR, ...shift(T1, 3), ...V_XOR],
    ...[...rotate(T2, 17), ...rotate(T2, 19), ...V_XOR, ...shift(T2, 10), ...V_XOR],
    ...[...V_ADD, ...word(16), ...V_ADD, ...word(7), ...V_ADD],
    ...[...V_STORE, ...memArg(4, 256)],
    ...[...get(AT), ...i32(16), I32_ADD, ...tee(AT), ...i32(48 * 16), I32_LT_U, BR_IF, 0, END],
  ];
}

/** 64 rounds on the state, eight to a turn of the loop; `term` pushes K + W of a round. AT is 4 × the round. */
function compress(term: (round: number) => number[]): number[] {
  return [
    ...range(8).flatMap(i => [...get(STATE + i), ...set(WORK + i)]),
    ...setConst(AT, 0),
    ...[LOOP, VOID],
    ...range(8).flatMap(round => oneRound(round, term(round))),
    ...[...get(AT), ...i32(32), I32_ADD, ...tee(AT), ...i32(256), I32_LT_U, BR_IF, 0, END],
    ...range(8).flatMap(i => [...get(STATE + i), ...get(WORK + i), ...V_ADD, ...set(STATE + i)]),
  ];
}

/** Instead of moving a…h along, each round reads them one place further on. */
function oneRound(round: number, term: number[]): number[] {
  const at = (i: number) => WORK + ((i - round + 8) & 7);
  const [a, b, c, d, e, f, g, h] = range(8).map(at) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    // T1 = h + Σ1(e) + Ch(e, f, g) + K + W
    ...get(h),
    ...[...rotate(e, 6), ...rotate(e, 11), ...V_XOR, ...rotate(e, 25), ...V_XOR, ...V_ADD],
    ...[...get(f), ...get(g), ...get(e), ...V_BITSELECT, ...V_ADD],
    ...[...term, ...V_ADD, ...set(T1)],
    ...[...get(d), ...get(T1), ...V_ADD, ...set(d)],
    // h = T1 + Σ0(a) + Maj(a, b, c); where a and b differ, c decides
    ...[...rotate(a, 2), ...rotate(a, 13), ...V_XOR, ...rotate(a, 22), ...V_XOR],
    ...[...get(c), ...get(b), ...get(a), ...get(b), ...V_XOR, ...V_BITSELECT, ...V_ADD],
    ...[...get(T1), ...V_ADD, ...set(h)],
  ];
}

/** W of a round: AT counts in words of 4 bytes, the schedule in vectors of 16. */
function scheduled(round: number): number[] {
  return [...get(AT), ...i32(2), I32_SHL, ...V_LOAD, ...memArg(4, round * 16)];
}

function scatterDigests(): number[] {
  return range(8).flatMap(i =>
    range(4).flatMap(lane => [
      ...get(TO),
      ...get(STATE + i),
      ...V_STORE32_LANE,
      ...memArg(2, lane * 32 + i * 4),
      lane,
    ]),
  );
}

function rotate(local: number, by: number): number[] {
  return [...shift(local, by), ...get(local), ...i32(32 - by), ...V_SHL, ...V_OR];
}

function shift(local: number, by: number): number[] {
  return [...get(local), ...i32(by), ...V_SHR_U];
}

function splat(word: number): number[] {
  const bytes = [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
  return [...V_CONST, ...bytes, ...bytes, ...bytes, ...bytes];
}

function setConst(local: number, value: number): number[] {
  return [...i32(value), ...set(local)];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

const FEW_PAIRS = 4;
// Making the module costs what some 4,000 pairs one by one do.
const MANY_PAIRS = 4096;
const MAX_PAIRS = 1024;

const ROUND_AT = 1024;
const PADDING_AT = 1280;
const PAIRS_AT = 4096;
// 1,024 pairs of 64 bytes, and three of an unfilled group.
const PAGES = 2;

const V128 = 0x7b;
const V_LOAD = [0xfd, 0x00];
const V_LOAD32_SPLAT = [0xfd, 0x09];
const V_STORE = [0xfd, 0x0b];
const V_CONST = [0xfd, 0x0c];
const V_OR = [0xfd, 0x50];
const V_XOR = [0xfd, 0x51];
const V_BITSELECT = [0xfd, 0x52];
const V_LOAD32_LANE = [0xfd, 0x54 + 2];
const V_STORE32_LANE = [0xfd, 0x58 + 2];
const V_LOAD32_ZERO = [0xfd, 0x5c];
const V_SHL = [0xfd, 0xab, 0x01];
const V_SHR_U = [0xfd, 0xad, 0x01];
const V_ADD = [0xfd, 0xae, 0x01];
