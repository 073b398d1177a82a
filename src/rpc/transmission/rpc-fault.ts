// What is wrong with a call, as Transmission says it: a number and fixed words (4.1), and words of our own that say more.

import { SwarmlineError } from '../../core/errors.ts';

export class RpcFault extends Error {
  readonly code: FaultCode;
  /** More than the code's own words; empty where there is no more to say. */
  readonly detail: string;

  constructor(code: FaultCode, detail = '') {
    super(detail === '' ? FAULT_WORDS[code] : detail);
    this.name = 'RpcFault';
    this.code = code;
    this.detail = detail;
  }

  /** Before 4.1 there were words alone. */
  get words(): string {
    const words = this.code === 'METHOD_NOT_FOUND' ? 'method name not recognized' : FAULT_WORDS[this.code];
    if (this.detail === '') return words;
    return this.code === 'INVALID_PARAMS' || this.code === 'SYSTEM_ERROR'
      ? this.detail
      : `${words}: ${this.detail}`;
  }
}

/** The world's faults are told by their sentences; undefined for a bug of ours. */
export function faultOf(error: unknown): RpcFault | undefined {
  if (error instanceof RpcFault) return error;
  return error instanceof SwarmlineError ? new RpcFault('SYSTEM_ERROR', error.message) : undefined;
}

/** JSON-RPC 2.0, "Error object", and those of Transmission 4.1. */
export const FAULT_NUMBERS = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  SET_ANNOUNCE_LIST: 1,
  INVALID_TRACKER_LIST: 2,
  PATH_NOT_ABSOLUTE: 3,
  UNRECOGNIZED_INFO: 4,
  SYSTEM_ERROR: 5,
  FILE_IDX_OOR: 6,
  PIECE_IDX_OOR: 7,
  HTTP_ERROR: 8,
  CORRUPT_TORRENT: 9,
} as const;

export type FaultCode = keyof typeof FAULT_NUMBERS;

export const FAULT_WORDS: Readonly<Record<FaultCode, string>> = {
  PARSE_ERROR: 'Parse error',
  INVALID_REQUEST: 'Invalid Request',
  METHOD_NOT_FOUND: 'Method not found',
  INVALID_PARAMS: 'Invalid params',
  SET_ANNOUNCE_LIST: 'error setting announce list',
  INVALID_TRACKER_LIST: 'Invalid tracker list',
  PATH_NOT_ABSOLUTE: 'path is not absolute',
  UNRECOGNIZED_INFO: 'unrecognized info',
  SYSTEM_ERROR: 'system error',
  FILE_IDX_OOR: 'file index out of range',
  PIECE_IDX_OOR: 'piece index out of range',
  HTTP_ERROR: 'HTTP error from backend service',
  CORRUPT_TORRENT: 'invalid or corrupt torrent file',
};
