// What runs inside Redis: one script, given the announces of a turn in one call. And how those are packed, and its answers
// read: as one string of bytes each way, because a value a peer would cost more than the work itself.
//
//   swarmline:{hash}          | window 4 | downloads 4 | peers in a set: 4 × 20 |
//   swarmline:{hash}:l4:1234  compact addresses of the IPv4 leechers that announced in window 1234; also s4, l6, s6
//
// Time is cut into windows, of which five are looked at: a peer lies in the set of the window of its last announce and in
// no other, so that the counts are right; a window that has passed is not looked at any more and Redis forgets it by itself
// (Kraken's shape). Nothing ever walks through a swarm. The braces put all of a swarm into one slot of a cluster.

import { toHex } from '../../core/bytes/hex.ts';
import type { SwarmCounts } from '../../core/tracker/announce.ts';
import type { SwarmAnnounce } from '../swarm-store.ts';

/** Windows that are looked at: a peer is forgotten after four to five of them. */
export const WINDOWS = 5;

/** What is set for all announces of a store. */
export interface ScriptLimits {
  readonly windowSeconds: number;
  readonly downloadsTtlSeconds: number;
  readonly maxPeersPerSwarm: number;
}

/** The first arguments of a call; one packed announce a key follows. */
export function scriptLimits(limits: ScriptLimits): string[] {
  const setTtl = Math.ceil((WINDOWS + 1) * limits.windowSeconds);
  return [setTtl, Math.max(setTtl, limits.downloadsTtlSeconds), limits.maxPeersPerSwarm].map(String);
}

/** `prefix` keeps several trackers in one Redis apart. */
export function swarmKey(prefix: string, infoHash: Uint8Array): string {
  return `${prefix}{${toHex(infoHash)}}`;
}

/** | kind | window 4 | want4 2 | want6 2 | seed 4 | compact address 6 or 18 | */
export function packAnnounce(
  { ip, port, role, completed, want4, want6 }: Omit<SwarmAnnounce, 'infoHash'>,
  window: number,
  seed: number,
): Uint8Array {
  const bytes = new Uint8Array(HEAD + ip.length + 2);
  bytes[0] = ROLES[role] | (completed ? COMPLETED : 0) | (ip.length === 4 ? 0 : IPV6);
  putU32(bytes, 1, window);
  putU16(bytes, 5, want4);
  putU16(bytes, 7, want6);
  putU32(bytes, 9, seed);
  bytes.set(ip, HEAD);
  putU16(bytes, HEAD + ip.length, port);
  return bytes;
}

/**
 * What a node knows of a swarm: entered where Redis has nothing newer of a peer.
 * | kind | downloads known 4 | downloads to add 4 | then for each: kind | window 4 | compact address |
 */
export class PackedSwarm {
  #bytes = new Uint8Array(1_024);
  #length = 9;

  constructor(downloads: number, downloadsToAdd: number) {
    this.#bytes[0] = RESTORE;
    putU32(this.#bytes, 1, downloads);
    putU32(this.#bytes, 5, downloadsToAdd);
  }

  get length(): number {
    return this.#length;
  }

  /** `gone` takes out a peer that was last seen in that window or before. */
  add(role: SwarmAnnounce['role'], window: number, address: Uint8Array): void {
    const end = this.#length + 5 + address.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = ROLES[role] | (address.length === 6 ? 0 : IPV6);
    putU32(this.#bytes, this.#length + 1, window);
    this.#bytes.set(address, this.#length + 5);
    this.#length = end;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Reads the answers of a call one by one: | complete 4 | incomplete 4 | downloads 4 | n4 2 | n6 2 | peers | peers | */
export class AnswerReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  complete = 0;
  incomplete = 0;
  downloaded = 0;
  peers: Uint8Array = NO_BYTES;
  peers6: Uint8Array = NO_BYTES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** False where there is no more, or what is there is no answer. */
  next(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + ANSWER > bytes.length) return false;
    const end4 = at + ANSWER + 6 * u16(bytes, at + 12);
    const end6 = end4 + 18 * u16(bytes, at + 14);
    if (end6 > bytes.length) return false;
    this.complete = u32(bytes, at);
    this.incomplete = u32(bytes, at + 4);
    this.downloaded = u32(bytes, at + 8);
    this.peers = bytes.subarray(at + ANSWER, end4);
    this.peers6 = bytes.subarray(end4, end6);
    this.#at = end6;
    return true;
  }
}

/** Where a swarm is not there, its first number is this. */
export function isUnknown({ complete }: SwarmCounts): boolean {
  return complete === UNKNOWN;
}

/** Asks for the counts of the swarm in `window`. */
export function packScrape(window: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = SCRAPE;
  putU32(bytes, 1, window);
  return bytes;
}

/** Whether it can be written to. */
export const PROBE = new Uint8Array([64]);

function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value >>> 16);
  putU16(bytes, at + 2, value);
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 65_536 + u16(bytes, at + 2);
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
const HEAD = 13;
const ANSWER = 16;
const UNKNOWN = 2 ** 32 - 1;
// The first byte: in its two low bits the role, then flags, then what is asked for in place of an announce; 64 is a probe.
const ROLES = { leecher: 0, seed: 1, gone: 2 } as const;
const COMPLETED = 4;
const IPV6 = 8;
const SCRAPE = 16;
const RESTORE = 32;

/** Kinds of sets: 1 l4, 2 s4, 3 l6, 4 s6. A swarm's head as a table: 1 window, 2 downloads, 3…22 counts; `at` says which. */
export const SWARM_SCRIPT = `
local call, band, unpack = redis.call, bit.band, struct.unpack
local SET_TTL, DOWNLOADS_TTL, MAX_PEERS = ARGV[1], ARGV[2], tonumber(ARGV[3])
local NAME = { ':l4:', ':s4:', ':l6:', ':s6:' }
local HEAD = '>' .. string.rep('I4', 22)

-- Numbers are slow to be made into text.
local NAMES = { {}, {}, {}, {} }
local function name(kind, window)
  local known = NAMES[kind][window]
  if not known then
    known = NAME[kind] .. window
    NAMES[kind][window] = known
  end
  return known
end

local function at(window, kind) return 2 + window % 5 * 4 + kind end

local function load(key, window)
  local packed = call('GET', key)
  if not packed then return nil end
  local head = { unpack(HEAD, packed) }
  local last = head[1]
  if window > last then
    for passed = math.max(last + 1, window - 4), window do
      for kind = 1, 4 do head[at(passed, kind)] = 0 end
    end
    head[1] = window
  end
  return head
end

local function fresh(window)
  local head = { window }
  for i = 2, 22 do head[i] = 0 end
  return head
end

local function save(key, head)
  call('SET', key, struct.pack(HEAD, ::HEAD_VALUES::), 'EX', head[2] > 0 and DOWNLOADS_TTL or SET_TTL)
end

local function count(head, kind)
  local last = head[1]
  return head[at(last, kind)] + head[at(last - 1, kind)] + head[at(last - 2, kind)]
    + head[at(last - 3, kind)] + head[at(last - 4, kind)]
end

-- Takes a peer out of the set that it is in, but not out of that one; gives the kind of the set. It is in one at most: those
-- of its role are looked at first, the newest first.
local function remove(key, head, kind, other, member, newest, exceptWindow)
  for window = newest, head[1] - 4, -1 do
    local slot = at(window, kind)
    if window ~= exceptWindow and head[slot] > 0 and call('SREM', key .. name(kind, window), member) == 1 then
      head[slot] = head[slot] - 1
      return kind
    end
  end
  for window = newest, head[1] - 4, -1 do
    local slot = at(window, other)
    if head[slot] > 0 and call('SREM', key .. name(other, window), member) == 1 then
      head[slot] = head[slot] - 1
      return other
    end
  end
end

local function add(key, head, kind, window, member)
  local set, slot = key .. name(kind, window), at(window, kind)
  if call('SADD', set, member) == 0 then return false end
  local size = head[slot] + 1
  head[slot] = size
  -- A set is made once; now and then again, in case that Redis has dropped it for want of memory.
  if size == 1 or size % 16 == 0 then call('EXPIRE', set, SET_TTL) end
  return true
end

-- Random members of all sets of those kinds, from each about as many as its share; without the asker.
local function choose(key, head, first, last, want, ownSet, member)
  local sets, sizes, total = {}, {}, 0
  for window = head[1], head[1] - 4, -1 do
    for kind = first, last do
      local size = head[at(window, kind)]
      if size > 0 then
        local set = key .. name(kind, window)
        if set == ownSet then size = size - 1 end
        if size > 0 then
          sets[#sets + 1], sizes[#sizes + 1], total = set, size, total + size
        end
      end
    end
  end
  local chosen = {}
  for i = #sets, 1, -1 do
    local j = math.random(i)
    local set, size = sets[j], sizes[j]
    sets[j], sizes[j] = sets[i], sizes[i]
    local take = want - #chosen
    if take <= 0 then break end
    if take >= total then
      take = size
    else
      local share = take * size / total
      take = math.floor(share)
      if math.random() < share - take then take = take + 1 end
      -- What the others could not make up for must come from here.
      take = math.max(take, want - #chosen - (total - size))
    end
    total = total - size
    if take > 0 then
      if set == ownSet then
        local some = call('SRANDMEMBER', set, take + 1)
        local from, own = #chosen, false
        for k = 1, #some do
          if some[k] == member then own = true else chosen[#chosen + 1] = some[k] end
        end
        if not own and #chosen - from > take then
          local out = from + math.random(#chosen - from)
          chosen[out] = chosen[#chosen]
          chosen[#chosen] = nil
        end
      else
        local some = call('SRANDMEMBER', set, take)
        for k = 1, #some do chosen[#chosen + 1] = some[k] end
      end
    end
  end
  return table.concat(chosen), #chosen
end

local function answer(head, n4, n6)
  return struct.pack('>I4I4I4I2I2', count(head, 2) + count(head, 4), count(head, 1) + count(head, 3), head[2], n4, n6)
end

local NOTHING = struct.pack('>I4I4I4I2I2', 0, 0, 0, 0, 0)
local NOT_THERE = struct.pack('>I4I4I4I2I2', 4294967295, 0, 0, 0, 0)

local function scrape(key, arg)
  local head = load(key, unpack('>I4', arg, 2))
  return head and answer(head, 0, 0) or NOT_THERE
end

local function announce(key, arg)
  local flags, window, want4, want6, seed = unpack('>BI4I2I2I4', arg)
  local member, role, family = string.sub(arg, 14), band(flags, 3), band(flags, 8) / 4
  local head = load(key, window)
  if role == 2 then
    if not head then return NOTHING end
    if remove(key, head, family + 1, family + 2, member, head[1]) then save(key, head) end
    return answer(head, 0, 0)
  end
  head = head or fresh(window)
  local kind = family + role + 1
  local other = family + 2 - role
  local own
  if window >= head[1] - 4 then
    local isFull = count(head, family + 1) + count(head, family + 2) >= MAX_PEERS
    local was = isFull and remove(key, head, kind, other, member, head[1])
    if (not isFull or was) and add(key, head, kind, window, member) then
      was = was or remove(key, head, kind, other, member, head[1], window)
      if role == 1 and band(flags, 4) ~= 0 and was == family + 1 then head[2] = head[2] + 1 end
      save(key, head)
      own = key .. name(kind, window)
    elseif not isFull then
      own = key .. name(kind, window)
    end
  end
  math.randomseed(seed)
  local peers4, n4, peers6, n6 = '', 0, '', 0
  if want4 > 0 then peers4, n4 = choose(key, head, 1, 2 - role, want4, own, member) end
  if want6 > 0 then peers6, n6 = choose(key, head, 3, 4 - role, want6, own, member) end
  return answer(head, n4, n6) .. peers4 .. peers6
end

local function restore(key, arg)
  local known, toAdd = unpack('>I4I4', arg, 2)
  local head, position = nil, 10
  while position <= #arg do
    local flags, window = unpack('>BI4', arg, position)
    local role, family = band(flags, 3), band(flags, 8) / 4
    local after = position + 5 + (family == 0 and 6 or 18)
    local member = string.sub(arg, position + 5, after - 1)
    position = after
    head = head or load(key, window) or fresh(window)
    if role == 2 then
      remove(key, head, family + 1, family + 2, member, math.min(window, head[1]))
    elseif window > head[1] - 5 then
      local isNewer = false
      if window > head[1] then
        for passed = math.max(head[1] + 1, window - 4), window do
          for k = 1, 4 do head[at(passed, k)] = 0 end
        end
        head[1] = window
      end
      for later = window, head[1] do
        for kind = family + 1, family + 2 do
          if head[at(later, kind)] > 0 and call('SISMEMBER', key .. name(kind, later), member) == 1 then
            isNewer = true
          end
        end
      end
      if not isNewer and count(head, family + 1) + count(head, family + 2) < MAX_PEERS then
        remove(key, head, family + 1, family + 2, member, window)
        add(key, head, family + role + 1, window, member)
      end
    end
  end
  if not head then
    head = load(key, 0) or fresh(0)
  end
  head[2] = math.max(head[2], known) + toAdd
  save(key, head)
  return NOTHING
end

local out = {}
for i = 1, #KEYS do
  local flags = string.byte(ARGV[i + 3])
  if flags >= 64 then
    call('SET', KEYS[i] .. ':probe', '', 'EX', 1)
    out[i] = NOTHING
  elseif flags >= 32 then
    out[i] = restore(KEYS[i], ARGV[i + 3])
  elseif flags >= 16 then
    out[i] = scrape(KEYS[i], ARGV[i + 3])
  else
    out[i] = announce(KEYS[i], ARGV[i + 3])
  end
end
return table.concat(out)
`.replace('::HEAD_VALUES::', Array.from({ length: 22 }, (_, i) => `head[${i + 1}]`).join(', '));
