// The messages of the DHT, read (BEP 5, "KRPC Protocol"): one bencoded dictionary a datagram. What is not a message at all
// throws and is dropped unanswered; a query that lacks what its method needs is a message, and its answer an error.
//
//   d1:ad2:id20:…9:info_hash20:…e1:q9:get_peers1:t2:aa1:y1:qe          a query
//   d2:ip6:…1:rd2:id20:…5:nodes208:…5:token8:…e1:t2:aa1:y1:re          an answer; "ip" of BEP 42
//   d1:eli203e12:no such tokene1:t2:aa1:y1:ee                          an error

import { BencodeDictionary, type BencodeValue, decode } from '../bencode/decode.ts';
import { decodeUtf8Loosely } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import { ID_LENGTH } from './node-id.ts';

export interface KrpcQuery {
  readonly kind: 'query';
  /** To be answered with. */
  readonly transaction: Uint8Array;
  readonly method: string;
  readonly args: BencodeDictionary;
  /** Of the node that asks. */
  readonly id: Uint8Array;
  /** BEP 43: not to be taken into a table. */
  readonly isReadOnly: boolean;
}

export interface KrpcAnswer {
  readonly kind: 'answer';
  readonly transaction: Uint8Array;
  readonly values: BencodeDictionary;
  readonly id: Uint8Array;
  /** Where the other side sees us: 6 or 18 bytes. BEP 42 */
  readonly ip: Uint8Array | undefined;
}

export interface KrpcError {
  readonly kind: 'error';
  readonly transaction: Uint8Array;
  readonly code: number;
  readonly text: string;
}

export type KrpcMessage = KrpcQuery | KrpcAnswer | KrpcError;

/**
 * The bytes are the caller's: what is kept of them is to be copied.
 * @throws ProtocolError `KRPC_INVALID`, `BENCODE_INVALID`
 */
export function decodeKrpc(bytes: Uint8Array): KrpcMessage {
  if (bytes.length > MAX_MESSAGE_LENGTH) throw invalid(`has ${bytes.length} bytes`);
  const root = decode(bytes, LIMITS);
  if (!(root instanceof BencodeDictionary)) throw invalid('is no dictionary');
  const transaction = bytesOf(root, 't');
  if (transaction === undefined || transaction.length > MAX_TRANSACTION_LENGTH)
    throw invalid('has no transaction id');
  const kind = bytesOf(root, 'y');
  switch (kind?.length === 1 ? kind[0] : undefined) {
    case LETTER_Q:
      return queryOf(root, transaction);
    case LETTER_R:
      return answerOf(root, transaction);
    case LETTER_E:
      return errorOf(root, transaction);
    default:
      throw invalid('is neither query, nor answer, nor error');
  }
}

/** A string of bytes under that key; undefined where there is none. */
export function bytesOf(dictionary: BencodeDictionary, key: string): Uint8Array | undefined {
  const value = dictionary.getBinary(key);
  return value instanceof Uint8Array ? value : undefined;
}

/** 20 bytes under that key. */
export function idOf(dictionary: BencodeDictionary, key: string): Uint8Array | undefined {
  const value = bytesOf(dictionary, key);
  return value?.length === ID_LENGTH ? value : undefined;
}

/** A whole number under that key that JavaScript can count with. */
export function integerOf(dictionary: BencodeDictionary, key: string): number | undefined {
  const value = dictionary.getBinary(key);
  return typeof value === 'number' ? value : undefined;
}

export function listOf(dictionary: BencodeDictionary, key: string): readonly BencodeValue[] {
  const value = dictionary.getBinary(key);
  return Array.isArray(value) ? value : [];
}

function queryOf(root: BencodeDictionary, transaction: Uint8Array): KrpcQuery {
  const method = bytesOf(root, 'q');
  const args = root.getBinary('a');
  if (method === undefined || method.length > MAX_METHOD_LENGTH) throw invalid('has no method');
  if (!(args instanceof BencodeDictionary)) throw invalid('has no arguments');
  const id = idOf(args, 'id');
  if (id === undefined) throw invalid('has no node id');
  const isReadOnly = integerOf(root, 'ro') === 1;
  return { kind: 'query', transaction, method: decodeUtf8Loosely(method), args, id, isReadOnly };
}

function answerOf(root: BencodeDictionary, transaction: Uint8Array): KrpcAnswer {
  const values = root.getBinary('r');
  if (!(values instanceof BencodeDictionary)) throw invalid('has no values');
  const id = idOf(values, 'id');
  if (id === undefined) throw invalid('has no node id');
  return { kind: 'answer', transaction, values, id, ip: bytesOf(root, 'ip') };
}

function errorOf(root: BencodeDictionary, transaction: Uint8Array): KrpcError {
  const [code, text] = listOf(root, 'e');
  return {
    kind: 'error',
    transaction,
    code: typeof code === 'number' ? code : 0,
    text: text instanceof Uint8Array ? decodeUtf8Loosely(text.subarray(0, MAX_ERROR_LENGTH)) : '',
  };
}

function invalid(why: string): ProtocolError {
  return new ProtocolError('KRPC_INVALID', `A message of the DHT ${why}.`);
}

/** BEP 32 has no more than 1,024 sent, and more taken where it can be: what others send fits into one Ethernet frame. */
export const MAX_MESSAGE_LENGTH = 1500;
// The decoder takes what is not sorted: some send it so. BEP 44 lets a value nest; a message has no room for more values.
const LIMITS = { lenient: true, maxDepth: 100, maxValues: 800 };
const MAX_TRANSACTION_LENGTH = 32;
const MAX_METHOD_LENGTH = 32;
const MAX_ERROR_LENGTH = 200;
const LETTER_Q = 0x71;
const LETTER_R = 0x72;
const LETTER_E = 0x65;
